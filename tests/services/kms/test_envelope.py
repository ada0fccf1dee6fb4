"""The face that other services see: forwarded calls, as their caller, under KMS's checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lodekey.errors import ApiError
from lodekey.gate.call import Call
from lodekey.identity.principals_of import root_principal, user_principal
from lodekey.identity.records import USERS
from lodekey.services.kms import envelope
from lodekey.services.kms.encrypt import encrypt
from world import ACCOUNT, allow

CONTEXT = {"PARAMETER_ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/a"}


class Inside:
    """Does something as a principal, inside the house."""

    def __init__(self, world):
        self.world = world

    def __call__(self, name: str, work: Any, *, write: bool = False) -> Any:
        gate = self.world.gate
        with gate.store.transaction(write=write) as tx:
            user = USERS.get(tx, ACCOUNT, name)
            principal = user_principal(tx, user) if user else root_principal(tx, ACCOUNT)
            call = Call(op=encrypt, request_id="r", region="us-east-1", principal=principal)
            return work(gate.context(call, tx))


@pytest.fixture
def inside(world):
    return Inside(world)


def test_seal_and_open(world, inside):
    arn = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    blob = inside("", lambda ctx: envelope.seal(ctx, arn, b"x", context=CONTEXT, via="ssm"))
    opened = inside("", lambda ctx: envelope.open_(ctx, blob, context=CONTEXT, via="ssm"))
    assert opened == b"x"
    direct = world.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert direct["Plaintext"] == b"x"
    with pytest.raises(ApiError) as caught:
        inside("", lambda ctx: envelope.open_(ctx, blob, context={}, via="ssm"))
    assert caught.value.code == "InvalidCiphertextException"


def test_data_keys(world, inside):
    arn = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    plain, blob = inside(
        "", lambda ctx: envelope.data_key(ctx, arn, context=CONTEXT, via="secretsmanager")
    )
    assert len(plain) == 32
    opened = inside(
        "", lambda ctx: envelope.open_(ctx, blob, context=CONTEXT, via="secretsmanager")
    )
    assert opened == plain


def test_the_service_is_named(world, inside):
    """``kms:ViaService`` holds for forwarded calls, and for these alone."""
    when = {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    user = world.user("via", allow("kms:Encrypt", Condition=when))
    arn = world.client("kms").create_key()["KeyMetadata"]["Arn"]

    def seal(via):
        return lambda ctx: envelope.seal(ctx, arn, b"x", context={}, via=via)

    assert inside("via", seal("ssm"))
    for call in (seal("secretsmanager"),):
        with pytest.raises(ApiError) as caught:
            inside("via", call)
        assert caught.value.code == "AccessDeniedException"
    with pytest.raises(Exception, match="AccessDenied"):
        world.client("kms", as_=user).encrypt(KeyId=arn, Plaintext=b"x")


@pytest.mark.parametrize("service", ["ssm", "secretsmanager", "lambda"])
def test_default_keys_are_made_once_and_serve_everyone(world, inside, service):
    world.user("nobody", allow("iam:GetUser"))
    arn = inside("nobody", lambda ctx: envelope.default_key(ctx, service), write=True)
    assert arn == inside("nobody", lambda ctx: envelope.default_key(ctx, service))
    blob = inside("nobody", lambda ctx: envelope.seal(ctx, arn, b"x", context={}, via=service))
    opened = inside("nobody", lambda ctx: envelope.open_(ctx, blob, context={}, via=service))
    assert opened == b"x"
    for via in ("s3", ""):
        with pytest.raises(ApiError) as caught:
            inside("nobody", lambda ctx: envelope.open_(ctx, blob, context={}, via=via))  # noqa: B023
        assert caught.value.code == "AccessDeniedException"
    told = world.client("kms").describe_key(KeyId=f"alias/aws/{service}")["KeyMetadata"]
    assert (told["Arn"], told["KeyManager"]) == (arn, "AWS")


def test_names_are_resolved(world, inside):
    kms = world.client("kms")
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=made["KeyId"])
    for name in (made["KeyId"], made["Arn"], "alias/a"):
        assert inside("", lambda ctx: envelope.key_arn(ctx, name)) == made["Arn"]  # noqa: B023
    with pytest.raises(ApiError) as caught:
        inside("", lambda ctx: envelope.key_arn(ctx, "alias/none"))
    assert caught.value.code == "NotFoundException"


def test_no_secret_leaves_a_trace(world):
    """Neither plaintexts nor data keys nor blobs reach the trail."""
    kms = world.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=arn, Plaintext=world.sentinel.encode())["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob)
    made = kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext={"a": "b"})
    text = json.dumps(world.events(), default=str)
    names = [event["eventName"] for event in world.events()]
    assert names[-3:] == ["Encrypt", "Decrypt", "GenerateDataKey"]
    assert world.sentinel not in text
    for secret in (made["Plaintext"], blob):
        assert secret.hex() not in text
        assert repr(secret)[2:-1] not in text
    assert '"encryptionContext": {"a": "b"}' in text
