"""Filters and order of listings."""

import pytest

from lodekey.services.secretsmanager.filters import compiled, order, words
from lodekey.services.secretsmanager.secrets import Secret


def secret(name, **fields):
    given = {"account": "1", "region": "us-east-1", "suffix": "AbCdEf", "created": 1, "changed": 1}
    return Secret(**{**given, "name": name, **fields})


DATABASE = secret(
    "DatabaseSecret", description="My basic description", tags={"Stage": "prod", "team": "Blue"}
)
CREDS = secret("my/creds", description=None, tags={}, owner="rds", primary="eu-west-1")


@pytest.mark.parametrize(
    ("key", "value", "database", "creds"),
    [
        ("name", "Data", True, False),
        ("name", "data", False, False),
        ("name", "my", False, True),
        ("name", "creds", False, False),
        ("description", "my basic", True, False),
        ("description", "My Description", True, False),
        ("description", "descr", True, False),
        ("description", "scription", False, False),
        ("tag-key", "Sta", True, False),
        ("tag-key", "sta", False, False),
        ("tag-value", "Bl", True, False),
        ("tag-value", "bl", False, False),
        ("owning-service", "rd", False, True),
        ("primary-region", "eu", False, True),
        ("primary-region", "us", True, False),
        ("all", "credsDatabase#892", True, True),
        ("all", "My_Secret", True, True),
        ("all", "blue", True, False),
        ("all", "#", False, False),
        ("name", "!Data", False, True),
        ("tag-key", "!team", False, True),
        ("all", "!blue", False, True),
    ],
)
def test_one_filter(key, value, database, creds):
    passes = compiled([{"Key": key, "Values": [value]}])
    assert (database, creds) == (passes(DATABASE), passes(CREDS))


def test_values_of_one_filter_are_alternatives_and_filters_add_up():
    either = {"Key": "name", "Values": ["Data", "my"]}
    assert compiled([either])(DATABASE)
    assert compiled([either])(CREDS)
    both = [either, {"Key": "tag-value", "Values": ["prod"]}]
    assert compiled(both)(DATABASE)
    assert not compiled(both)(CREDS)
    assert compiled([])(CREDS)


def test_a_negated_value_excludes_whatever_else_matches():
    passes = compiled([{"Key": "name", "Values": ["Data", "!DatabaseS", "my"]}])
    assert not passes(DATABASE)
    assert passes(CREDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("credsDatabase#892", ["creds", "database", "892"]),
        ("My_Secret", ["my", "secret"]),
        ("prod/app2/API-key", ["prod", "app", "2", "api", "key"]),
        ("", []),
    ],
)
def test_words(text, expected):
    assert expected == words(text)


def test_equal_dates_are_ordered_by_name():
    secrets = [secret("b"), secret("a"), secret("c", created=0, accessed=5)]
    for by, expected in [
        ("created-date", ["c", "a", "b"]),
        ("name", ["a", "b", "c"]),
        ("last-accessed-date", ["a", "b", "c"]),
        ("last-changed-date", ["a", "b", "c"]),
    ]:
        assert expected == [each.name for each in sorted(secrets, key=order(by))]
