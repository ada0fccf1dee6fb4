"""What a start costs, in what does not depend on the machine's mood: modules, calls, classes made.

Seconds are in `make bench`. A start that grows beyond a bound here is either worth it, and then the
bound is raised with the reason in the commit, or something has come to be imported that could wait.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lodekey.app import jobs, registry
from lodekey.app.build import health
from lodekey.services.cloudformation.mailbox import PATH
from lodekey.services.lambda_.serve_urls import PATHS
from world import World

ROOT = Path(__file__).parents[2]

CALLS = 35_000
DATACLASSES = 14
EXPRESSIONS = 50
MODULES = 410
OWN_MODULES = 130

# What many rooms need, and no start.
HEAVY = (
    "boto3",
    "botocore",
    "Cryptodome",
    "cryptography.hazmat.primitives.asymmetric",
    "cryptography.hazmat.primitives.serialization",
    "cryptography.x509",
    "importlib.metadata",
    "jwt",
    "lodekey.client.connection",
    "lodekey.client.values",
    "lodekey.policy.explain",
    "lodekey.services",
    "psycopg",
    "regex",
    "samtranslator",
    "yaml",
    "zipfile",
)


class Start(NamedTuple):
    """One start, counted."""

    answer: str
    health: dict[str, Any]
    signed: str
    opened: list[str]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Start:
    words = [sys.executable, str(Path(__file__).with_name("starting.py"))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    data = tmp_path_factory.mktemp("start") / "data"
    done = subprocess.run(
        [*words, str(data)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return Start(*json.loads(done.stdout))


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == each or module.startswith(each + ".") for each in packages)


def test_it_answers(start: Start) -> None:
    assert start.answer.startswith("HTTP/1.1 200")
    assert start.signed.startswith("HTTP/1.1 200")


def test_no_start_imports_what_can_wait(start: Start) -> None:
    assert [] == [name for name in start.health["modules"] if within(name, HEAVY)]


def test_control_a_request_opens_its_room_and_no_other(start: Start) -> None:
    ours = {name for name in start.opened if within(name, ("lodekey.services",))}
    assert "lodekey.services.sts.who_is_it" in ours
    assert {"sts"} == {name.split(".")[2] for name in ours - {"lodekey.services"}}


def test_a_start_keeps_to_its_budget(start: Start) -> None:
    modules = start.health["modules"]
    own = [name for name in modules if within(name, ("lodekey",))]
    assert CALLS >= start.health["calls"]
    assert DATACLASSES >= start.health["dataclasses"]
    assert EXPRESSIONS >= start.health["expressions"]
    assert MODULES >= len(modules)
    assert OWN_MODULES >= len(own)


def test_the_pages_are_the_rooms() -> None:
    assert {*PATHS, PATH} == set(registry.PAGES)
    for module in registry.PAGES.values():
        assert callable(importlib.import_module(module).serve)


def test_the_rooms_are_called_what_they_are() -> None:
    assert list(registry.ROOMS) == [service.name for service in registry.services()]


def test_a_library_that_rooms_need_is_missed_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "" == registry.missing_library()
    monkeypatch.setattr(registry, "find_spec", lambda name: None if name == "regex" else "here")
    assert "regex" == registry.missing_library()


def test_a_room_that_cannot_be_opened_degrades_the_health(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = world.gate.catalog
    monkeypatch.setattr(jobs, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(jobs, "PAUSE", 0.0)
    monkeypatch.setattr(catalog, "_packages", {"sts": "lodekey.services.sts", "s3": "no.such.room"})

    async def opened() -> None:
        world.house.clockwork.start()
        await asyncio.sleep(0.05)
        await world.house.clockwork.stop()

    assert "running" == health(world.gate)["status"]
    world.run(opened())
    assert {"s3": "error", "sts": "available"} == health(world.gate)["services"]
    assert "degraded" == health(world.gate)["status"]
    assert "the room s3 cannot be opened" in caplog.text
