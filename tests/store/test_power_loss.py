"""The power fails at any moment: nothing that was acknowledged is lost, nothing is half there."""

from __future__ import annotations

import random

import apsw
import pytest

from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES, Note
from store.disks import Act, Disk, after_power_loss


def busy_life(directory, monkeypatch, *, synchronous="full", writes=40) -> list[Act]:
    """Write, in transactions of several records and a letter; return all that the disk saw."""
    monkeypatch.setattr("lodekey.store.checkpoints.FRAMES", 12)
    disk, dice = Disk(), random.Random(1)
    store = SqliteStore(directory / "life.db", BARRIER, vfs=disk.name)
    store._writer.execute(f"pragma synchronous={synchronous}")
    for number in range(1, writes + 1):
        with store.transaction(write=True) as tx:
            for name in ("one", "two", f"n{number % 7}"):
                NOTES.put(tx, name, record=Note("x" * dice.randrange(1200), number))
            NOTES.delete(tx, f"n{(number + 3) % 7}")
            tx.post("letter", str(number).encode())
        disk.ack(number)
    store.close()
    return disk.acts


def loss(acts: list[Act], at: int, dice: random.Random, directory) -> str:
    """What is wrong after the power failed at that moment; empty: nothing."""
    acked = max((act.number for act in acts[:at] if act.kind == "ack"), default=0)
    for name in ("life.db", "life.db-wal", "life.db-journal"):
        (directory / name).unlink(missing_ok=True)
    for name, content in after_power_loss(acts, at, dice).items():
        (directory / name).write_bytes(content)
    if not acked and not (directory / "life.db").exists():
        return ""
    db = apsw.Connection(str(directory / "life.db"))
    try:
        # alone with the file: the log's index stays in memory, and nothing has to be synced
        db.execute("pragma locking_mode=exclusive; pragma synchronous=off")
        if db.execute("pragma integrity_check").get != "ok":
            return "the file is broken"
        if not acked and not db.execute("select count(*) from sqlite_schema").get:
            return ""
        rows = dict(db.execute("select name, body from record").fetchall())
        letters = db.execute("select body from outbox").get
        found = {
            NOTES._decode(BARRIER.open(name, rows[name])).number
            for name in (NOTES.name("one"), NOTES.name("two"))
            if name in rows
        } or {0}
        letter = int(BARRIER.open("outbox\x01letter", letters)) if letters else 0
        if found != {letter}:
            return f"records are of {found}, the letter is of {letter}"
        return f"{acked} was acknowledged, {letter} is there" if letter < acked else ""
    except apsw.Error as error:
        return f"cannot be read: {error}"
    finally:
        db.close()


def losses(acts, points, directory, seed=0) -> list[str]:
    dice = random.Random(seed)
    found = (loss(acts, dice.randrange(len(acts) + 1), dice, directory) for _ in range(points))
    return [one for one in found if one]


def test_nothing_acknowledged_is_lost(tmp_path, monkeypatch):
    acts = busy_life(tmp_path, monkeypatch)
    assert any(act.kind == "write" and act.file == "life.db" for act in acts), "no checkpoint"
    assert [] == losses(acts, 250, tmp_path)


@pytest.mark.parametrize("synchronous", ["normal", "off"])
def test_control_a_store_that_syncs_less_does_lose(tmp_path, monkeypatch, synchronous):
    acts = busy_life(tmp_path, monkeypatch, synchronous=synchronous)
    assert losses(acts, 40, tmp_path)


@pytest.mark.torture
def test_nothing_acknowledged_is_lost_at_250_000_points(tmp_path, monkeypatch):
    acts = busy_life(tmp_path, monkeypatch, writes=400)
    assert [] == losses(acts, 250_000, tmp_path, seed=1)
