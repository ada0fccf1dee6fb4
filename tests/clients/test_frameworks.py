"""The recipes for web frameworks work as the page has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from running import ROOT, Running

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_the_pages_recipes(running: Running, program: Callable[..., Any]) -> None:
    ssm = running.client("ssm")
    for name in ("db_password", "session_key"):
        ssm.put_parameter(
            Name=f"/shop/{name}", Value=f"the {name}", Type="SecureString", Overwrite=True
        )
    page = ROOT / "docs" / "how-to" / "use-values-in-python.md"
    got = program(
        "frameworks", needs="clients-frameworks", PAGE=str(page), PYTHONPATH=str(ROOT / "src")
    )
    password, port, shown = got["pydantic"]
    assert (password, port) == ("the db_password", 8080)
    assert "the db_password" not in shown
    assert got["fastapi"] == {"ready": True}
    assert got["flask"] == [{"ready": True}, "the session_key"]
    assert got["django"] == ["the session_key", "the db_password", 1]
