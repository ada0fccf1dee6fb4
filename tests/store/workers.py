"""Run as a program: another worker of the same store, told what to do line by line.

pair N        write N to two records in one transaction
read          answer with what the first record holds
churn         write pairs until killed, an acknowledgment for each
life          write records with their audit events until killed, acknowledging each batch
early         like life, but acknowledge before the commit: what must lose
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lodekey.audit.trail import Trail
from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES, Note
from store.events import event


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def pair(store: SqliteStore, number: int) -> None:
    with store.transaction(write=True) as tx:
        for name in ("one", "two"):
            NOTES.put(tx, name, record=Note("", number))


def read(store: SqliteStore) -> int:
    with store.transaction(write=False) as tx:
        note = NOTES.get(tx, "one")
        return note.number if note else 0


def life(store: SqliteStore, trail: Trail, *, early: bool) -> None:
    with store.transaction(write=False) as tx:
        number = sum(1 for _ in NOTES.scan(tx, beginning="life"))
    say(number)
    while True:
        batch = range(number, number + 5)
        events = [event(request_id=f"life{one:09}", read_only=False) for one in batch]
        with store.batch(write=True) as tx:
            for one in batch:
                with tx.savepoint():
                    NOTES.put(tx, f"life{one:09}", record=Note("", one), create=True)
            trail.stage(tx, events)
            if early:
                say(batch[-1] + 1)
                time.sleep(0.7)
        trail.settle(events)
        trail.append([event(request_id=f"read{batch[-1]:09}")])
        number = batch[-1] + 1
        if not early:
            say(number)


def main(directory: Path) -> None:
    store = SqliteStore(directory / "data.db", BARRIER)
    say("ready")
    for line in sys.stdin:
        match line.split():
            case ["pair", number]:
                pair(store, int(number))
                say("done")
            case ["read"]:
                say(read(store))
            case ["fast"]:
                store._writer.execute("pragma synchronous=off")
                say("done")
            case ["churn"]:
                for number in range(1, 1_000_000):
                    pair(store, number)
                    say(number)
            case [("life" | "early") as kind]:
                trail = Trail(directory / "trail", bytes(32), store)
                life(store, trail, early=kind == "early")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
