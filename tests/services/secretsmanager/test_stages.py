"""How staging labels move."""

import pytest

from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    LimitExceededException,
)
from lodekey.services.secretsmanager.stages import attach, holder, move

CUR, PREV, PEND = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


@pytest.mark.parametrize(
    ("before", "version", "labels", "after"),
    [
        ({}, "a", [CUR], {"a": (CUR,)}),
        ({"a": (CUR,)}, "b", [CUR], {"a": (PREV,), "b": (CUR,)}),
        ({"a": (PREV,), "b": (CUR,)}, "c", [CUR], {"b": (PREV,), "c": (CUR,)}),
        # rolling back: the labels change places
        ({"a": (PREV,), "b": (CUR,)}, "a", [CUR], {"a": (CUR,), "b": (PREV,)}),
        ({"a": (CUR,)}, "b", [PEND], {"a": (CUR,), "b": (PEND,)}),
        # finishSecret: AWSPENDING stays on what becomes current
        ({"a": (CUR,), "b": (PEND,)}, "b", [CUR], {"a": (PREV,), "b": (PEND, CUR)}),
        ({"a": (CUR, "mine")}, "b", ["mine"], {"a": (CUR,), "b": ("mine",)}),
        ({"a": (CUR, "mine")}, "b", [CUR], {"a": ("mine", PREV), "b": (CUR,)}),
        ({"a": ("mine",), "b": (CUR,)}, "b", ["mine"], {"b": (CUR, "mine")}),
        ({"a": (CUR,)}, "a", [CUR], {"a": (CUR,)}),
        ({"a": (CUR,), "b": (PREV,)}, "c", [PREV], {"a": (CUR,), "c": (PREV,)}),
    ],
)
def test_attaching_moves_labels(before, version, labels, after):
    assert after == attach(before, version, labels)


def test_no_more_than_twenty_labels_fit_on_a_secret():
    full = {"a": tuple(f"l{n}" for n in range(19)), "b": (CUR,)}
    assert holder(attach(full, "b", ["l0"]), "l0") == "b"
    with pytest.raises(LimitExceededException):
        attach(full, "b", ["one-more"])


@pytest.mark.parametrize(
    ("before", "label", "to", "off", "after"),
    [
        ({"a": (CUR,), "b": (PREV,)}, CUR, "b", "a", {"a": (PREV,), "b": (CUR,)}),
        ({"a": (CUR,)}, "mine", "a", None, {"a": (CUR, "mine")}),
        ({"a": (CUR, "mine")}, "mine", "a", None, {"a": (CUR, "mine")}),
        ({"a": (CUR, "mine"), "b": (PREV,)}, "mine", "b", "a", {"a": (CUR,), "b": (PREV, "mine")}),
        ({"a": (CUR, "mine")}, "mine", None, "a", {"a": (CUR,)}),
        ({"a": (CUR,), "b": (PREV,)}, PREV, None, "b", {"a": (CUR,)}),
    ],
)
def test_update_secret_version_stage_moves_one_label(before, label, to, off, after):
    assert after == move(before, label, to=to, off=off)


@pytest.mark.parametrize(
    ("label", "to", "off", "words"),
    [
        ("mine", None, None, "must specify"),
        ("mine", "b", None, "RemoveFromVersionId can't be empty"),
        ("mine", "b", "b", "is not attached to version b"),
        ("mine", None, "b", "is not attached to version b"),
        ("unknown", None, "a", "is not attached to version a"),
        (CUR, None, "a", "can't be completely removed"),
    ],
)
def test_a_move_that_believes_wrongly_is_refused(label, to, off, words):
    with pytest.raises(InvalidParameterException, match=words):
        move({"a": (CUR, "mine"), "b": (PREV,)}, label, to=to, off=off)
