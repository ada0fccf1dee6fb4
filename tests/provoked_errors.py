"""A plugin of pytest that writes down which error each operation has answered through boto3.

``-p provoked_errors`` with ``PROVOKED=FILE``; a line is ``service operation error``.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

NOTED: set[str] = set()
_make_api_call = BaseClient._make_api_call


def noting(client: Any, operation: str, request: Any) -> Any:
    """Call, and note the error."""
    try:
        return _make_api_call(client, operation, request)
    except ClientError as error:
        named = client.meta.service_model
        code = error.response["Error"]["Code"]
        shapes = [s.name for s in named.error_shapes if s.error_code == code]
        NOTED.add(f"{named.service_name} {operation} {(shapes or [code])[0]}")
        raise


def pytest_configure(config: pytest.Config) -> None:
    """Listen."""
    BaseClient._make_api_call = noting


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write down."""
    with open(os.environ["PROVOKED"], "a", encoding="utf-8") as out:  # noqa: PTH123
        out.writelines(f"{line}\n" for line in sorted(NOTED))
