"""init and lint against an account: what is planned is what is stored, and does what it says."""

import json

import pytest
import yaml

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ],
}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture
def role(lodekey):
    """A role that anybody may assume, so that the test can be it."""
    iam = lodekey.boto3("iam")
    account = lodekey.boto3("sts").get_caller_identity()["Account"]
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{account}:root"}
    made = iam.create_role(RoleName="fn", AssumeRolePolicyDocument=json.dumps(trust))
    return made["Role"]["Arn"]


def as_role(lodekey, role, user):
    from cli.conftest import Client

    keys = user.boto3("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    environ = {
        **lodekey.environ,
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
    return Client(environ, lodekey.home)


def test_only_the_role_opens_the_values(lodekey, role):
    admin = lodekey.as_user("admin", ALL)
    other = lodekey.as_user("other", ALL)
    key = admin(
        "init", "app", "--for", "fn", "--value", "ssm:/app/db", "--value", "sm:app/db", "-y"
    )
    assert key.stdout.startswith("arn:aws:kms:")
    assert "verified" in key.stderr
    for place in ("ssm:/app/db", "sm:app/db"):
        admin("seal", place, "--key", "alias/app", stdin="open sesame")
        assert as_role(lodekey, role, admin)("get", place).stdout == "open sesame"
        other("get", place, code=4)
        assert lodekey("get", place, code=4).stdout == ""
    again = admin.json("init", "app", "--for", "fn", "--value", "ssm:/app/db", "-y")
    assert again["key"] == key.stdout.strip()


def test_a_dry_run_changes_nothing(lodekey, role):
    plan = lodekey.json("init", "ssm:/app/db", "--for", "fn", "--dry-run")
    assert (plan["alias"], plan["applied"], plan["role"]) == ("alias/app/db", False, role)
    assert lodekey.boto3("kms").list_aliases()["Aliases"] == [] or all(
        each["AliasName"] != "alias/app/db"
        for each in lodekey.boto3("kms").list_aliases()["Aliases"]
    )
    template = lodekey("init", "ssm:/app/db", "--for", "fn", "--format", "cloudformation")
    assert yaml.safe_load(template.stdout)["Resources"]["Key"]


def test_refuses_who_is_not_there(lodekey, role):
    lodekey("init", "app", "--for", "nobody", "-y", code=3)


def test_asks_before_it_changes(lodekey, role):
    said = lodekey("init", "app", "--for", "fn", stdin="n\n", code=1)
    assert "Carry this out?" in said.output
    lodekey("get", "sm:app", code=3)


def test_lints_files(lodekey):
    (lodekey.home / "deploy.sh").write_text("npx sls deploy\n")
    said = lodekey("lint", "deploy.sh", code=6)
    assert said.stdout.startswith("deploy.sh:1: LT008")
    lodekey("lint", "deploy.sh", "--ignore", "lt008")
    assert "LT008" in lodekey("lint", "rule", "LT008").stdout
    lodekey("lint", "rule", "LT999", code=3)
    lodekey("lint", code=2)


@pytest.mark.parametrize(
    ("who", "code", "said"),
    [
        ("arn:aws:iam::{account}:user/ghost", 3, "no user `ghost`"),
        ("arn:aws:iam::{account}:role/path/ghost", 3, "no role `ghost`"),
        ("arn:aws:sts::{account}:assumed-role/fn/session", 2, "name its role"),
        ("*", 2, "no user, role or root"),
        ("arn:aws:iam::{account}:group/g", 2, "no user, role or root"),
    ],
)
def test_refuses_whom_nobody_is_and_changes_nothing(lodekey, role, who, code, said):
    arn = who.format(account=role.split(":")[4])
    for option in ("--admin", "--writer"):
        words = ("init", "app", "--for", "fn", option, arn, "--no-break-glass", "-y")
        assert said in lodekey(*words, code=code).stderr
    aliases = lodekey.boto3("kms").list_aliases()["Aliases"]
    assert not any(each["AliasName"] == "alias/app" for each in aliases)


def test_refuses_a_reader_who_is_not_there_or_elsewhere(lodekey, role):
    ghost = role.replace("role/fn", "role/ghost")
    assert "no role `ghost`" in lodekey("init", "app", "--for", ghost, "-y", code=3).stderr
    far = "arn:aws:iam::999999999999:role/fn"
    assert "another account" in lodekey("init", "app", "--for", far, "-y", code=2).stderr
    assert lodekey.boto3("iam").list_role_policies(RoleName="fn")["PolicyNames"] == []


def test_says_whom_an_existing_key_loses(lodekey, role):
    lodekey.as_user("writer")
    arn = role.replace("role/fn", "user/writer")
    lodekey("init", "app", "--for", "fn", "--writer", arn, "-y")
    said = lodekey("init", "app", "--for", "fn", "--dry-run").stderr
    assert "replaces the policy" in said
    lost = [line for line in said.splitlines() if line.startswith("-") and "user/writer" in line]
    assert lost
    again = lodekey("init", "app", "--for", "fn", "--writer", arn, "--dry-run").stderr
    assert "replaces the policy" not in again


def test_iams_simulator_verifies_where_there_is_one(lodekey, role, elsewhere):
    said = lodekey("init", "app", "--for", "fn", "--value", "ssm:/app/db", "-y").stderr
    assert "IAM's simulator lets fn read ssm:/app/db" in said
    assert "IAM's simulator keeps an administrator" in said
    for there, why in (
        (elsewhere("SimulatePrincipalPolicy"), "501"),
        (lodekey.as_user("admin", ALL, {**ALL, "Effect": "Deny", "Action": "iam:Sim*"}), "Denied"),
    ):
        said = there("init", f"app{why}", "--for", "fn", "-y").stderr
        assert "verified by lodekey's engine alone" in said
        assert why in said


def test_another_policy_in_the_way_is_found_by_the_simulator(lodekey, role, monkeypatch):
    from lodekey.client import simulation

    monkeypatch.setattr(simulation, "PAUSE", 0.0)
    deny = {**ALL, "Effect": "Deny", "Action": "ssm:*"}
    lodekey.boto3("iam").put_role_policy(
        RoleName="fn",
        PolicyName="other",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )
    said = lodekey("init", "app", "--for", "fn", "--value", "ssm:/app/db", "-y", code=1)
    assert "not true is: IAM's simulator lets fn read ssm:/app/db" in said.stderr
