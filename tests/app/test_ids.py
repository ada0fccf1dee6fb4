"""Identifiers are random version 4 UUIDs."""

from __future__ import annotations

import os
import re
import uuid

from lodekey.ids import hyphenated, new_id


def test_they_are_uuids_of_version_four() -> None:
    for _ in range(300):
        made = uuid.UUID(new_id())
        assert 4 == made.version
        assert uuid.RFC_4122 == made.variant


def test_they_differ() -> None:
    assert 10_000 == len({new_id() for _ in range(10_000)})


def test_they_are_written_like_uuids() -> None:
    raw = os.urandom(16)
    assert str(uuid.UUID(bytes=raw)) == hyphenated(raw)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", new_id())


def test_a_forked_child_makes_its_own() -> None:
    new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 64).decode()
    os.close(reading)
    os.close(writing)
    assert theirs not in {new_id() for _ in range(200)}
