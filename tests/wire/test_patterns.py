"""Java's patterns in Python's spelling."""

from __future__ import annotations

import time

import pytest

from lodekey.wire.models import model, services
from lodekey.wire.patterns import LONGEST, matcher
from lodekey.wire.shapes import bounds

TAG = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("[a-z]+", "abc", True),
        ("[a-z]+", "abc\n", False),
        ("^[a-z]+$", "abc\n", False),
        ("[a-z]+", "xabc1", False),
        ("[a-z]|bc", "bc", True),
        (r"[\w+=,.@-]+", "name@x", True),
        (r"[\w+=,.@-]+", "n\u00e4me", False),
        (r"\d{2}", "\u0661\u0662", False),
        (TAG, "plain tag/1", True),
        (TAG, "\u00dcber \u4e2d\u6587 \u0661", True),
        (TAG, "a\u3000b", True),
        (TAG, "key\U0001f511", False),
        (TAG, "a<b", False),
        (TAG, "a\ue000", False),
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "a\tb\r\n\u00ff", True),
        (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "\u0100", False),
        (r"[\u0020-\uFFFD\u10000-\u10FFFF]+", "\U0001f511", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+", "\x01", False),
        (r"^(?!\s*$).+", "  \n", False),
        (r"^(?!\s*$).+", '{\n "Version": "2012-10-17"\n}', True),
        (r"\$(LATEST)|[a-zA-Z0-9-_$]+", "$LATEST", True),
        (r"", "", True),
    ],
)
def test_whole_values_are_matched_as_java_matches(pattern: str, value: str, fits: bool) -> None:
    assert fits is bool(matcher(pattern)(value))


def test_no_pattern_of_a_model_can_be_made_slow() -> None:
    slowest, which = 0.0, ""
    for service in services():
        for name, shape in model(service).shapes.items():
            if not shape.pattern:
                continue
            longest = int(min(bounds(shape)[1], LONGEST))
            for unit in ("a", "/", "a/", "-", "1", "a.", "arn:aws:", "a-", "arn:aws:lambda:a", " "):
                value = (unit * longest)[: longest - 1] + "\x00"
                started = time.thread_time()
                matcher(shape.pattern)(value)
                took = time.thread_time() - started
                if took > slowest:
                    slowest, which = took, f"{service}.{name} {shape.pattern} {unit!r}"
    assert slowest < 10.0, which  # a pattern that explodes takes longer than any test runs
