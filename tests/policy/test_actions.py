"""The generated tables of actions, resources and condition keys."""

import re
from pathlib import Path

import pytest

import lodekey.policy
from lodekey.policy.actions import (
    actions,
    has_key,
    is_global_key,
    is_multi_valued,
    named_by,
    reached_by_rcps,
    resource_types,
    services,
    type_of_key,
)


def test_our_services_only_and_small():
    assert services() == {
        "cloudformation",
        "cloudtrail",
        "iam",
        "kms",
        "lambda",
        "lodekey",
        "logs",
        "s3",
        "secretsmanager",
        "ssm",
        "sts",
    }
    data = Path(lodekey.policy.__file__).with_name("actions.json")
    assert data.stat().st_size < 200_000


def test_an_action():
    decrypt = actions()["kms:decrypt"]
    assert (decrypt.name, decrypt.level, decrypt.resources) == ("kms:Decrypt", "Write", ("key",))
    assert actions()["kms:listkeys"].resources == ()


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("kms:ViaService", True),
        ("KMS:VIASERVICE", True),
        ("kms:EncryptionContext:app", True),
        ("aws:ResourceTag/team", True),
        ("aws:SourceIp", True),
        ("aws:PrincipalTag/team", True),
        ("kms:CallerArn", False),
        ("kms:EncryptionContext:", False),
        ("kms:KeySpec", True),
        ("ssm:Overwrite", False),
    ],
)
def test_keys_of_decrypt(key, expected):
    assert expected is has_key(actions()["kms:decrypt"], key)


def test_types_of_keys():
    assert is_multi_valued("aws:TagKeys")
    assert is_multi_valued("kms:EncryptionContextKeys")
    assert not is_multi_valued("kms:EncryptionContext:app")
    assert type_of_key("aws:CurrentTime") == "Date"
    assert type_of_key("no:such") == ""
    assert is_global_key("aws:principalarn")


def test_patterns_of_actions():
    names = {action.name for action in named_by("kms:ReEncrypt*")}
    assert names == {"kms:ReEncryptFrom", "kms:ReEncryptTo"}
    assert len(named_by("*")) == len(actions())
    assert named_by("no:such") == ()


def test_resources():
    assert resource_types("kms")["key"] == "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
    assert resource_types("nothing") == {}
    assert {"kms", "secretsmanager", "sts", "s3"} <= reached_by_rcps()
    assert not {"ssm", "lambda"} & reached_by_rcps()


def test_every_action_that_is_served_is_known():
    rooms = Path(lodekey.policy.__file__).parents[1] / "services"
    declared = re.compile(r'@operation\(\s*"([a-z0-9]+:\w+)"')
    served = {
        action for path in rooms.rglob("*.py") for action in declared.findall(path.read_text())
    }
    assert len(served) > 50
    assert {action for action in served if action.lower() not in actions()} == set()


def test_a_key_with_an_open_part_is_known_however_the_table_writes_it() -> None:
    put = actions()["s3:putobject"]
    assert has_key(put, "s3:RequestObjectTag/team")
    assert not has_key(put, "s3:ExistingObjectTag/team")
    assert has_key(actions()["s3:getobject"], "s3:ExistingObjectTag/team")
    assert type_of_key("s3:ExistingObjectTag/team") == "String"
