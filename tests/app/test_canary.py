"""The search for the marked value finds it where it is: the control of every such search."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from canary import SENTINEL, traces


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SENTINEL.encode(), id="raw"),
        pytest.param(SENTINEL.encode().hex().encode(), id="hex"),
        pytest.param(SENTINEL[::-1].encode(), id="reversed"),
        pytest.param(SENTINEL.encode("utf-16-le"), id="utf-16"),
        *(
            pytest.param(base64.b64encode(b"z" * n + SENTINEL.encode() + b"yy"), id=f"base64-{n}")
            for n in range(4)
        ),
    ],
)
def test_it_is_found(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"before " + content + b" after")
    assert 1 == len(traces(tmp_path))


def test_nothing_is_found_where_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"pReCiOuS but another")
    assert [] == traces(tmp_path)
