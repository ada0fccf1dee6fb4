"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from lodekey.wire import codec as wire_codec

if TYPE_CHECKING:
    from world import World


# How long an example takes says more of the machine's other work than of ours.
settings.register_profile("lodekey", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("lodekey")
# Every answer of every test is held to the model.
wire_codec.check_answers = True


@pytest.fixture
def world(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """A server in process, empty but for its first account."""
    from world import World

    made = World(tmp_path / "data")
    yield made
    made.close()
    assert made.sentinel not in caplog.text


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all tests of a module, for suites that make only what they name."""
    from world import World

    made = World(tmp_path_factory.mktemp("shared") / "data")
    yield made
    made.close()
