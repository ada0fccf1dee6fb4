"""Begin rotations: the label that announces the new version, and the record of the run."""

from __future__ import annotations

import uuid

import msgspec

from lodekey.identity.principals import Principal, service_principal
from lodekey.services.secretsmanager import stages
from lodekey.services.secretsmanager.rotation import RUNS, TEST_STEPS, Run
from lodekey.services.secretsmanager.secrets import Secret, put_version, version_of
from lodekey.store.port import Transaction

SERVICE_PRINCIPAL = "secretsmanager.amazonaws.com"


def service(secret: Secret) -> Principal:
    """Secrets Manager itself, acting for a secret."""
    return service_principal(
        SERVICE_PRINCIPAL, {"aws:sourcearn": secret.arn, "aws:sourceaccount": secret.account}
    )


def begin(tx: Transaction, secret: Secret, token: str, now: float) -> Secret:
    """Label the version to be, and write down that the rotation is to run.

    A request for a rotation that already runs under this token changes nothing.

    Returns:
        The secret; to be saved.
    """
    place = (secret.account, secret.region, secret.name)
    if RUNS.get(tx, *place) is None and stages.CURRENT not in secret.stages.get(token, ()):
        RUNS.put(tx, *place, record=new_run(token, now))
    if token in secret.stages:
        return secret
    labeled = stages.attach(secret.stages, token, (stages.PENDING,))
    return msgspec.structs.replace(secret, stages=labeled)


def new_run(token: str, now: float) -> Run:
    """A rotation that is to begin now."""
    return Run(token=token, rotation_token=str(uuid.uuid4()), began=now, not_before=now)


def begin_test(tx: Transaction, secret: Secret, token: str, now: float) -> Secret:
    """Make an AWSPENDING version with the current value for the test step to look at.

    The current version's sealed value serves as it is: nobody's KMS permissions are needed.

    Returns:
        The secret; to be saved.
    """
    current = stages.holder(secret.stages, stages.CURRENT)
    version = None if current is None else version_of(tx, secret, current)
    if version is None or version_of(tx, secret, token) is not None:
        return secret
    copy = msgspec.structs.replace(
        version, id=token, created=now, sealed_as=version.sealed_as or version.id, accessed=None
    )
    put_version(tx, secret, copy)
    run = msgspec.structs.replace(new_run(token, now), steps=TEST_STEPS)
    RUNS.put(tx, secret.account, secret.region, secret.name, record=run)
    labeled = stages.attach(secret.stages, token, (stages.PENDING,))
    return msgspec.structs.replace(secret, stages=labeled, versions=secret.versions + 1)
