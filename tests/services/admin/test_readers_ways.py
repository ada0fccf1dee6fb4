"""WhoCanRead's ways: paths, direct decryption, functions, other accounts, conditions; the CLI."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from click.testing import CliRunner

from lodekey.cli import asking, who_can_read
from lodekey.cli.demo_parts import TRUST
from services.admin.test_explain import call
from services.admin.test_readers import ask, readers, steps_of
from world import ACCOUNT, REGION, World, allow

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
STRANGER = "444455556666"


def parameter(world: World, name: str = "/a/b/c") -> str:
    key: str = world.client("kms").create_key()["KeyMetadata"]["Arn"]
    world.client("ssm").put_parameter(
        Name=name, Type="SecureString", KeyId=key, Value=world.sentinel
    )
    return key


def by(answer: dict[str, Any], who: str) -> str:
    return next(str(each["Read"]) for each in answer["Readers"] if each["Principal"] == who)


def below(path: str) -> dict[str, Any]:
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{path}"
    return allow("ssm:GetParametersByPath", resource=arn)


def test_a_path_above_reads_whatever_is_denied_below(world: World) -> None:
    parameter(world)
    deny = {"Effect": "Deny", "Action": "ssm:*", "Resource": "arn:aws:ssm:*:*:parameter/a/b/c"}
    alice = world.user("alice", [below("/a"), deny, allow("kms:Decrypt")])
    bob = world.user("bob", [below("/x"), allow("kms:Decrypt")])
    answer = ask(world, "ssm:/a/b/c")
    assert "GetParametersByPath /a with decryption" == by(answer, alice.arn)
    assert bob.arn not in readers(answer)
    found = world.client("ssm", as_=alice).get_parameters_by_path(
        Path="/a", Recursive=True, WithDecryption=True
    )
    assert world.sentinel == found["Parameters"][0]["Value"]


def test_who_may_not_decrypt_through_the_store_may_do_it_by_hand(world: World) -> None:
    parameter(world)
    direct = {"Null": {"kms:ViaService": "true"}}
    alice = world.user("alice", [allow("ssm:GetParameter"), allow("kms:Decrypt", Condition=direct)])
    answer = ask(world, "ssm:/a/b/c")
    assert "GetParameter, then Decrypt" == by(answer, alice.arn)


def test_a_plain_parameter_needs_no_key(world: World) -> None:
    world.client("ssm").put_parameter(Name="plain", Type="String", Value=world.sentinel)
    alice = world.user("alice", [allow("ssm:GetParameter")])
    bob = world.user("bob", [allow("kms:Decrypt")])
    answer = ask(world, "ssm:plain")
    assert alice.arn in readers(answer)
    assert bob.arn not in readers(answer)


def test_what_depends_on_the_request_comes_with_a_witness(world: World) -> None:
    parameter(world)
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    alice = world.user("alice", [allow("ssm:GetParameter", Condition=condition), allow("kms:*")])
    via = world.user("via", [allow("ssm:GetParameter"), allow("kms:*", Condition=condition)])
    answer = ask(world, "ssm:/a/b/c")
    found = {each["Principal"]: each for each in answer["Readers"]}
    assert "conditional" == found[alice.arn]["Verdict"]
    assert {"aws:sourceip": ["10.0.0.0"]} == found[alice.arn]["Witness"]
    # a forwarded call carries no address; only a Decrypt by hand does
    assert "GetParameter, then Decrypt" == found[via.arn]["Read"]


def test_a_reference_reads_a_secret(world: World) -> None:
    secret = world.client("secretsmanager").create_secret(Name="s", SecretString=world.sentinel)
    assert secret
    forwarded = {"Bool": {"aws:ViaAWSService": "true"}}
    statements = [
        allow("ssm:GetParameter"),
        allow("secretsmanager:GetSecretValue", Condition=forwarded),
    ]
    alice = world.user("alice", statements)
    bob = world.user("bob", statements[1:])
    answer = ask(world, "sm:s")
    assert "GetParameter of /aws/reference/secretsmanager/s" == by(answer, alice.arn)
    assert bob.arn not in readers(answer)
    read = world.client("ssm", as_=alice).get_parameter(
        Name="/aws/reference/secretsmanager/s", WithDecryption=True
    )
    assert world.sentinel == read["Parameter"]["Value"]


def test_another_account_reads_only_where_policies_let_it(world: World) -> None:
    kms, manager = world.client("kms"), world.client("secretsmanager")
    other = world.account()
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secret = manager.create_secret(Name="s", KmsKeyId=key, SecretString=world.sentinel)["ARN"]
    assert other.arn not in readers(ask(world, secret))
    share = {
        "Effect": "Allow",
        "Principal": {"AWS": other.arn},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [share]})
    manager.put_resource_policy(SecretId=secret, ResourcePolicy=policy)
    assert other.arn not in readers(ask(world, secret)), "the key is not shared"
    own = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    own["Statement"].append({**share, "Action": "kms:Decrypt"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(own))
    assert other.arn in readers(ask(world, secret))
    read = world.client("secretsmanager", as_=other).get_secret_value(SecretId=secret)
    assert world.sentinel == read["SecretString"]


def test_somebody_who_is_not_on_the_server_is_thought_of(world: World) -> None:
    kms = world.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    outside = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": STRANGER}},
    }
    before = {each["Kind"] for each in ask(world, key)["Readers"]}
    assert "outsider" not in before
    policy["Statement"].append(outside)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    found = [each for each in ask(world, key)["Readers"] if each["Kind"] == "outsider"]
    assert [f"arn:aws:iam::{STRANGER}:user/anybody"] == [each["Principal"] for each in found]


# Functions.


def function(world: World, name: str, role: str) -> str:
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "def handler(event, context): return 1\n")
    made = world.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="handler.handler",
        Role=role,
        Code={"ZipFile": code.getvalue()},
    )
    return str(made["FunctionArn"])


def test_of_two_functions_with_one_role_one_reads(world: World) -> None:
    parameter(world)
    mine = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:mine"
    deny = {
        "Effect": "Deny",
        "Action": "ssm:GetParameter",
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"lambda:SourceFunctionArn": mine}},
    }
    statements = [allow("ssm:GetParameter", "kms:Decrypt"), deny]
    role = world.role("r", TRUST, statements)
    assert mine == function(world, "mine", role)
    function(world, "theirs", role)
    answer = ask(world, "ssm:/a/b/c")
    assert [mine] == [each["Function"] for each in answer["Readers"] if each["Principal"] == role]
    coder = world.user("coder", [allow("lambda:UpdateFunctionCode", resource=mine)])
    other = world.user(
        "other", [allow("lambda:UpdateFunctionCode", resource="arn:aws:lambda:*:*:function:theirs")]
    )
    answer = ask(world, "ssm:/a/b/c")
    assert ["lambda:UpdateFunctionCode"] == steps_of(answer, coder.arn)
    assert [] == steps_of(answer, other.arn)


def test_who_may_pass_the_role_may_make_a_function_of_it(world: World) -> None:
    parameter(world)
    role = world.role("r", TRUST, allow("ssm:GetParameter", "kms:Decrypt"))
    maker = world.user("maker", [allow("lambda:CreateFunction"), allow("iam:PassRole")])
    half = world.user("half", [allow("lambda:CreateFunction")])
    answer = ask(world, "ssm:/a/b/c")
    assert role in readers(answer)
    assert ["iam:PassRole"] == steps_of(answer, maker.arn)
    assert [] == steps_of(answer, half.arn)


def test_a_chain_of_steps_is_found(world: World) -> None:
    parameter(world)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ROOT}}
    world.role("second", trust, allow("ssm:GetParameter", "kms:Decrypt"))
    world.role("first", trust, allow("sts:AssumeRole", resource="arn:aws:iam::*:role/second"))
    alice = world.user("alice", allow("sts:AssumeRole", resource="arn:aws:iam::*:role/first"))
    answer = ask(world, "ssm:/a/b/c")
    chains = [each["Steps"] for each in answer["Escalations"] if each["Principal"] == alice.arn]
    role = f"arn:aws:iam::{ACCOUNT}:role/"
    assert [[f"sts:AssumeRole on {role}first", f"sts:AssumeRole on {role}second"]] == chains


def test_it_takes_permission_and_a_thing_that_is_there(world: World) -> None:
    parameter(world)
    alice = world.user("alice", allow("ssm:*"))
    request = {"Resource": "ssm:/a/b/c"}
    status, answer = call(world, "WhoCanRead", request, alice)
    assert (400, "AccessDeniedException") == (status, answer["__type"])
    bob = world.user("bob", allow("lodekey:WhoCanRead"))
    assert 200 == call(world, "WhoCanRead", request, bob)[0]
    for missing in ("ssm:/a/b", "sm:none", "kms:none", "what", f"arn:aws:s3:::{'x' * 9}"):
        status, answer = call(world, "WhoCanRead", {"Resource": missing})
        assert (400, "NoSuchResourceException") == (status, answer["__type"])


# The command.


@pytest.mark.parametrize(
    ("words", "code"), [([], 0), (["--only", ROOT], 6), (["--only", f"{ROOT}, {{alice}}"], 0)]
)
def test_the_exit_code_is_the_proof(
    world: World, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    parameter(world)
    alice = world.user("alice", allow("ssm:GetParameter", "kms:Decrypt"))
    monkeypatch.setattr(
        asking, "call", lambda _, operation, request: call(world, operation, request)[1]
    )
    filled = [word.replace("{alice}", alice.arn) for word in words]
    done = CliRunner().invoke(who_can_read.command, ["ssm:/a/b/c", *filled])
    assert code == done.exit_code, done.output
    assert alice.arn in done.output
    assert "ssm:GetParameter: statement #1 of own (inline policy of user alice)" in done.output
