"""Wildcards and variables."""

import random
import time

import pytest

from lodekey.policy.patterns import (
    arn_pattern,
    has_variables,
    resource_pattern,
    substitute,
    text_pattern,
    variables_in,
)
from policy import reference_values as reference

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234"


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("**", "x:y", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a*c", "abbc", True),
        ("a*c", "abcd", False),
        ("a*", "a\nb", True),
        ("a.c", "abc", False),
        ("A*", "abc", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_text_patterns(pattern, text, expected):
    assert expected is text_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "anything", True),
        ("arn:aws:kms:*:*:key/*", KEY, True),
        ("arn:aws:kms:*:key/*", KEY, False),
        ("arn:aws:kms:us-*:111122223333:key/1234", KEY, True),
        ("arn:aws:kms:*", KEY, False),
        (KEY, KEY, True),
        ("arn:aws:kms:::*", "arn:aws:kms:::a:b/c", True),
        ("arn:aws:kms:*::x", "arn:aws:kms:a:b::x", False),
        ("x", "x", False),
    ],
)
def test_arn_patterns(pattern, text, expected):
    assert expected is arn_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "*", True),
        ("*", KEY, True),
        ("arn:aws:kms:*:*:*", "*", False),
        ("arn:aws:kms:*", KEY, True),
        ("arn:aws:kms:us-*", KEY, True),
        ("arn:aws:kms:us-*:key/1234", KEY, False),
        ("arn:aws:kms:us-*-1:key/1234", KEY, False),
        ("arn:aws:kms:us-*-1:111122223333:key/*", KEY, True),
        ("arn:aws:kms:us?east-1:111122223333:key/1234", KEY, True),
        ("arn:aws:kms:us-east-1?111122223333:key/1234", KEY, False),
        ("arn:aws:kms:us-east-1:111122223333:KEY/1234", KEY, False),
    ],
)
def test_resource_patterns(pattern, resource, expected):
    assert expected is resource_pattern(pattern, expand=False)(resource)


def test_short_arns_are_completed_only_where_asked():
    assert resource_pattern("arn:aws:kms:us-east-1", expand=True)(KEY)
    assert not resource_pattern("arn:aws:kms:us-east-1", expand=False)(KEY)
    assert not resource_pattern("kms", expand=True)(KEY)


def test_patterns_agree_with_walking_the_text():
    chance = random.Random(3)

    def text(alphabet, most):
        return "".join(chance.choice(alphabet) for _ in range(chance.randint(0, most)))

    matched = 0
    for _ in range(6000):
        pattern = chance.choice(["", "", "arn:", "a:b:c:"]) + text("ab::**?", 9)
        got = chance.choice(["", "arn:", "a:b:c:"]) + text("ab::", 9)
        tokens = reference.plain(pattern)
        expand = chance.random() < 0.5
        answers = [
            reference.glob(tokens, got),
            reference.is_arn_like(got, tokens),
            reference.is_resource(tokens, got, expand=expand),
        ]
        assert answers == [
            text_pattern(pattern)(got),
            arn_pattern(pattern)(got),
            resource_pattern(pattern, expand=expand)(got),
        ], (pattern, got, expand)
        matched += sum(answers)
    assert matched > 500


@pytest.mark.parametrize(
    "pattern", ["a*" * 1000 + "b", "arn:aws:s3:" + "a*b" * 300 + ":" + "*a:" * 2 + "*ab" * 500]
)
def test_no_pattern_is_slow(pattern):
    texts = ["a" * 2000, "arn:aws:s3:" + "ab" * 1000 + ":" + "a" * 2000]
    started = time.process_time()
    for text in texts:
        text_pattern(pattern)(text)
        resource_pattern(pattern, expand=True)(text)
        arn_pattern(pattern)(text)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${aws:username}", "alice"),
        ("${AWS:UserName}/${aws:username}", "alice/alice"),
        ("${ aws:username }", "alice"),
        ("${aws:nothing, 'none'}", "none"),
        ("${aws:username, 'none'}", "alice"),
        ("${aws:nothing,''}", ""),
        ("${aws:nothing}", None),
        ("${aws:tagkeys}", None),
        ("${aws:tagkeys, 'd'}", "d"),
        ("$aws:username}", "$aws:username}"),
        ("${aws:username", "${aws:username"),
        ("${}", None),
    ],
)
def test_variables(text, expected):
    keys = {"aws:username": "alice", "aws:tagkeys": ("a", "b")}
    assert expected == substitute(text, keys)


def test_literal_wildcards_stay_literal():
    pattern = substitute("${*}${?}${$}*", {})
    assert text_pattern(pattern)("*?$x")
    assert not text_pattern(pattern)("ab$x")


def test_wildcards_in_values_are_literal_unless_switched():
    keys = {"aws:username": "a*"}
    assert not text_pattern(substitute("${aws:username}", keys))("ab")
    assert text_pattern(substitute("${aws:username}", keys))("a*")
    assert text_pattern(substitute("${aws:username}", keys, literal=False))("ab")


def test_values_cannot_smuggle_literal_wildcards():
    assert substitute("${aws:username}", {"aws:username": "\ufdd0"}) is None


def test_which_keys_a_text_reads():
    assert variables_in("${aws:UserName}-${*}-${a:b, 'c'}") == {"aws:username", "a:b"}
    assert has_variables("${*}")
    assert not has_variables("$*")
