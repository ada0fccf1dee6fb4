"""How long bodies may be."""

from __future__ import annotations

import pytest

from lodekey.app.body_limits import FUNCTION, USUAL, longest_body

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("method", "target", "headers", "limit"),
    [
        ("POST", "/", {"x-amz-target": "TrentService.Decrypt"}, USUAL),
        ("POST", "/", FORM, USUAL),
        ("POST", "/_lodekey/reset", {}, USUAL),
        ("POST", "/2015-03-31/functions", {}, FUNCTION),
        ("PUT", "/2015-03-31/functions/f/code", {}, FUNCTION),
        ("PUT", "/bucket/key", {}, USUAL),
        ("PUT", "/bucket/key", FORM, USUAL),
        ("POST", "/bucket/key?uploadId=1", {}, USUAL),
        ("GET", "/bucket/key", {}, USUAL),
    ],
)
def test_limits(method: str, target: str, headers: dict[str, str], limit: int) -> None:
    assert limit == longest_body(method, target, headers)
