"""Secrets read through Parameter Store, and what is not offered."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from world import World, allow

REFERENCE = "/aws/reference/secretsmanager/app/db"


def error_of(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def secret(world: World) -> Any:
    sm = world.client("secretsmanager")
    made = sm.create_secret(Name="app/db", SecretString=world.sentinel)
    sm.put_secret_value(SecretId="app/db", SecretString="second")
    return made


def test_read(world: World, secret: Any) -> None:
    ssm = world.client("ssm")
    got = ssm.get_parameter(Name=REFERENCE, WithDecryption=True)["Parameter"]
    assert got["Value"] == "second"
    assert (got["Type"], got["Version"], got["Name"]) == ("SecureString", 0, REFERENCE)
    assert got["ARN"] == secret["ARN"]
    assert json.loads(got["SourceResult"])["SecretString"] == "second"
    for selector in ("AWSPREVIOUS", secret["VersionId"]):
        got = ssm.get_parameter(Name=f"{REFERENCE}:{selector}", WithDecryption=True)["Parameter"]
        assert (got["Value"], got["Selector"]) == (world.sentinel, f":{selector}")
    got = ssm.get_parameters(Names=[REFERENCE, REFERENCE + "x"], WithDecryption=True)
    assert [one["Value"] for one in got["Parameters"]] == ["second"]
    assert got["InvalidParameters"] == [REFERENCE + "x"]


def test_refusals(world: World, secret: Any) -> None:
    ssm = world.client("ssm")
    assert error_of(ssm.get_parameter, Name=REFERENCE) == (
        "ValidationException",
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    )
    code, message = error_of(ssm.get_parameter, Name=REFERENCE + "x", WithDecryption=True)
    assert code == "ParameterNotFound"
    assert "(Service: AWSSecretsManager; Status Code: 400; Error Code: " in message
    assert error_of(
        ssm.put_parameter, Name=REFERENCE, Value="v", Type="SecureString", Overwrite=True
    )[0] == ("AccessDeniedException")


def test_both_permissions_are_needed(world: World, secret: Any) -> None:
    allowed = {"ssm": allow("ssm:GetParameter"), "sm": allow("secretsmanager:GetSecretValue")}
    for name in ("ssm", "sm"):
        one = world.user(f"only-{name}", [allowed[name], allow("kms:Decrypt")])
        code, _ = error_of(
            world.client("ssm", as_=one).get_parameter, Name=REFERENCE, WithDecryption=True
        )
        assert code == "AccessDeniedException"
    both = world.user("both", [*allowed.values()])
    got = world.client("ssm", as_=both).get_parameter(Name=REFERENCE, WithDecryption=True)
    assert got["Parameter"]["Value"] == "second"


def test_public_parameters_are_not_offered(world: World) -> None:
    ssm = world.client("ssm")
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    assert error_of(ssm.get_parameter, Name=name) == (
        "ParameterNotFound",
        "Public parameters are not offered by this server.",
    )
    assert ssm.get_parameters(Names=[name])["InvalidParameters"] == [name]
    code, message = error_of(ssm.get_parameters_by_path, Path="/aws/service/ami")
    assert code == "ValidationException"
    assert message == "Public parameters are not offered by this server."


def test_the_rest_of_systems_manager_is_unknown(world: World) -> None:
    assert error_of(world.client("ssm").list_documents)[0] == "UnknownOperationException"
