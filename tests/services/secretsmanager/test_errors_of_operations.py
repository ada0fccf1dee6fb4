"""Errors that an operation's model declares and that no other test provokes in that operation.

`tests/services/test_declared_errors.py` compares all that the suite provokes with the models.
"""

from __future__ import annotations

import uuid

import botocore.session
import pytest
from botocore.exceptions import ClientError

from lodekey.services.secretsmanager import old_versions

DENY = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
ABROAD = {"CrossAccountReplicaARN": "arn:aws:secretsmanager:us-east-1:444455556666:secret:s-AbCdEf"}
MORE = {
    "PutResourcePolicy": {"ResourcePolicy": str({"Statement": [DENY]}).replace("'", '"')},
    "PutSecretValue": {"SecretString": "x"},
    "RemoveRegionsFromReplication": {"RemoveReplicaRegions": ["eu-west-1"]},
    "ReplicateSecretToRegions": {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
    "TagResource": {"Tags": [{"Key": "a", "Value": "b"}]},
    "UntagResource": {"TagKeys": ["a"]},
    "ValidateResourcePolicy": {"ResourcePolicy": "{}"},
    "UpdateSecretVersionStage": {"VersionStage": "x"},
    "AssociateCrossAccountReplica": ABROAD,
    "DisassociateCrossAccountReplica": ABROAD,
}
MODEL = botocore.session.get_session().get_service_model("secretsmanager")
NAMING = sorted(
    name
    for name in MODEL.operation_names
    if "SecretId" in (shape.members if (shape := MODEL.operation_model(name).input_shape) else ())
)
WHILE_MARKED = {"DescribeSecret", "ListSecretVersionIds", "RestoreSecret"}


@pytest.fixture(scope="module")
def secrets(shared_world):
    made = shared_world.client("secretsmanager")
    made.create_secret(Name="marked", SecretString="v")
    made.delete_secret(SecretId="marked")
    return made


def refused(code, call, **request):
    with pytest.raises(ClientError) as caught:
        call(**request)
    assert code == caught.value.response["Error"]["Code"]


def call(secrets, operation):
    return getattr(secrets, botocore.xform_name(operation))


@pytest.mark.parametrize("operation", NAMING)
def test_a_secret_that_is_not_there(secrets, operation):
    more = MORE.get(operation, {})
    refused("ResourceNotFoundException", call(secrets, operation), SecretId="none", **more)


@pytest.mark.parametrize("operation", sorted(set(NAMING) - WHILE_MARKED))
def test_a_secret_that_is_to_go(secrets, operation):
    more = MORE.get(operation, {})
    refused("InvalidRequestException", call(secrets, operation), SecretId="marked", **more)


def test_a_key_that_is_off(secrets, shared_world):
    kms = shared_world.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    again = {"SecretString": "v", "ClientRequestToken": str(uuid.uuid4())}
    secrets.create_secret(Name="k", KmsKeyId=key, **again)
    secrets.put_secret_value(SecretId="k", **again)
    kms.disable_key(KeyId=key)
    failure = "DecryptionFailure"
    refused(failure, secrets.create_secret, Name="k", KmsKeyId=key, **again)
    refused(failure, secrets.put_secret_value, SecretId="k", **again)
    refused(failure, secrets.update_secret, SecretId="k", **again)
    [error] = secrets.batch_get_secret_value(SecretIdList=["k"])["Errors"]
    assert failure == error["ErrorCode"]
    refused("EncryptionFailure", secrets.update_secret, SecretId="k", SecretString="other")
    refused("EncryptionFailure", secrets.put_secret_value, SecretId="k", SecretString="other")


def test_a_page_of_another_batch(secrets):
    every = [{"Key": "all", "Values": ["x"]}]
    refused(
        "InvalidNextTokenException", secrets.batch_get_secret_value, Filters=every, NextToken="x"
    )


@pytest.mark.parametrize("operation", ["PutSecretValue", "UpdateSecret"])
def test_a_secret_has_only_so_many_versions(secrets, operation, monkeypatch):
    name = f"many-{operation}"
    secrets.create_secret(Name=name, SecretString="v")
    monkeypatch.setattr(old_versions, "VERSIONS_KEPT", 1)
    monkeypatch.setattr(old_versions, "VERSIONS_LIMIT", 1)
    refused("LimitExceededException", call(secrets, operation), SecretId=name, SecretString="w")
