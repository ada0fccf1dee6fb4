"""Environment variables: sealed by KMS, opened for whoever may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from services.lambda_.packaging import LOGS, TRUST, zipped
from world import World, allow

HANDLER = "import os\ndef handler(event, context):\n    return os.environ.get('VALUE')\n"
ARN = "arn:aws:lambda:us-east-1:111122223333:function:f"


@pytest.fixture
def role(world: World) -> str:
    return world.role("fn", TRUST, [LOGS])


def make(world, role, client=None, **more):
    return (client or world.client("lambda")).create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="h.handler",
        Role=role,
        Code={"ZipFile": zipped(h_py=HANDLER)},
        Environment={"Variables": {"VALUE": world.sentinel}},
        **more,
    )


def value_of(world) -> object:
    return json.loads(world.client("lambda").invoke(FunctionName="f")["Payload"].read())


@pytest.mark.slow
def test_the_function_sees_them_and_the_disk_does_not(world, role):
    made = make(world, role)
    assert {"VALUE": world.sentinel} == made["Environment"]["Variables"]
    assert "KMSKeyArn" not in made
    assert world.sentinel == value_of(world)
    for path in Path(world.data).rglob("*"):
        if path.is_file():
            assert world.sentinel.encode() not in path.read_bytes()
    assert world.sentinel not in json.dumps(world.events())


def test_the_reader_needs_the_key(world, role):
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    make(world, role, KMSKeyArn=key)
    may_read = world.client("lambda", as_=world.user("reader", allow("lambda:*")))
    may_open = world.client("lambda", as_=world.user("opener", allow("lambda:*", "kms:Decrypt")))

    refused = may_read.get_function_configuration(FunctionName="f")["Environment"]
    opened = may_open.get_function_configuration(FunctionName="f")["Environment"]

    assert "Variables" not in refused
    assert "AccessDeniedException" == refused["Error"]["ErrorCode"]
    assert {"VALUE": world.sentinel} == opened["Variables"]
    listed = may_read.list_functions()["Functions"][0]["Environment"]
    assert "Variables" not in listed


def test_the_writer_needs_the_key(world, role):
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    lambdas = allow("lambda:*", "iam:PassRole")
    without = world.client("lambda", as_=world.user("without", lambdas))
    with_ = world.client(
        "lambda", as_=world.user("with", [lambdas, allow("kms:Encrypt", "kms:CreateGrant")])
    )
    with pytest.raises(ClientError) as error:
        make(world, role, without, KMSKeyArn=key)
    assert "InvalidParameterValueException" == error.value.response["Error"]["Code"]
    assert "kms:Encrypt" in error.value.response["Error"]["Message"]
    assert world.sentinel not in error.value.response["Error"]["Message"]
    make(world, role, with_, KMSKeyArn=key)


@pytest.mark.slow
def test_the_role_opens_them_by_a_grant(world, role):
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    make(world, role, KMSKeyArn=key)
    grants = world.client("kms").list_grants(KeyId=key)["Grants"]
    assert [(role, {"aws:lambda:FunctionArn": ARN})] == [
        (grant["GranteePrincipal"], grant["Constraints"]["EncryptionContextEquals"])
        for grant in grants
    ]
    assert world.sentinel == value_of(world)
    decrypts = [event for event in world.events() if event["eventName"] == "Decrypt"]
    assert decrypts[-1]["userIdentity"]["arn"].endswith(":assumed-role/fn/f")


@pytest.mark.slow
def test_a_key_that_cannot_be_used_stops_the_function(world, role):
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    make(world, role, KMSKeyArn=key)

    kms.disable_key(KeyId=key)
    with pytest.raises(ClientError) as error:
        value_of(world)
    assert "KMSDisabledException" == error.value.response["Error"]["Code"]
    assert 502 == error.value.response["ResponseMetadata"]["HTTPStatusCode"]

    kms.enable_key(KeyId=key)
    for grant in kms.list_grants(KeyId=key)["Grants"]:
        kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    with pytest.raises(ClientError) as error:
        value_of(world)
    assert "KMSAccessDeniedException" == error.value.response["Error"]["Code"]


@pytest.mark.slow
def test_another_key_seals_them_anew(world, role):
    client = world.client("lambda")
    make(world, role)
    key = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    changed = client.update_function_configuration(FunctionName="f", KMSKeyArn=key)
    assert (key, {"VALUE": world.sentinel}) == (
        changed["KMSKeyArn"],
        changed["Environment"]["Variables"],
    )
    assert world.sentinel == value_of(world)


def test_no_variables_no_environment(world, role):
    make(world, role)
    changed = world.client("lambda").update_function_configuration(
        FunctionName="f", Environment={"Variables": {}}
    )
    assert "Environment" not in changed
