"""A running server for the tests that need sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from running import Running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server process, one for each module."""
    data = tmp_path_factory.mktemp("s3") / "data"
    made = Running(data, "--quiet", "--s3-domain", "Objects.example.test")
    try:
        yield made
    finally:
        made.stop()
