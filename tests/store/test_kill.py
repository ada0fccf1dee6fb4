"""kill -9 at any moment: what was acknowledged is there, each write with its audit record."""

from __future__ import annotations

import random
import time

import pytest

from lodekey.audit.trail import Trail
from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES
from store.processes import Worker


def life_and_death(directory, dice, kind="life", seconds=0.15):
    """How many writes were acknowledged when it died."""
    worker = Worker(directory)
    acked = int(worker.ask(kind))
    if kind == "early":
        acked = int(worker.heard())  # and dies before the commit that it has acknowledged
    else:
        time.sleep(dice.random() * seconds)
    return max([acked, *map(int, worker.kill())])


def what_is_there(directory):
    """The numbers that have a record, and the numbers that have an audit event of their write."""
    store = SqliteStore(directory / "data.db", BARRIER)
    trail = Trail(directory / "trail", bytes(32), store)
    with store.transaction(write=False) as tx:
        written = [parts[0] for parts, _ in NOTES.scan(tx, beginning="life")]
    audited = sorted(event.request_id for event in trail.events() if not event.read_only)
    trail.close()
    report = trail.verify()
    assert report.ok, report.findings
    assert [] == list(store.letters())
    store.close()
    return written, audited


def check(directory, acked):
    written, audited = what_is_there(directory)
    assert len(written) >= acked, "an acknowledged write is lost"
    assert written == audited, "a write without its record, or a record without its write"
    return len(written)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_kill(tmp_path):
    dice = random.Random(3)
    for _ in range(5):
        check(tmp_path, life_and_death(tmp_path, dice))
    assert check(tmp_path, 0) > 100


@pytest.mark.slow
def test_control_to_acknowledge_before_the_commit_loses(tmp_path):
    acked = life_and_death(tmp_path, random.Random(3), kind="early")
    written, audited = what_is_there(tmp_path)
    assert len(written) < acked
    assert written == audited


@pytest.mark.torture
def test_2000_kills(tmp_path):
    dice = random.Random(5)
    for _ in range(2_000):
        acked = life_and_death(tmp_path, dice, seconds=0.5)
        if dice.random() < 0.05:
            check(tmp_path, acked)
    check(tmp_path, 0)
