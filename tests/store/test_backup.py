"""Backups: taken while the server works, refused when a bit is wrong."""

from __future__ import annotations

import random
import threading

import pytest

from canary import SENTINEL, traces
from lodekey.audit.copies import pieces
from lodekey.audit.trail import Trail
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked, root_key_provider
from lodekey.store.backup import BadBackup, back_up, restore, verify_backup
from lodekey.store.sqlite import SqliteStore
from store.adapters import NOTES, Note
from store.events import event


class Installation:
    """A data directory, opened as the server opens it."""

    def __init__(self, data, root):
        data.mkdir(exist_ok=True)
        self.data = data
        self.provider = root_key_provider(f"file:{root}")
        self.barrier = Barrier.open_or_create(self.provider, data / "keyring")
        self.store = SqliteStore(data / "lodekey.db", self.barrier)
        self.trail = Trail(data / "trail", self.barrier.derive("trail"), self.store)

    def write(self, name, text):
        events = [event(request_id=name, read_only=False)]
        with self.store.transaction(write=True) as tx:
            NOTES.put(tx, name, record=Note(text))
            self.trail.stage(tx, events)
        self.trail.settle(events)

    def notes(self):
        with self.store.transaction(write=False) as tx:
            return {parts[0]: note.text for parts, note in NOTES.scan(tx)}

    def close(self):
        self.trail.close()
        self.store.close()


def files_of(house):
    return ((f"trail/{name}", piece) for name, piece in pieces(house.data / "trail"))


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root.key"


@pytest.fixture
def house(tmp_path, root):
    house = Installation(tmp_path / "data", root)
    for number in range(30):
        house.write(f"n{number}", f"{SENTINEL} {number}")
    yield house
    house.close()


@pytest.fixture
def backup(house, tmp_path):
    back_up(house.store, files_of(house), tmp_path / "backup")
    return tmp_path / "backup"


def test_what_is_restored_is_what_was_there(house, backup, tmp_path, root):
    counts = restore(backup, house.provider, tmp_path / "new", SqliteStore)
    assert 30 == counts["record"]
    again = Installation(tmp_path / "new", root)
    assert house.notes() == again.notes()
    assert [] == again.store.verify()
    assert list(house.trail.events()) == list(again.trail.events())
    assert again.trail.verify().ok
    again.close()


def test_a_backup_of_a_working_server_is_of_one_moment(house, tmp_path, root):
    """Records are written in order: whatever is restored has no gap, and an event for each."""
    over = threading.Event()

    def work():
        number = 30
        while not over.is_set():
            house.write(f"n{number}", "")
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    for number in range(3):
        back_up(house.store, files_of(house), tmp_path / f"b{number}")
    over.set()
    worker.join()
    for number in range(3):
        restore(tmp_path / f"b{number}", house.provider, tmp_path / f"r{number}", SqliteStore)
        again = Installation(tmp_path / f"r{number}", root)
        written = again.notes()
        assert {f"n{one}" for one in range(len(written))} == set(written)
        assert set(written) <= {one.request_id for one in again.trail.events()}
        assert again.trail.verify().ok
        again.close()


def test_changed_or_cut_backups_are_refused(house, backup, tmp_path):
    dice, whole = random.Random(4), backup.read_bytes()
    bad = tmp_path / "bad"
    for number in range(600):
        changed = bytearray(whole)
        if number % 2:
            bit = dice.randrange(len(whole) * 8)
            changed[bit // 8] ^= 1 << bit % 8
        else:
            del changed[dice.randrange(len(whole)) :]
        bad.write_bytes(changed)
        with pytest.raises((BadBackup, Locked)):
            verify_backup(bad, house.provider)
    with pytest.raises((BadBackup, Locked)):
        restore(bad, house.provider, tmp_path / "new", SqliteStore)
    assert not (tmp_path / "new").exists()
    verify_backup(backup, house.provider)  # control


def test_what_follows_the_end_is_refused(house, backup):
    backup.write_bytes(backup.read_bytes() + b"\x00")
    with pytest.raises(BadBackup):
        verify_backup(backup, house.provider)


def test_another_root_key_is_refused_by_name(backup, tmp_path):
    other = root_key_provider(f"file:{tmp_path / 'other.key'}")
    other.root_key(create=True)
    with pytest.raises(Locked, match="sealed under root key"):
        verify_backup(backup, other)


def test_nothing_is_restored_over_data(house, backup):
    with pytest.raises(Locked, match="already"):
        restore(backup, house.provider, house.data, SqliteStore)
    assert 30 == len(house.notes())


def test_no_backup_over_a_file(house, backup):
    with pytest.raises(FileExistsError):
        back_up(house.store, files_of(house), backup)


def test_nothing_readable_in_a_backup(backup, tmp_path):
    assert [] == traces(tmp_path)
    assert b"test/note" not in backup.read_bytes()


def test_a_restored_store_can_be_written(house, backup, tmp_path, root):
    restore(backup, house.provider, tmp_path / "new", SqliteStore)
    again = Installation(tmp_path / "new", root)
    again.write("n0", "changed")
    again.write("new", "new")
    assert "changed" == again.notes()["n0"]
    assert [] == again.store.verify()
    again.close()


@pytest.mark.parametrize("name", ["../out", "/etc/out", "trail/../../out"])
def test_no_file_outside_the_data_directory(house, tmp_path, name):
    """Only who has the key can make such a backup; it is refused all the same."""
    back_up(house.store, [(name, b"x")], tmp_path / "bad")
    with pytest.raises(BadBackup, match="leads out"):
        restore(tmp_path / "bad", house.provider, tmp_path / "new", SqliteStore)
    assert not (tmp_path / "out").exists()
