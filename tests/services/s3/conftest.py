"""A running server for the tests that need sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from running import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server process, one for each module."""
    made = Running(tmp_path_factory.mktemp("s3") / "data", "--quiet")
    try:
        yield made
    finally:
        made.stop()
