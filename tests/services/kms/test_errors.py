"""The model's errors: each that an operation declares is provoked once, or stands on a list.

Errors that belong to one rule are provoked where the rule is tested; here are those that many
operations share.
"""

from __future__ import annotations

import re
from pathlib import Path

import botocore.session
import pytest

from lodekey.services.kms import SERVICE, errors

MODEL = botocore.session.get_session().get_service_model("kms")
GONE = "11111111-2222-3333-4444-555555555555"

NEVER = {
    "DependencyTimeoutException": "nothing that KMS depends on can time out here",
    "KMSInternalException": "a fault of ours is InternalFailure, for every service alike",
    "KeyUnavailableException": "only keys of disconnected custom key stores are unavailable",
    "CloudHsmClusterInUseException": "there are no CloudHSM clusters",
    "CloudHsmClusterInvalidConfigurationException": "there are no CloudHSM clusters",
    "CloudHsmClusterNotActiveException": "there are no CloudHSM clusters",
    "CloudHsmClusterNotRelatedException": "there are no CloudHSM clusters",
    "IncorrectTrustAnchorException": "there are no CloudHSM clusters",
    "CustomKeyStoreHasCMKsException": "there are no custom key stores",
    "CustomKeyStoreInvalidStateException": "there are no custom key stores",
    "CustomKeyStoreNameInUseException": "there are no custom key stores",
    "XksKeyAlreadyInUseException": "there are no custom key stores",
    "XksKeyInvalidConfigurationException": "there are no custom key stores",
    "XksKeyNotFoundException": "there are no custom key stores",
    "XksProxyIncorrectAuthenticationCredentialException": "no proxy is asked",
    "XksProxyInvalidConfigurationException": "no proxy is asked",
    "XksProxyInvalidResponseException": "no proxy is asked",
    "XksProxyUriEndpointInUseException": "no proxy is asked",
    "XksProxyUriInUseException": "no proxy is asked",
    "XksProxyVpcEndpointServiceInUseException": "no proxy is asked",
    "XksProxyVpcEndpointServiceInvalidConfigurationException": "no proxy is asked",
}

