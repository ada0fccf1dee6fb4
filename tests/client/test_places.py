"""Places: what people write, and what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodekey.client.failures import Unusable
from lodekey.client.places import REFERENCE, Place, parse, under, variable_name


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ssm:/a/b", Place("ssm", "/a/b")),
        ("ssm:flat", Place("ssm", "flat")),
        ("/a/b", Place("ssm", "/a/b")),
        ("ssm:///a/b", Place("ssm", "/a/b")),
        ("ssm:/a/b@3", Place("ssm", "/a/b", version="3")),
        ("sm:db", Place("sm", "db")),
        ("sm://db#password@AWSPREVIOUS", Place("sm", "db", "password", "AWSPREVIOUS")),
        ("sm:team/db#user", Place("sm", "team/db", "user")),
        ("sm:me%40example.org", Place("sm", "me@example.org")),
        (
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf#user",
            Place("sm", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf", "user"),
        ),
        ("arn:aws:ssm:us-east-1:111122223333:parameter/a/b", Place("ssm", "/a/b")),
    ],
)
def test_reads_a_place(text, place):
    assert parse(text) == place


@pytest.mark.parametrize("text", ["", "db", "vault:x", "ssm:", "sm://", "sm:#f"])
def test_refuses_what_names_no_store(text):
    with pytest.raises(Unusable):
        parse(text)


NAMES = st.from_regex(r"[A-Za-z0-9/_+=.@#%*:-]{1,40}", fullmatch=True)


@given(st.sampled_from(["ssm", "sm"]), NAMES, NAMES | st.just(""), NAMES | st.just(""))
def test_writes_what_it_reads(scheme, name, field, version):
    place = Place(scheme, f"/{name.lstrip('/')}" if scheme == "ssm" else name.lstrip("/") or "n")
    place = Place(scheme, place.name, field, version)
    assert parse(str(place)) == place


def test_finds_references_in_text():
    text = "url=sm://db#url@AWSCURRENT;key=ssm:///app/key, and no:thing"
    assert REFERENCE.findall(text) == ["sm://db#url@AWSCURRENT", "ssm:///app/key"]


def test_names_a_variable_after_the_last_part():
    assert variable_name(parse("ssm:/app/db-url")) == "DB_URL"
    assert variable_name(parse("sm:db#pass.word")) == "PASS_WORD"
    assert variable_name(parse("ssm:/app/2fa")) == "_2FA"


def test_joins_with_one_slash():
    assert under(parse("ssm:/app/"), "/db") == parse("ssm:/app/db")
    assert under(parse("sm:app"), "db") == parse("sm:app/db")
