"""Reading many segments: in order, and no more of them than is asked for."""

from __future__ import annotations

from itertools import count, islice

import pytest

from lodekey.audit import past
from lodekey.audit.trail import Trail
from lodekey.store.memory import MemoryStore
from store.events import event

KEY = bytes(32)
_times = count(1_800_000_000)


@pytest.fixture
def lives(tmp_path):
    """Five workers one after the other, four events each; the events in order."""
    events, store = [], MemoryStore()
    for _ in range(5):
        trail = Trail(tmp_path / "trail", KEY, store)
        for _ in range(4):
            events.append(event(event_time=float(next(_times))))
            trail.append(events[-1:])
        trail.close()
    return events


@pytest.fixture
def reader(lives, tmp_path):
    return past.Past(tmp_path / "trail", KEY)


@pytest.fixture
def opened(monkeypatch):
    names = set()
    original = past.Past._index

    def index(self, path):
        names.add(path.name)
        return original(self, path)

    monkeypatch.setattr(past.Past, "_index", index)
    return names


def test_all_in_order(lives, reader):
    assert lives == list(reader.events(since=None, newest_first=False))
    assert lives[::-1] == list(reader.events(since=None, newest_first=True))


def test_the_newest_take_the_newest_segment_alone(lives, reader, opened):
    assert lives[:-4:-1] == list(islice(reader.events(since=None, newest_first=True), 3))
    assert 1 == len(opened)


def test_what_ended_before_is_not_opened(lives, reader, opened):
    since = lives[12].event_time
    found = list(reader.events(since=since, newest_first=False))
    assert lives[12:] == [one for one in found if one.event_time >= since]
    assert 2 == len(opened)
