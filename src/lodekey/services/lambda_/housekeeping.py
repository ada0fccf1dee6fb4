"""What Lambda does by the clock: end idle environments, sweep packages that nobody names."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lodekey.gate.background import Background
from lodekey.gate.operation import Job
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.functions import FUNCTIONS, VERSIONS, Code, Version
from lodekey.services.lambda_.layers import LAYER_VERSIONS
from lodekey.store.port import Transaction

YOUNG_SECONDS = 3600.0
"""A package may be kept so long before its record is."""


async def look_around(background: Background) -> None:
    """Find out how functions can be confined here, and say so in the log."""
    await Functions.of(background).start()


async def reap(background: Background) -> None:
    """End environments that nobody wanted for long."""
    await Functions.of(background).reap()


async def sweep(background: Background) -> None:
    """Remove packages that no record names."""
    with background.transaction(write=False) as tx:
        named = {code.id for code in codes(tx)}
    functions = Functions.of(background)
    before = time.time() - YOUNG_SECONDS
    await background.in_thread(lambda: functions.shelf.sweep(named, before))


def codes(tx: Transaction) -> Iterator[Code]:
    """Every package that a record names."""
    for _, function in FUNCTIONS.scan(tx):
        yield from of_version(function.latest)
    for _, version in VERSIONS.scan(tx):
        yield from of_version(version)
    for _, layer in LAYER_VERSIONS.scan(tx):
        yield layer.code


def of_version(version: Version) -> Iterator[Code]:
    """The packages of one version."""
    yield version.code
    for use in version.layers:
        yield use.code


REAP = Job("lambda-idle", 15.0, reap, everywhere=True)
SWEEP = Job("lambda-packages", 900.0, sweep)
