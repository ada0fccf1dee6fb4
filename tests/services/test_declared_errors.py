"""Each error that a model declares for an operation is provoked in it, or stands on a list.

The suites of three services run once more, in a process of their own that writes down which error
each operation answered (`provoked_errors`). That takes minutes: `make torture`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest

from lodekey.app.registry import services

HERE = Path(__file__).parent
EVERYWHERE = "*"
NEVER: dict[str, dict[str, tuple[str, ...]]] = {
    "kms": {
        "CloudHsmClusterInUseException": (EVERYWHERE,),
        "CloudHsmClusterInvalidConfigurationException": (EVERYWHERE,),
        "CloudHsmClusterNotActiveException": (EVERYWHERE,),
        "CloudHsmClusterNotFoundException": ("UpdateCustomKeyStore",),
        "CloudHsmClusterNotRelatedException": (EVERYWHERE,),
        "CustomKeyStoreHasCMKsException": (EVERYWHERE,),
        "CustomKeyStoreInvalidStateException": (EVERYWHERE,),
        "CustomKeyStoreNameInUseException": (EVERYWHERE,),
        "DependencyTimeoutException": (EVERYWHERE,),
        "IncorrectTrustAnchorException": (EVERYWHERE,),
        "InvalidArnException": ("CreateKey",),  # it names nothing by ARN
        "InvalidKeyUsageException": ("GetPublicKey",),  # symmetric: UnsupportedOperation…
        "KMSInternalException": (EVERYWHERE,),
        # the key's state does not matter to these (test_states.py)
        "KMSInvalidStateException": (
            *("DeleteAlias", "DeleteImportedKeyMaterial", "GetKeyPolicy", "GetKeyRotationStatus"),
            *("ListGrants", "ListKeyPolicies", "ListKeyRotations", "PutKeyPolicy"),
            *("RetireGrant", "RevokeGrant"),
        ),
        "KeyUnavailableException": (EVERYWHERE,),
        # numbers of keys are not limited
        "LimitExceededException": (
            *("CreateCustomKeyStore", "CreateKey", "EnableKey", "ReplicateKey"),
        ),
        "NotFoundException": ("ListRetirableGrants",),  # it names no key
        # attested recipients answer ValidationException; every policy can be stored
        "UnsupportedOperationException": ("GenerateRandom", "PutKeyPolicy"),
        "XksKeyAlreadyInUseException": (EVERYWHERE,),
        "XksKeyInvalidConfigurationException": (EVERYWHERE,),
        "XksKeyNotFoundException": (EVERYWHERE,),
        "XksProxyIncorrectAuthenticationCredentialException": (EVERYWHERE,),
        "XksProxyInvalidConfigurationException": (EVERYWHERE,),
        "XksProxyInvalidResponseException": (EVERYWHERE,),
        "XksProxyUriEndpointInUseException": (EVERYWHERE,),
        "XksProxyUriInUseException": (EVERYWHERE,),
        "XksProxyUriUnreachableException": ("UpdateCustomKeyStore",),
        "XksProxyVpcEndpointServiceInUseException": (EVERYWHERE,),
        "XksProxyVpcEndpointServiceInvalidConfigurationException": (EVERYWHERE,),
        "XksProxyVpcEndpointServiceNotFoundException": ("UpdateCustomKeyStore",),
    },
    "ssm": {
        "InternalServerError": (EVERYWHERE,),  # a fault of ours answers InternalFailure
        "MalformedResourcePolicyDocumentException": ("DeleteResourcePolicy",),  # it brings none
        "TooManyUpdates": (EVERYWHERE,),  # writes come one after another
    },
    "secretsmanager": {
        "InternalServiceError": (EVERYWHERE,),  # a fault of ours answers InternalFailure
        "PreconditionNotMetException": (EVERYWHERE,),  # no cause is documented
        # the failures of a batch stand in its answer's Errors
        "DecryptionFailure": ("BatchGetSecretValue",),
        "ResourceNotFoundException": ("BatchGetSecretValue", "CreateSecret"),
        # what can be wrong with these requests the model holds: ValidationException
        "InvalidParameterException": (
            *("CancelRotateSecret", "DescribeSecret", "DisassociateCrossAccountReplica"),
            *("GetResourcePolicy", "GetSecretValue", "ListResourcePolicies", "ListSecrets"),
            *("ListSecretVersionIds", "RestoreSecret", "StopReplicationToReplica"),
            *("UntagResource", "ValidateResourcePolicy"),
        ),
        "InvalidRequestException": ("BatchGetSecretValue", "ListSecrets", "RestoreSecret"),
        "LimitExceededException": ("CreateSecret",),  # the number of secrets is not limited
        # they bring no policy; ValidateResourcePolicy answers what is wrong with its own
        "MalformedPolicyDocumentException": (
            *("CreateSecret", "UpdateSecret", "ValidateResourcePolicy"),
        ),
    },
}


def declared(service: str) -> set[tuple[str, str]]:
    """Each operation that is offered, with each error that the model declares for it."""
    model = botocore.session.get_session().get_service_model(service)
    [room] = [each for each in services() if each.name == service]
    return {
        (op.name, shape.name)
        for op in room.operations
        for shape in model.operation_model(op.name).error_shapes
    }


def provoked(service: str, notes: Path) -> set[tuple[str, str]]:
    """What the service's own suite provokes."""
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-m", "not torture"),
            *("-p", "provoked_errors", "-p", "no:cacheprovider", str(HERE / service)),
        ],
        env={**os.environ, "PROVOKED": str(notes), "PYTHONPATH": str(HERE.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    lines = (line.split() for line in notes.read_text().splitlines())
    return {(operation, error) for of, operation, error in lines if of == service}


@pytest.mark.parametrize("service", NEVER)
def test_the_list_names_what_is_declared(service: str) -> None:
    there = declared(service)
    for error, operations in NEVER[service].items():
        of_it = {operation for operation, each in there if each == error}
        assert of_it, error
        assert set(operations) - {EVERYWHERE} <= of_it


@pytest.mark.torture
@pytest.mark.parametrize("service", NEVER)
def test_every_declared_error_is_provoked(service: str, tmp_path: Path) -> None:
    seen = provoked(service, tmp_path / "provoked")
    lacking = declared(service) - seen
    excused = {
        (operation, error)
        for operation, error in declared(service)
        if NEVER[service].get(error) == (EVERYWHERE,) or operation in NEVER[service].get(error, ())
    }
    assert set() == lacking - excused, "declared, never provoked, and on no list"
    assert set() == seen & excused, "on the list, and provoked"
