"""Workers read each other's acknowledged writes, at once and whole."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest

from lodekey.errors import ServiceUnavailable
from lodekey.store.port import Changed
from lodekey.store.sqlite import SqliteStore
from store.adapters import BARRIER, NOTES, Note
from store.processes import Worker


@pytest.fixture
def store(tmp_path):
    store = SqliteStore(tmp_path / "data.db", BARRIER)
    store._writer.execute("pragma synchronous=off")  # this is not about the disk
    yield store
    store.close()


@pytest.fixture
def other(store, tmp_path):
    with Worker(tmp_path) as worker:
        worker.ask("fast")
        yield worker


def number_in(store, name="one"):
    with store.transaction(write=False) as tx:
        note = NOTES.get(tx, name)
        return note.number if note else 0


def write(store, number):
    with store.transaction(write=True) as tx:
        for name in ("one", "two"):
            NOTES.put(tx, name, record=Note("", number))


def stale_reads(store, other, rounds):
    stale = 0
    for number in range(1, 2 * rounds, 2):
        other.ask(f"pair {number}")
        stale += number_in(store) != number
        write(store, number + 1)
        stale += int(other.ask("read")) != number + 1
        stale += number_in(store) != number + 1
    return stale


def test_no_read_is_stale(store, other):
    assert 0 == stale_reads(store, other, 1_000)


def test_control_without_the_check_reads_are_stale(store, other, monkeypatch):
    number_in(store)
    monkeypatch.setattr(store, "_catch_up", lambda: None)
    assert stale_reads(store, other, 50) > 20


@pytest.mark.torture
def test_no_read_is_stale_in_a_million(store, other):
    assert 0 == stale_reads(store, other, 350_000)


def test_derived_values_follow_other_processes(store, other):
    def derived():
        with store.transaction(write=False) as tx:
            return tx.derive("k", lambda: (NOTES.get(tx, "one"), NOTES.get(tx, "absent")))[0]

    for number in range(1, 200):
        other.ask(f"pair {number}")
        assert number == derived().number
        assert derived() is derived()


def torn_reads(read_both, changes=80, seconds=10):
    """How many reads were torn, until so many changes were seen."""
    torn = seen = last = 0
    end = time.monotonic() + seconds
    while seen < changes:
        assert time.monotonic() < end, f"only {seen} changes were seen"
        one, two = read_both()
        torn += one != two
        seen += one != last
        last = one
    return torn


def both(store, *, forget=False):
    def read():
        while True:
            try:
                return attempt()
            except Changed:
                continue

    def attempt():
        with store.transaction(write=False) as tx:
            one = NOTES.get(tx, "one")
            if forget:
                store.known.records.pop(NOTES.name("two"), None)
            two = NOTES.get(tx, "two")
            return (one.number, two.number) if one and two else (0, 0)

    return read


@pytest.mark.parametrize("forget", [False, True], ids=["warm", "cold"])
def test_two_records_written_together_are_read_together(store, other, forget):
    """While another process writes without pause."""
    other.tell("churn")
    assert 0 == torn_reads(both(store, forget=forget))


def test_what_was_given_out_is_not_contradicted(store, other):
    """A record that is known, a commit of another process, a record that is not known."""
    write(store, 1)
    with store.transaction(write=False) as tx:
        assert 1 == NOTES.get(tx, "one").number
        other.ask("pair 2")
        store.known.records.pop(NOTES.name("two"))
        with pytest.raises(Changed):
            NOTES.get(tx, "two")
        with tx.savepoint():
            assert 2 == NOTES.get(tx, "one").number
            assert 2 == NOTES.get(tx, "two").number


def test_what_was_given_out_and_still_holds_is_no_reason_to_stop(store, other):
    with store.transaction(write=True) as tx:
        NOTES.put(tx, "mine", record=Note("", 7))
        NOTES.put(tx, "others", record=Note("", 7))
    with store.transaction(write=False) as tx:
        assert 7 == NOTES.get(tx, "mine").number
        derived = tx.derive("k", lambda: [note for _, note in NOTES.scan(tx, beginning="m")])
        other.ask("pair 1")
        store.known.records.pop(NOTES.name("others"))
        assert 7 == NOTES.get(tx, "others").number
        assert derived == tx.derive("k", lambda: [n for _, n in NOTES.scan(tx, beginning="m")])


def test_threads_read_together_what_a_thread_writes_together(store):
    over = threading.Event()

    def writes():
        for number in count(1):
            write(store, number)
            if over.wait(0.0005):
                return

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        assert 0 == torn_reads(both(store))
    finally:
        over.set()
        writer.join()


def test_writers_take_turns(store, tmp_path):
    """Two processes that write all the time: none waits until the other has done."""
    with Worker(tmp_path) as left, Worker(tmp_path) as right:
        counts = [0, 0]
        for worker in (left, right):
            worker.tell("churn")

        def listen(number, worker):
            while worker.heard():
                counts[number] += 1

        ears = [threading.Thread(target=listen, args=pair) for pair in enumerate((left, right))]
        for ear in ears:
            ear.start()
        ears[0].join(1.5)
        left.process.kill()
        right.process.kill()
        for ear in ears:
            ear.join()
    assert min(counts) > 0.1 * max(counts)


def test_a_busy_writer_is_waited_for_only_so_long(tmp_path):
    patient, busy = (
        SqliteStore(tmp_path / "data.db", BARRIER, patience=seconds) for seconds in (0.1, 1)
    )
    with busy.transaction(write=True), pytest.raises(ServiceUnavailable):
        write(patient, 1)
    write(patient, 2)
    assert 2 == number_in(busy)
    patient.close()
    busy.close()
