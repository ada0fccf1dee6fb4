"""A full disk refuses writes and is forgiven; a failing one ends the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lodekey.crypto.root_keys import Locked
from lodekey.errors import ServiceUnavailable
from lodekey.store.disk_failure import EXIT_CODE
from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES, Note
from store.disks import SmallDisk


def write(store, number):
    with store.transaction(write=True) as tx:
        NOTES.put(tx, "n", record=Note("x" * 2000, number))
        NOTES.put(tx, f"n{number}", record=Note("y" * 2000, number))


def number_in(store):
    with store.transaction(write=False) as tx:
        note = NOTES.get(tx, "n")
        return note.number if note else 0


def test_a_full_disk_refuses_writes_and_reads_go_on(tmp_path):
    disk = SmallDisk()
    store = SqliteStore(tmp_path / "a.db", BARRIER, vfs=disk.name)
    write(store, 1)
    disk.full = True
    for number in range(2, 8):
        with pytest.raises(ServiceUnavailable):
            write(store, number)
        assert 1 == number_in(store)
        store.known.start_anew(b"")
        assert 1 == number_in(store)
    disk.full = False
    write(store, 9)
    assert 9 == number_in(store)
    store.close()


def test_a_failed_sync_ends_the_process_wherever_it_is(tmp_path):
    """And whatever was acknowledged before is there when the file is opened again."""
    lives = run([sys.executable, "-m", "store.failing_lives", str(tmp_path)]).splitlines()
    assert len(lives) > 20
    for line in lives[:-1]:
        at, code, acked = map(int, line.split())
        assert code in ({EXIT_CODE} if acked else {EXIT_CODE, 1}), line
        store = SqliteStore(tmp_path / str(at) / "a.db", BARRIER)
        assert number_in(store) >= acked
        store.close()
    assert lives[-1].endswith(" 0 12"), "the last disk did not fail"


def run(command):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    ).stdout


def test_an_sqlite_that_can_lose_commits_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("apsw.SQLITE_VERSION_NUMBER", 3_051_002)
    with pytest.raises(Locked, match="can lose commits"):
        SqliteStore(tmp_path / "a.db", BARRIER)
