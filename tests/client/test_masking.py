"""Masks and diffs show no value."""

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
