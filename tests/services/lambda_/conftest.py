"""What the tests of Lambda share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.lambda_.packaging import LOGS, TRUST, archive

ECHO = """
import os
print("loaded")
def handler(event, context):
    arn = context.invoked_function_arn
    return {"event": event, "version": context.function_version, "arn": arn}
"""


@pytest.fixture(scope="module")
def module_role(shared_world) -> str:
    """A role that Lambda may take."""
    return shared_world.role("fn", TRUST, [LOGS])


@pytest.fixture(scope="module")
def make(shared_world, module_role) -> Callable[..., Any]:
    """Makes a function that echoes its event, or runs what it is given."""

    def make(name: str, text: str = ECHO, **more: Any) -> Any:
        given = {
            "Runtime": "python3.12",
            "Handler": "h.handler",
            "Role": module_role,
            "Code": {"ZipFile": archive({"h.py": text})},
        }
        return shared_world.client("lambda").create_function(FunctionName=name, **{**given, **more})

    return make


@pytest.fixture(scope="module")
def lambdas(shared_world) -> Any:
    """The root's client."""
    return shared_world.client("lambda", read_timeout=60)
