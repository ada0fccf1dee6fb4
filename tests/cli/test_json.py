"""Every answer with --json has the members that docs/reference/json.md promises."""

import json
import re
from pathlib import Path

import pytest

from running import ROOT

PAGE = (ROOT / "docs" / "reference" / "json.md").read_text()


def promised(word):
    """The members of each kind of answer that the page promises for a word."""
    row = next(line for line in PAGE.splitlines() if re.match(rf"\|.*`{word}`.*\|.*`[{{\[]", line))
    shapes = re.findall(r"`([{\[])([\w, ]+)[}\]]`", row.split("|")[2])
    return [(kind == "[", set(names.split(", "))) for kind, names in shapes]


def shape(answer):
    """Whether it is a list, and the members of its objects."""
    rows = answer if isinstance(answer, list) else [answer]
    assert rows, "an empty list shows no members"
    assert len({frozenset(each) for each in rows}) == 1
    return isinstance(answer, list), set(rows[0])


@pytest.fixture
def account(lodekey, monkeypatch):
    """An account with something for each word."""
    Path(".env").write_text("A=1\n")
    Path("t").write_text("ssm:///app/a")
    Path("deploy.sh").write_text("npx sls deploy\n")
    Path(".lodekey.toml").write_text('[environments.dev]\nprefix = "ssm:/app"\n[values]\nNONE={}\n')
    for value in ("1", "2"):
        lodekey("seal", "ssm:/app/a", stdin=value)
        lodekey("seal", "sm:a", stdin=value)
    lodekey.boto3("kms").create_key()
    lodekey.environ["EDITOR"] = "sh -c 'printf edited > $0'"
    return lodekey


NEW = "alias/new"
CASES = [
    (("seal", "ssm:/new", "--generate", "12"), "seal"),
    (("edit", "ssm:/app/a"), "edit"),
    (("get", "ssm:/app/a"), "get"),
    (("list",), "list"),
    (("log", "ssm:/app/a"), "log"),
    (("log", "sm:a"), "log"),
    (("diff", "ssm:/app/a"), "diff"),
    (("rollback", "sm:a"), "rollback"),
    (("undo", "ssm:/app/a"), "undo"),
    (("copy", "ssm:/app/a", "sm:copied"), "copy"),
    (("import", ".env", "--to", "ssm:/imported/"), "import"),
    (("export", "--from", "ssm:/app", "-o", "out"), "export"),
    (("inject", "t", "-o", "injected"), "inject"),
    (("rotate", "ssm:/app/a", "--generate", "12"), "rotate"),
    (("rewrap", "--key", NEW), "rewrap"),
    (("check",), "check", 6),
    (("doctor",), "doctor"),
    (("lint", "deploy.sh"), "lint", 6),
    (("lint", "rule"), "lint rule"),
    (("audit", "search"), "audit search"),
]


def test_every_answer_has_its_members(account):
    kms = account.boto3("kms")
    kms.create_alias(AliasName=NEW, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    wrong = []
    for words, word, *code in CASES:
        got = shape(account.json(*words, code=code[0] if code else 0))
        if got not in promised(word):
            wrong.append((words, got, promised(word)))
    assert wrong == []


def test_the_answers_with_a_second_shape(account, running):
    assert shape(account.json("lint", "rule", "LT001", "lk002")) in promised("lint rule")
    account.boto3("secretsmanager").delete_secret(SecretId="a")
    assert shape(account.json("undo", "sm:a")) in promised("undo")
    tail = account("audit", "tail", "--json", "--for", "0.1", "--every", "0.1").stdout
    assert shape([json.loads(line) for line in tail.splitlines()]) in promised("audit search")
    assert account.json("export", "--from", "ssm:/app") == {"A": "2"}
    revealed = account.json("diff", "ssm:/app/a", "--reveal")["differences"]
    assert revealed == [{"sign": "~", "field": "", "old": "1", "new": "2"}]


def test_a_plan_and_a_verified_trail(account, tmp_path):
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    account.boto3("iam").create_role(
        RoleName="fn",
        AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{**trust, "Action": "sts:AssumeRole"}]}
        ),
    )
    assert shape(account.json("init", "app", "--for", "fn", "--dry-run")) in promised("init")


def test_every_word_of_the_client_is_on_the_page():
    from lodekey.cli.main import WORDS

    own = {"up", "env", "account", "runtime", "demo", "issuer", "backup", "restore", "who-can-read"}
    assert [word for word in WORDS if word not in own and f"`{word}" not in PAGE] == ["run"]
