"""The trail: what it promises to requests, and what it remembers."""

from __future__ import annotations

import errno
import os
import time
from itertools import count

import pytest

from lodekey.audit import trail as trail_module
from lodekey.audit.event import AuditEvent
from lodekey.audit.trail import Trail
from lodekey.errors import ServiceUnavailable
from lodekey.store.memory import MemoryStore

KEY = bytes(range(32))
_numbers = count()


def event(**members):
    number = next(_numbers)
    given = {
        "event_id": f"e{number}",
        "event_time": 1_800_000_000.0 + number,
        "event_source": "kms.amazonaws.com",
        "event_name": "Decrypt",
        "aws_region": "us-east-1",
        "source_ip": "127.0.0.1",
        "user_agent": "test",
        "user_identity": {"type": "Root", "accountId": "111122223333"},
        "request_id": f"r{number}",
    }
    return AuditEvent(**{**given, **members})


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def trail(tmp_path, store):
    trail = Trail(tmp_path / "trail", KEY, store)
    yield trail
    trail.close()


def write(trail, store, *events):
    with store.transaction(write=True) as tx:
        trail.stage(tx, events)
    trail.settle(events)


def until(condition, seconds=5.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_what_was_appended_is_remembered(trail):
    events = [event(), event()]
    trail.append(events)
    assert events[::-1] == list(trail.events())
    assert events == list(trail.events(newest_first=False))


def test_a_record_is_with_the_operating_system_when_append_returns(trail, tmp_path, store):
    before = trail._path.stat().st_size
    trail.append([event()])
    assert trail._path.stat().st_size > before


def test_writes_are_remembered_and_their_letters_forgotten(trail, store):
    first, second = event(), event()
    write(trail, store, first)
    assert 1 == len(list(store.letters()))
    until(lambda: trail._durable)
    write(trail, store, second)
    assert 1 == len(list(store.letters()))
    assert [second, first] == list(trail.events())


def test_closing_empties_the_outbox(tmp_path, store):
    trail = Trail(tmp_path / "trail", KEY, store)
    write(trail, store, event())
    trail.close()
    assert [] == list(store.letters())


def test_since_until_where(trail):
    events = [event(event_name=name) for name in "abcd"]
    trail.append(events)
    since, last = events[1].event_time, events[2].event_time
    assert events[1:3] == list(trail.events(since=since, until=last, newest_first=False))
    assert [events[3]] == list(trail.events(where=lambda one: one.event_name == "d"))


def test_find(trail):
    one, other = event(), event()
    trail.append([one, other])
    assert one == trail.find(one.event_id)
    assert other == trail.find(other.request_id)
    assert trail.find("none such") is None


def test_long_trails_are_read_both_ways(trail, monkeypatch):
    monkeypatch.setattr("lodekey.audit.past._CHUNK", 1000)
    events = [event() for _ in range(200)]
    for one in events[:100]:
        trail.append([one])
    assert events[:100] == list(trail.events(newest_first=False))
    for one in events[100:]:
        trail.append([one])
    assert events[::-1] == list(trail.events())
    assert events[150:][::-1] == list(trail.events(since=events[150].event_time))


def test_a_restart_remembers(tmp_path, store):
    trail = Trail(tmp_path / "trail", KEY, store)
    before = event()
    trail.append([before])
    trail.close()
    again = Trail(tmp_path / "trail", KEY, store)
    after = event()
    again.append([after])
    assert [after, before] == list(again.events())
    again.close()
    assert again.verify().ok


def test_two_workers_share_a_past(trail, tmp_path, store):
    other = Trail(tmp_path / "trail", KEY, store)
    events = [event() for _ in range(4)]
    for number, one in enumerate(events):
        (trail, other)[number % 2].append([one])
    assert events[::-1] == list(trail.events())
    assert trail.verify().ok
    other.close()


def crash(trail):
    """Let go of the files as a killed process does."""
    trail._stop.set()
    trail._thread.join()
    os.close(trail._descriptor)


def test_a_crash_before_settling_loses_nothing(tmp_path, store):
    trail = Trail(tmp_path / "trail", KEY, store)
    settled, staged = event(), event()
    write(trail, store, settled)
    with store.transaction(write=True) as tx:
        trail.stage(tx, [staged])
    crash(trail)
    again = Trail(tmp_path / "trail", KEY, store)
    assert [staged, settled] == list(again.events())
    again.close()
    assert [] == list(store.letters())
    assert again.verify().ok


def test_a_commit_in_doubt_that_was_made_is_found(trail, store, monkeypatch):
    """The database says that it failed, and it did not; nobody settles."""
    monkeypatch.setattr(trail_module, "PATIENCE", 0.0)
    with store.transaction(write=True) as tx:
        trail.stage(tx, events := [event()])
    with pytest.raises(ZeroDivisionError), store.transaction(write=True) as tx:
        trail.stage(tx, [event()])
        raise ZeroDivisionError
    until(lambda: not trail._staged)
    until(lambda: list(trail.events()))
    trail.settle(events)
    assert events == list(trail.events())
    assert trail.healthy


def test_a_failed_commit_leaves_no_record(trail, store):
    with pytest.raises(ZeroDivisionError), store.transaction(write=True) as tx:
        trail.stage(tx, [event()])
        raise ZeroDivisionError
    assert [] == list(store.letters())
    assert [] == list(trail.events())


def test_a_living_workers_letters_are_left_alone(trail, tmp_path, store):
    with store.transaction(write=True) as tx:
        trail.stage(tx, events := [event()])
    other = Trail(tmp_path / "trail", KEY, store)
    assert 1 == len(list(store.letters()))
    trail.settle(events)
    assert events == list(other.events())
    other.close()


def test_empty_segments_of_the_dead_are_taken_away(tmp_path, store):
    for _ in range(5):
        Trail(tmp_path / "trail", KEY, store).close()
    assert len(list((tmp_path / "trail").glob("*.seg"))) <= 2


class FullDisk:
    """Writes half of what it is asked to, then nothing, until there is room again."""

    def __init__(self, monkeypatch, trail):
        self.room = 40
        self._trail = trail
        self._write = os.write
        monkeypatch.setattr(trail_module.os, "write", self.write)

    def write(self, descriptor, body):
        if descriptor != self._trail._descriptor or self.room < 0:
            return self._write(descriptor, body)
        if not self.room:
            raise OSError(errno.ENOSPC, "no space left on device")
        written, self.room = self._write(descriptor, body[: self.room]), 0
        return written


def test_a_full_disk_refuses_reads_and_writes_and_recovers(trail, store, monkeypatch):
    kept = event()
    trail.append([kept])
    disk = FullDisk(monkeypatch, trail)
    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            trail.append([event()])
        assert not trail.healthy
    with pytest.raises(ServiceUnavailable), store.transaction(write=True) as tx:
        trail.stage(tx, [event()])
    assert [] == list(store.letters())
    disk.room = -1
    until(lambda: trail.healthy)
    after = event()
    write(trail, store, after)
    assert [after, kept] == list(trail.events())
    assert trail.verify().ok


def test_a_write_that_committed_before_the_disk_filled_is_written_later(trail, store, monkeypatch):
    with store.transaction(write=True) as tx:
        trail.stage(tx, events := [event()])
    disk = FullDisk(monkeypatch, trail)
    trail.settle(events)
    assert not trail.healthy
    disk.room = -1
    until(lambda: trail.healthy)
    assert events == list(trail.events())
    assert trail.verify().ok


def test_a_segment_taken_away_turns_health_red_and_is_put_back(trail, store):
    before = event()
    trail.append([before])
    trail._path.unlink()
    until(lambda: not trail.healthy)
    with pytest.raises(ServiceUnavailable):
        trail.append([event()])
    until(lambda: trail.healthy)
    trail.append([after := event()])
    assert [after, before] == list(trail.events())
    assert trail.verify().ok


def test_segments_do_not_grow_for_ever(trail, monkeypatch):
    monkeypatch.setattr(trail_module, "LARGEST_SEGMENT", 1000)
    events = [event() for _ in range(20)]
    trail.append(events)
    first = trail._name
    until(lambda: trail._name != first)
    trail.append([last := event()])
    assert [last, *events[::-1]] == list(trail.events())
    assert trail.verify().ok


def test_in_memory():
    trail = Trail.in_memory()
    trail.append([one := event()])
    assert [one] == list(trail.events())
    directory = trail._directory
    trail.close()
    assert not directory.exists()


def test_a_disk_that_fails_under_the_trail_ends_the_process(tmp_path, store, monkeypatch):
    ended = []
    trail = Trail(tmp_path / "trail", KEY, store, on_disk_failure=ended.append)
    trail.append([event()])

    def fsync(_descriptor):
        raise OSError(errno.EIO, "input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(trail_module.os, "fsync", fsync)
        until(lambda: ended)
        assert not trail.healthy
    until(lambda: trail.healthy)
    trail.close()
