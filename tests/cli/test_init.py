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


def test_lints_a_live_account(lodekey, role):
    lodekey("seal", "ssm:/app/db_password", "--plain", stdin="x")
    lodekey.boto3("kms").create_key()
    found = lodekey.json("lint", "--live", code=6)
    assert {"LT001", "LK021"} <= {each["code"] for each in found}


def test_lints_files(lodekey):
    (lodekey.home / "deploy.sh").write_text("npx sls deploy\n")
    said = lodekey("lint", "deploy.sh", code=6)
    assert said.stdout.startswith("deploy.sh:1: LT008")
    lodekey("lint", "deploy.sh", "--ignore", "lt008")
    assert "LT008" in lodekey("lint", "rule", "LT008").stdout
    lodekey("lint", "rule", "LT999", code=3)
    lodekey("lint", code=2)
