"""Masks and diffs show no value."""

import base64
import json
import pickle
import re
import textwrap
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lodekey.client.kept import Kept
from lodekey.client.masking import MASK, Difference, Mask, differences
from lodekey.client.places import parse

VALUE = "s3cr3t-value-of-length"


@given(st.binary(max_size=40), st.binary(max_size=40), st.lists(st.integers(1, 12), max_size=12))
def test_masks_a_value_however_the_stream_is_cut(before, after, sizes):
    text = before + VALUE.encode() + after
    mask, shown, start = Mask([VALUE]), b"", 0
    for size in sizes:
        shown += mask.feed(text[start : start + size])
        start += size
    shown += mask.feed(text[start:]) + mask.flush()
    assert VALUE.encode() not in shown
    assert shown == text.replace(VALUE.encode(), MASK.encode())


@given(
    st.lists(st.binary(min_size=4, max_size=9), min_size=1, max_size=3),
    st.data(),
    st.lists(st.integers(1, 8), max_size=30),
)
def test_no_value_is_shown_however_slowly_it_comes(values, data, sizes):
    pieces = st.sampled_from([*values, *(value[:-1] for value in values), b"x", b"$ "])
    text = b"".join(data.draw(st.lists(pieces, max_size=6)))
    mask, shown, start = Mask(values), b"", 0
    for size in sizes:
        shown += mask.feed(text[start : start + size]) + mask.idle()
        start += size
    shown += mask.feed(text[start:]) + mask.idle() + mask.flush()
    assert not any(value in shown for value in values)


def test_a_prompt_does_not_wait():
    mask = Mask(["password"])
    assert (mask.feed(b"which p"), mask.idle(), mask.idle()) == (b"which ", b"p", b"")
    assert mask.feed(b"assword!") + mask.flush() == MASK.encode() + b"!"


def test_a_value_that_begins_another_hides_the_rest_too():
    mask = Mask(["abcd", "abcdefgh"])
    assert mask.feed(b"abcd") + mask.feed(b"efgh") + mask.flush() == MASK.encode()


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        json.dumps,
        lambda text: json.dumps(text, ensure_ascii=False),
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda text: re.sub("%..", lambda each: each[0].lower(), urllib.parse.quote(text, "")),
    ],
)
def test_masks_what_programs_make_of_a_value(encode, before):
    value = 'pa"ss/wörd+1 ' + "and a long tail" * 4
    mask = Mask([value])
    shown = (mask.feed(encode(before + value + "!").encode()) + mask.flush()).decode()
    assert MASK in shown
    assert not any(encode(value)[start : start + 12] in shown for start in range(0, 60, 4))


@pytest.mark.parametrize("after", ["", "\n"])
def test_masks_wrapped_base64(after):
    lines = textwrap.fill(base64.b64encode((VALUE * 5 + after).encode()).decode(), 76)
    mask = Mask([VALUE * 5])
    shown = (mask.feed(lines.encode()) + mask.flush()).decode()
    assert max(map(len, shown.split(MASK))) < 12


def test_masks_each_field_of_a_value():
    mask = Mask(['{"user": "admin", "password": "hunter2hunter2"}'])
    assert mask.feed(b"login hunter2hunter2") + mask.flush() == f"login {MASK}".encode()


def test_masks_each_line_of_a_value():
    mask = Mask(["-----BEGIN-----\nMIIEowIBAAKC\n-----END-----"])
    assert b"MIIEowIBAAKC" not in mask.feed(b"x\nMIIEowIBAAKC\n") + mask.flush()


def test_diffs_by_field():
    got = differences('{"a": 1, "b": 2, "c": 3}', '{"a": 1, "b": 4, "d": 5}')
    assert got == [
        Difference("=", "a"),
        Difference("~", "b"),
        Difference("-", "c"),
        Difference("+", "d"),
    ]
    assert differences(None, "x") == [Difference("+", "")]
    assert differences("x", "x") == [Difference("=", "")]
    assert differences("x", '{"a": 1}') == [Difference("~", "")]


def test_a_kept_value_prints_none():
    assert VALUE not in repr(Kept(parse("sm:a"), VALUE, "1"))


def test_a_kept_value_is_not_pickled():
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Kept(parse("sm:a"), VALUE, "1"))
