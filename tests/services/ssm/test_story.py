"""The first thing that must work: a SecureString, sealed and opened as its caller."""

import base64

import pytest
from botocore.exceptions import ClientError

from world import World, allow

VALUE = "my precious value"


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return caught.value.response["Error"]["Code"]


def test_put_and_get(world: World) -> None:
    ssm = world.client("ssm")
    made = ssm.put_parameter(Name="/app/db", Value="v1", Type="String")
    assert (made["Version"], made["Tier"]) == (1, "Standard")
    got = ssm.get_parameter(Name="/app/db")["Parameter"]
    assert got["Value"] == "v1"
    assert got["ARN"] == "arn:aws:ssm:us-east-1:111122223333:parameter/app/db"
    assert got["DataType"] == "text"
    assert got["Version"] == 1
    assert ssm.put_parameter(Name="/app/db", Value="v2", Overwrite=True)["Version"] == 2
    assert ssm.get_parameter(Name="/app/db")["Parameter"]["Value"] == "v2"
    ssm.delete_parameter(Name="/app/db")
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/app/db")


@pytest.mark.parametrize("tier", ["Standard", "Advanced"])
@pytest.mark.parametrize("named", [False, True])
def test_secure_string(world: World, tier: str, named: bool) -> None:
    ssm, kms = world.client("ssm"), world.client("kms")
    more = {"KeyId": kms.create_key()["KeyMetadata"]["Arn"]} if named else {}
    ssm.put_parameter(Name="/s", Value=world.sentinel, Type="SecureString", Tier=tier, **more)
    opened = ssm.get_parameter(Name="/s", WithDecryption=True)["Parameter"]
    assert opened["Value"] == world.sentinel
    closed = ssm.get_parameter(Name="/s")["Parameter"]["Value"]
    assert world.sentinel not in closed
    blob = base64.b64decode(closed)
    assert world.sentinel.encode() not in blob
    if tier == "Standard" and named:
        plain = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"PARAMETER_ARN": opened["ARN"]})
        assert plain["Plaintext"].decode() == world.sentinel
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(CiphertextBlob=blob)


def test_kms_is_called_as_the_caller(world: World) -> None:
    kms, ssm = world.client("kms"), world.client("ssm")
    writer = world.user("writer", [allow("ssm:*"), allow("kms:Encrypt")])
    reader = world.user("reader", [allow("ssm:*"), allow("kms:Decrypt")])
    stranger = world.user("stranger", [allow("ssm:*")])
    key = kms.create_key()["KeyMetadata"]["Arn"]
    world.client("ssm", as_=writer).put_parameter(
        Name="/s", Value=world.sentinel, Type="SecureString", KeyId=key
    )
    got = world.client("ssm", as_=reader).get_parameter(Name="/s", WithDecryption=True)
    assert got["Parameter"]["Value"] == world.sentinel
    for who in (stranger, writer):
        with pytest.raises(ClientError) as caught:
            world.client("ssm", as_=who).get_parameter(Name="/s", WithDecryption=True)
        assert code_of(caught) == "AccessDeniedException"
        message = caught.value.response["Error"]["Message"]
        assert message.startswith(
            "The ciphertext refers to a customer master key that does not exist, does not exist in "
            "this region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; "
            "Error Code: AccessDeniedException; Request ID: "
        )
        # Without decryption no key is needed.
        world.client("ssm", as_=who).get_parameter(Name="/s")
    kms.disable_key(KeyId=key)
    with pytest.raises(ssm.exceptions.InvalidKeyId) as closed:
        ssm.get_parameter(Name="/s", WithDecryption=True)
    assert "is disabled. (Service: AWSKMS;" in closed.value.response["Error"]["Message"]
    assert "Error Code: DisabledException" in closed.value.response["Error"]["Message"]


def test_key_that_is_not_there(world: World) -> None:
    ssm = world.client("ssm")
    with pytest.raises(ssm.exceptions.InvalidKeyId) as caught:
        ssm.put_parameter(Name="/s", Value="v", Type="SecureString", KeyId="alias/none")
    assert "alias/none" in caught.value.response["Error"]["Message"]
    assert "Error Code: NotFoundException" in caught.value.response["Error"]["Message"]
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/s")


def test_who_may_not_ask_learns_nothing(world: World) -> None:
    alice = world.user(
        "alice", [allow("ssm:GetParameter", resource="arn:aws:ssm:*:*:parameter/mine/*")]
    )
    ssm = world.client("ssm", as_=alice)
    with pytest.raises(ssm.exceptions.ParameterNotFound):
        ssm.get_parameter(Name="/mine/none")
    with pytest.raises(ClientError) as caught:
        ssm.get_parameter(Name="/yours/none")
    assert code_of(caught) == "AccessDeniedException"
    assert caught.value.response["Error"]["Message"] == (
        f"User: {alice.arn} is not authorized to perform: ssm:GetParameter on resource: "
        "arn:aws:ssm:us-east-1:111122223333:parameter/yours/none because no identity-based policy "
        "allows the ssm:GetParameter action"
    )
