"""Whoever can write to the file can break it; nobody can make it say something else."""

from __future__ import annotations

import random
import shutil
import sqlite3

import apsw
import pytest

from canary import SENTINEL, traces
from lodekey.audit.trail import Trail
from lodekey.crypto.aead import Tampered
from lodekey.crypto.barrier import Barrier
from lodekey.store.sqlite import SqliteStore, WrongBarrier
from store.adapters import BARRIER, NOTES, Note
from store.events import event


def fill(path, many=40):
    store = SqliteStore(path, BARRIER)
    with store.transaction(write=True) as tx:
        for number in range(many):
            NOTES.put(tx, f"n{number}", record=Note(f"{SENTINEL} {number}", number))
    store.close()


@pytest.fixture
def path(tmp_path):
    fill(tmp_path / "data.db")
    return tmp_path / "data.db"


def edit(path, *statements):
    db = sqlite3.connect(path)
    for statement, values in statements:
        db.execute(statement, values)
    db.commit()
    db.close()


def body(path, name):
    db = sqlite3.connect(path)
    found = db.execute("select body from record where name = ?", (NOTES.name(name),)).fetchone()
    db.close()
    return found[0]


def put_body(name, sealed):
    return "update record set body = ? where name = ?", (sealed, NOTES.name(name))


def read(path, name):
    store = SqliteStore(path, BARRIER)
    try:
        with store.transaction(write=False) as tx:
            return NOTES.get(tx, name)
    finally:
        store.close()


def findings(path):
    store = SqliteStore(path, BARRIER)
    try:
        return store.verify()
    finally:
        store.close()


def test_control_untouched(path):
    assert Note(f"{SENTINEL} 1", 1) == read(path, "n1")
    assert [] == findings(path)


def test_of_two_rows_swapped_neither_opens(path):
    one, two = body(path, "n1"), body(path, "n2")
    edit(path, put_body("n1", two), put_body("n2", one))
    for name in ("n1", "n2"):
        with pytest.raises(Tampered):
            read(path, name)
    assert 2 == sum("does not open" in one for one in findings(path))


def test_a_row_put_back_is_found_out(path):
    old = body(path, "n1")
    store = SqliteStore(path, BARRIER)
    with store.transaction(write=True) as tx:
        NOTES.put(tx, "n1", record=Note("new"))
    assert [] == store.verify()
    store.close()
    edit(path, put_body("n1", old))
    assert ["a record was put back to what it was before"] == findings(path)


def test_a_row_taken_away_is_found_out(path):
    edit(path, ("delete from record where name = ?", (NOTES.name("n1"),)))
    assert ["there are 39 records, there were 40"] == findings(path)


def test_a_row_of_another_store_is_found_out(path, tmp_path):
    fill(tmp_path / "other.db", 41)
    edit(
        path,
        (
            "insert into record values (?, ?)",
            (NOTES.name("n40"), body(tmp_path / "other.db", "n40")),
        ),
    )
    assert ["there are 41 records, there were 40"] == findings(path)


def test_an_older_tally_is_found_out(path):
    db = sqlite3.connect(path)
    old = db.execute("select body from meta where name = 'tally'").fetchone()
    db.close()
    store = SqliteStore(path, BARRIER)
    with store.transaction(write=True) as tx:
        NOTES.delete(tx, "n1")
    store.close()
    edit(path, ("update meta set body = ? where name = 'tally'", old))
    assert ["there are 39 records, there were 40"] == findings(path)


def test_the_tally_follows_every_kind_of_change(path):
    store = SqliteStore(path, BARRIER)
    dice = random.Random(1)
    for _ in range(40):
        with store.transaction(write=True) as tx:
            for _ in range(dice.randrange(40)):
                name = f"n{dice.randrange(60)}"
                if dice.random() < 0.3:
                    NOTES.delete(tx, name)
                else:
                    NOTES.put(tx, name, record=Note("x"))
    assert [] == store.verify()
    store.close()


def test_another_keyring_is_refused(path):
    with pytest.raises(WrongBarrier):
        SqliteStore(path, Barrier.create(bytes(range(32))))


def test_flipped_bits_never_give_wrong_data(path):
    """3,000 bits of the file, one at a time: each read is right, or fails, or finds nothing.

    That a record is not found (a flipped bit in its name, or in a page of the tree) is not
    prevented; `verify` tells.
    """
    dice, whole = random.Random(2), path.read_bytes()
    names = [NOTES.name(f"n{number}") for number in range(40)]
    wrong = noticed = 0
    db = apsw.Connection(":memory:")
    for _ in range(3_000):
        flipped = bytearray(whole)
        bit = dice.randrange(len(whole) * 8)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            db.deserialize("main", bytes(flipped))
            for number, name in enumerate(names):
                sealed = db.execute("select body from record where name = ?", (name,)).get
                if sealed is None:
                    noticed += 1
                    break
                wrong += NOTES._decode(BARRIER.open(name, sealed)).number != number
        except (apsw.Error, Tampered, UnicodeDecodeError):
            noticed += 1
    assert 0 == wrong
    assert noticed > 300


def test_control_without_the_barrier_flipped_bits_give_wrong_data(path):
    """The same flips over the same rows, in the clear."""
    db = apsw.Connection(":memory:")
    db.execute("create table record (name text primary key, body blob) without rowid")
    for number in range(40):
        db.execute("insert into record values (?, ?)", (f"n{number}", b"%100d" % number))
    whole, dice, wrong = db.serialize("main"), random.Random(2), 0
    for _ in range(1_000):
        flipped = bytearray(whole)
        bit = dice.randrange(len(whole) * 8)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            db.deserialize("main", bytes(flipped))
            for number in range(40):
                found = db.execute("select body from record where name = ?", (f"n{number}",)).get
                wrong += found is not None and found != b"%100d" % number
        except (apsw.Error, UnicodeDecodeError):
            continue
    assert wrong > 20


def test_no_plaintext_in_any_file(tmp_path):
    """Database, log, trail; while it runs and after."""
    store = SqliteStore(tmp_path / "data.db", BARRIER)
    trail = Trail(tmp_path / "trail", bytes(32), store)
    for number in range(50):
        events = [event(request_parameters={"name": SENTINEL})]
        with store.transaction(write=True) as tx:
            NOTES.put(tx, f"n{number}", record=Note(SENTINEL * 20, number))
            trail.stage(tx, events)
        trail.settle(events)
    shutil.copytree(tmp_path, tmp_path / "while")
    trail.close()
    store.close()
    assert {"data.db-wal", "data.db"} <= {one.name for one in (tmp_path / "while").iterdir()}
    assert [] == traces(tmp_path)
    (tmp_path / "control").write_text(SENTINEL)
    assert traces(tmp_path)
