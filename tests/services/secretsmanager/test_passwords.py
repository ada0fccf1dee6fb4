"""GetRandomPassword's rules."""

import string

import pytest

from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
)
from lodekey.services.secretsmanager.passwords import PUNCTUATION, random_password

KINDS = {
    "ExcludeLowercase": set(string.ascii_lowercase),
    "ExcludeUppercase": set(string.ascii_uppercase),
    "ExcludeNumbers": set(string.digits),
    "ExcludePunctuation": set(PUNCTUATION),
}


def test_a_password_has_32_characters_of_every_kind_but_the_space():
    for _ in range(200):
        password = random_password({})
        assert len(password) == 32
        assert all(set(password) & kind for kind in KINDS.values())
        assert " " not in password


def test_aws_punctuation_is_all_of_ascii():
    assert set(string.punctuation) == set(PUNCTUATION)


@pytest.mark.parametrize("switch", KINDS)
def test_a_switch_leaves_out_its_kind_and_only_that(switch):
    password = random_password({switch: True, "PasswordLength": 400})
    for name, kind in KINDS.items():
        assert bool(set(password) & kind) == (name != switch)


def test_excluded_characters_do_not_occur():
    password = random_password({"ExcludeCharacters": "abcXYZ012!\"'", "PasswordLength": 4096})
    assert not set(password) & set("abcXYZ012!\"'")
    assert len(password) == 4096


def test_a_space_is_there_when_included():
    assert " " in random_password({"IncludeSpace": True})


def test_the_shortest_password_has_one_of_each_kind():
    for _ in range(100):
        password = random_password({"PasswordLength": 4})
        assert all(len(set(password) & kind) == 1 for kind in KINDS.values())


def test_a_password_too_short_for_its_kinds_is_refused():
    with pytest.raises(InvalidParameterException, match="Password length 3 is too short"):
        random_password({"PasswordLength": 3})
    assert len(random_password({"PasswordLength": 3, "RequireEachIncludedType": False})) == 3


def test_nothing_left_to_draw_from_is_refused():
    with pytest.raises(InvalidRequestException):
        random_password(dict.fromkeys(KINDS, True))


def test_a_kind_whose_characters_are_all_excluded_is_not_required():
    assert len(random_password({"ExcludeCharacters": string.digits, "PasswordLength": 3})) == 3