REQUESTS = {
    "CancelKeyDeletion": {},
    "CreateAlias": {"AliasName": "alias/x", "TargetKeyId": "KEY"},
    "CreateGrant": {
        "GranteePrincipal": "arn:aws:iam::111122223333:root",
        "Operations": ["Encrypt"],
    },
    "Decapsulate": {"SharedSecretCiphertextBlob": b"x", "EncapsulationAlgorithm": "ML_KEM"},
    "Decrypt": {"CiphertextBlob": b"x"},
    "DeleteAlias": {"AliasName": "alias/none"},
    "DeleteImportedKeyMaterial": {},
    "DeriveSharedSecret": {"KeyAgreementAlgorithm": "ECDH", "PublicKey": b"x"},
    "DescribeKey": {},
    "DisableKey": {},
    "DisableKeyRotation": {},
    "EnableKey": {},
    "EnableKeyRotation": {},
    "Encapsulate": {"EncapsulationAlgorithm": "ML_KEM"},
    "Encrypt": {"Plaintext": b"x"},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
    "GenerateMac": {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"},
    "GetKeyLastUsage": {},
    "GetKeyPolicy": {},
    "GetKeyRotationStatus": {},
    "GetParametersForImport": {
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256",
        "WrappingKeySpec": "RSA_2048",
    },
    "GetPublicKey": {},
    "ImportKeyMaterial": {"ImportToken": b"x", "EncryptedKeyMaterial": b"x"},
    "ListAliases": {},
    "ListGrants": {},
    "ListKeyPolicies": {},
    "ListKeyRotations": {},
    "ListKeys": {},
    "ListResourceTags": {},
    "ListRetirableGrants": {"RetiringPrincipal": "arn:aws:iam::111122223333:root"},
    "PutKeyPolicy": {"Policy": "{}"},
    "ReEncrypt": {"CiphertextBlob": b"x", "SourceKeyId": "KEY", "DestinationKeyId": "KEY"},
    "ReplicateKey": {"ReplicaRegion": "us-west-2"},
    "RetireGrant": {"GrantId": "0" * 64},
    "RevokeGrant": {"GrantId": "0" * 64},
    "RotateKeyOnDemand": {},
    "ScheduleKeyDeletion": {},
    "Sign": {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "UntagResource": {"TagKeys": ["a"]},
    "UpdateAlias": {"AliasName": "alias/none", "TargetKeyId": "KEY"},
    "UpdateKeyDescription": {"Description": "x"},
    "UpdatePrimaryRegion": {"PrimaryRegion": "us-west-2"},
    "Verify": {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": b"x"},
    "VerifyMac": {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256", "Mac": b"x"},
    "DescribeCustomKeyStores": {},
}
KEYED = ("KeyId", "TargetKeyId", "SourceKeyId")


def declaring(error):
    return [
        name
        for name in MODEL.operation_names
        if error in {shape.name for shape in MODEL.operation_model(name).error_shapes}
    ]


def call(kms, operation):
    return getattr(kms, botocore.xform_name(operation))


def request(operation, key, **more):
    """A request of the operation for *key*, wherever it names one."""
    members = MODEL.operation_model(operation).input_shape.members
    made = {name: key if value == "KEY" else value for name, value in REQUESTS[operation].items()}
    if "KeyId" in members and operation != "ListAliases":
        made["KeyId"] = key
    return {**made, **more}


def test_every_operation_of_the_model_is_offered():
    assert set(MODEL.operation_names) == {op.name for op in SERVICE.operations}


def test_every_error_of_ours_is_the_models():
    declared = {
        shape.name
        for name in MODEL.operation_names
        for shape in MODEL.operation_model(name).error_shapes
    }
    ours = {name for name, value in vars(errors).items() if isinstance(value, type)} - {"ApiError"}
    assert ours <= declared
    assert declared - ours == set(NEVER)


def test_every_error_of_ours_is_provoked_somewhere():
    here = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    for name in vars(errors):
        if name.endswith("Exception"):
            assert re.search(rf'"{name}"', here), name


@pytest.mark.parametrize(
    "operation", sorted(set(declaring("NotFoundException")) - {"ListRetirableGrants"})
)
def test_a_key_that_is_not_there(kms, refused, operation):
    asked = request(operation, GONE)
    if operation == "ListAliases":
        asked["KeyId"] = GONE
    refused("NotFoundException", call(kms, operation), **asked)


@pytest.mark.parametrize(
    "operation",
    sorted(set(declaring("InvalidArnException")) - {"CreateKey", "ListRetirableGrants"}),
)
def test_an_arn_that_is_none(kms, refused, operation):
    wrong = "arn:aws:s3:::a-bucket-and-no-key"
    asked = request(operation, wrong)
    if operation == "ListAliases":
        asked["KeyId"] = wrong
    refused("InvalidArnException", call(kms, operation), **asked)


@pytest.mark.parametrize("operation", declaring("InvalidMarkerException"))
def test_a_marker_that_is_none(kms, key, refused, operation):
    asked = request(operation, key, Marker="nonsense")
    refused("InvalidMarkerException", call(kms, operation), **asked)


@pytest.mark.parametrize("operation", declaring("InvalidGrantTokenException"))
def test_a_grant_token_that_is_none(kms, key, refused, operation):
    more = {"GrantToken": "x"} if operation == "RetireGrant" else {"GrantTokens": ["nonsense"]}
    asked = request(operation, key, **more)
    if operation == "RetireGrant":
        asked = more
    refused("InvalidGrantTokenException", call(kms, operation), **asked)


def test_markers_of_one_listing_are_none_of_another(kms, key, refused):
    kms.create_key()
    marker = kms.list_keys(Limit=1)["NextMarker"]
    refused("InvalidMarkerException", kms.list_aliases, Marker=marker)
    refused("InvalidMarkerException", kms.list_grants, KeyId=key, Marker=marker)
