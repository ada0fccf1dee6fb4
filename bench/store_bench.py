"""What the store and the trail cost: reads, durable commits, records of the trail.

    python bench/store_bench.py [--json] [--postgres CONNINFO] [--rows N]

Reads and trail: microseconds of CPU time, the best of several rounds. Commits: durable records a
second of wall time, which are the disk's as much as ours; a bare ``write`` and ``fsync`` of the
same size beside them says how fast the disk is.
"""

import argparse
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.audit.trail import Trail
from lodekey.crypto.barrier import Barrier
from lodekey.store.port import Collection
from lodekey.store.sqlite import SqliteStore


class Value(msgspec.Struct, frozen=True):
    text: str
    number: int = 0


VALUES = Collection("bench/value", Value)
TEXT = "x" * 400


def best(call: Callable[[int], object], *, rounds: int = 7, calls: int = 5_000) -> float:
    """Microseconds of CPU time of one call, in the best round."""
    found = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for number in range(calls):
            call(number)
        found = min(found, time.process_time() - started)
    return found / calls * 1e6


def event() -> AuditEvent:
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    return AuditEvent(
        event_id=str(uuid.uuid4()),
        event_time=time.time(),
        event_source="kms.amazonaws.com",
        event_name="Decrypt",
        aws_region="us-east-1",
        source_ip="127.0.0.1",
        user_agent="Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 lang/python#3.11.7",
        user_identity={
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:session",
            "arn": "arn:aws:sts::111122223333:assumed-role/reader/session",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
        },
        request_parameters={"keyId": key, "encryptionContext": {"PARAMETER_ARN": "arn:..."}},
        resources=((key, "111122223333"),),
        request_id=str(uuid.uuid4()),
        recipient_account="111122223333",
    )


def fill(store: Any, rows: int) -> None:
    for start in range(0, rows, 5_000):
        with store.transaction(write=True) as tx:
            for number in range(start, min(rows, start + 5_000)):
                VALUES.put(tx, f"n{number:09}", record=Value(TEXT, number))


def reads(store: Any, rows: int) -> dict[str, float]:
    def begin(_: int) -> None:
        with store.transaction(write=False):
            pass

    def warm(_: int) -> None:
        with store.transaction(write=False) as tx:
            VALUES.get(tx, "n000000001")

    def cold(number: int) -> None:
        store.known.start_anew(store.known.mark)
        with store.transaction(write=False) as tx:
            VALUES.get(tx, f"n{number * 7919 % rows:09}")

    def derived(_: int) -> None:
        with store.transaction(write=False) as tx:
            tx.derive("bench", lambda: VALUES.get(tx, "n000000001"))

    return {
        "begin a reading transaction": best(begin),
        "read a known record": best(warm),
        "read a derived value": best(derived),
        f"read one of {rows:,} records that is not known": best(cold, calls=2_000),
    }


def commits(store: Any, trail: Trail | None, group: int, seconds: float = 1.5) -> float:
    """Durable records a second, in groups, with an audit event for each."""
    events = [event() for _ in range(group)]
    number = 0
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        with store.batch(write=True) as tx:
            for _ in range(group):
                with tx.savepoint():
                    VALUES.put(tx, f"n{number % 9_973:09}", record=Value(TEXT, number))
                number += 1
            if trail is not None:
                trail.stage(tx, events)
        if trail is not None:
            trail.settle(events)
    return number / (time.perf_counter() - started)


def bare_disk(directory: Path, size: int, seconds: float = 1.0) -> float:
    """Times a second that this disk takes *size* bytes and says that they are safe."""
    descriptor = os.open(directory / "bare", os.O_WRONLY | os.O_CREAT)
    count, body = 0, bytes(size)
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        os.write(descriptor, body)
        os.fsync(descriptor)
        count += 1
    os.close(descriptor)
    return count / (time.perf_counter() - started)


def appends(trail: Trail) -> dict[str, float]:
    one, many = [event()], [event() for _ in range(32)]
    figures = {
        "append a record to the trail": best(lambda _: trail.append(one)),
        "append 32 records, each": best(lambda _: trail.append(many), calls=500) / 32,
    }
    started = time.perf_counter()
    report = trail.verify()
    rate = report.events / (time.perf_counter() - started)
    if not report.ok:
        raise AssertionError(report.findings)
    return {**figures, "verify the trail, records a second": rate}


def measure(rows: int = 100_000, postgres: str = "") -> dict[str, float]:
    """All figures by name."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="lodekey-bench-") as name:
        directory = Path(name)
        barrier = Barrier.create(os.urandom(32))
        store = SqliteStore(directory / "lodekey.db", barrier)
        fill(store, rows)
        found |= reads(store, rows)
        trail = Trail(directory / "trail", barrier.derive("trail"), store)
        found |= appends(trail)
        for group in (1, 16, 64):
            found[f"durable commits of {group}, records a second"] = commits(store, trail, group)
            size = 4096 * (2 + group)
            found[f"the bare disk, {size >> 10} KiB, a second"] = bare_disk(directory, size)
        trail.close()
        store.close()
        if postgres:
            found |= on_postgres(postgres, barrier, min(rows, 20_000))
    return {key: round(value, 2) for key, value in found.items()}


def on_postgres(conninfo: str, barrier: Barrier, rows: int) -> dict[str, float]:
    from lodekey.store.postgres import PostgresStore  # noqa: PLC0415 - an extra

    store = PostgresStore(conninfo, barrier, schema=f"bench{os.getpid()}")
    fill(store, rows)
    found = reads(store, rows)
    for group in (1, 16, 64):
        found[f"durable commits of {group}, records a second"] = commits(store, None, group)
    store.close()
    return {f"PostgreSQL: {name}": value for name, value in found.items()}


def main() -> None:
    """Print the figures."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--json", action="store_true")
    words.add_argument("--postgres", default="")
    words.add_argument("--rows", type=int, default=100_000)
    given = words.parse_args()
    found = measure(given.rows, given.postgres)
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{value:14,.2f}  {name}")


if __name__ == "__main__":
    main()
