"""What only a server can do to us: other nodes, commits in doubt, crashes."""

from __future__ import annotations

import threading
import time
from itertools import count

import psycopg
import pytest

from canary import SENTINEL, traces
from lodekey.crypto.barrier import Barrier
from lodekey.crypto.root_keys import Locked, WrongRootKey, root_key_provider
from lodekey.errors import ServiceUnavailable
from lodekey.store.memory import MemoryStore
from lodekey.store.port import Exists
from lodekey.store.postgres import PostgresStore, shared_barrier
from store.adapters import BARRIER, NOTES, Note
from store.postgres_server import PostgresServer, shared_server

_schemas = count()


@pytest.fixture
def schema():
    return f"own{next(_schemas)}"


@pytest.fixture
def nodes(schema):
    """Two nodes, each with a memory of its own."""
    server = shared_server()
    nodes = [PostgresStore(server.conninfo, BARRIER, schema=schema) for _ in range(2)]
    yield nodes
    for node in nodes:
        node.close()


@pytest.fixture(scope="module")
def fragile():
    """A server that may be broken and comes back; it waits for a replica that does not exist."""
    shared_server()
    server = PostgresServer(log_statement="all", synchronous_standby_names="")
    yield server
    server.close()


@pytest.fixture
def store(fragile, schema):
    store = PostgresStore(fragile.conninfo, BARRIER, schema=schema)
    yield store
    store.close()


def write(store, number, name="n", **more):
    with store.transaction(write=True) as tx:
        for one in (name, "two"):
            NOTES.put(tx, one, record=Note(SENTINEL, number), **more)
            more = {}


def number_in(store, name="n"):
    with store.transaction(write=False) as tx:
        note = NOTES.get(tx, name)
        return note.number if note else 0


def stale_reads(nodes, rounds):
    stale = 0
    for number in range(1, rounds):
        writer, reader = nodes[number % 2], nodes[1 - number % 2]
        write(writer, number)
        stale += number_in(reader) != number
        stale += number_in(writer) != number
    return stale


def test_no_read_is_stale(nodes):
    assert 0 == stale_reads(nodes, 200)


def test_control_without_the_check_reads_are_stale(nodes, monkeypatch):
    for node in nodes:
        number_in(node)
        monkeypatch.setattr(node, "catch_up", lambda _mark: None)
    assert stale_reads(nodes, 40) > 10


def test_what_a_node_wrote_it_still_knows(nodes):
    write(nodes[0], 1)
    assert NOTES.name("n") in nodes[0].known.records
    assert 1 == number_in(nodes[0])
    assert NOTES.name("n") in nodes[0].known.records


def test_records_written_together_are_read_together(nodes):
    over, torn = threading.Event(), 0

    def writes():
        for number in count(1):
            write(nodes[0], number)
            if over.is_set():
                return

    writer = threading.Thread(target=writes)
    writer.start()
    try:
        for _ in range(400):
            with nodes[1].transaction(write=False) as tx:
                notes = [note.number for _, note in NOTES.scan(tx)]
                two = NOTES.get(tx, "two")
            torn += len({*notes, two.number if two else 0}) > 1 and bool(notes)
    finally:
        over.set()
        writer.join()
    assert 0 == torn


def test_a_busy_writer_is_waited_for_only_so_long(nodes, schema):
    patient = PostgresStore(shared_server().conninfo, BARRIER, schema=schema, patience=0.1)
    with nodes[0].transaction(write=True), pytest.raises(ServiceUnavailable):
        write(patient, 1)
    write(patient, 2)
    patient.close()


def sync_standby(server, name):
    with psycopg.connect(server.conninfo, autocommit=True) as db:
        db.execute("set synchronous_commit = off")
        db.execute(f"alter system set synchronous_standby_names = '{name}'")
        db.execute("select pg_reload_conf()")
    time.sleep(0.2)


def cancel_waiters(server, over):
    """Cancel every commit that waits for the replica."""
    with psycopg.connect(server.conninfo, autocommit=True) as db:
        while not over.wait(0.01):
            db.execute(
                "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"
            )


@pytest.fixture
def doubtful(fragile, store):
    """Every commit is cancelled while it waits for a replica: PostgreSQL calls it a success."""
    write(store, 0)
    sync_standby(fragile, "nobody")
    over = threading.Event()
    canceller = threading.Thread(target=cancel_waiters, args=(fragile, over))
    canceller.start()
    yield store
    over.set()
    canceller.join()
    sync_standby(fragile, "")


def test_a_commit_that_is_not_replicated_is_no_success(doubtful):
    for number in range(1, 21):
        with pytest.raises(ServiceUnavailable):
            write(doubtful, number, name=f"new{number}", create=True)
        with pytest.raises((Exists, ServiceUnavailable)):
            write(doubtful, number, name=f"new{number}", create=True)


def test_control_postgresql_itself_reports_success(fragile, doubtful):
    with psycopg.connect(fragile.conninfo, autocommit=True) as db:
        db.execute("create table control (x int)")
        db.execute("insert into control values (1)")  # nothing is raised


def test_a_killed_server_loses_nothing_acknowledged_and_is_found_again(fragile, store):
    acked, numbers = [], count(1)

    def writes():
        try:
            for number in numbers:
                write(store, number)
                acked.append(number)
        except ServiceUnavailable:
            return

    for _ in range(2):
        writer = threading.Thread(target=writes)
        writer.start()
        time.sleep(0.15)
        fragile.kill()
        writer.join()
        with pytest.raises(ServiceUnavailable):
            number_in(store)
        fragile.start()
        assert number_in(store) >= max(acked, default=0)
        assert [] == store.verify()


def test_nothing_readable_in_the_servers_files(fragile, store):
    for number in range(5):
        write(store, number)
    assert [] == traces(fragile.directory)
    with psycopg.connect(fragile.conninfo, autocommit=True) as db:
        db.execute("create table seen as select %s as value", [SENTINEL])
        db.execute("checkpoint")
    assert traces(fragile.directory), "the control: what is not sealed is there"


def test_rows_put_back_or_taken_away_are_found_out(nodes, schema):
    store = nodes[0]
    write(store, 1)
    with psycopg.connect(shared_server().conninfo, autocommit=True) as db:
        db.execute(f"set search_path = {schema}")
        old = db.execute("select name, body from record where name like '%two'").fetchone()
        write(store, 2)
        assert [] == store.verify()
        db.execute("update record set body = %s where name = %s", [old[1], old[0]])
        assert ["a record was put back to what it was before"] == store.verify()
        db.execute("delete from record where name = %s", [old[0]])
        assert ["there are 1 records, there were 2"] == store.verify()


def test_another_keyring_is_refused(nodes, schema):
    with pytest.raises(Locked):
        PostgresStore(shared_server().conninfo, Barrier.create(bytes(32)), schema=schema)


def test_nodes_share_a_keyring(schema, tmp_path):
    conninfo = shared_server().conninfo
    provider = root_key_provider(f"file:{tmp_path / 'root.key'}")
    one, other = (shared_barrier(conninfo, provider, schema=schema) for _ in range(2))
    assert one.derive("x") == other.derive("x")
    one.rotate_data_key()
    assert other.open("name", one.seal("name", b"body")) == b"body"
    strange = root_key_provider(f"file:{tmp_path / 'other.key'}")
    strange.root_key(create=True)
    with pytest.raises(WrongRootKey):
        shared_barrier(conninfo, strange, schema=schema)


def test_moving_from_another_store(nodes):
    old = MemoryStore()
    for number in range(30):
        write(old, number, name=f"n{number}")
    rows = [("record", name, body) for name, body in sorted(old.rows.all.items())]
    nodes[0].load([*rows, ("letter", "a", b"letter")])
    assert 7 == number_in(nodes[1], "n7")
    assert [] == nodes[1].verify()
    assert [*rows, ("letter", "a", b"letter")] == list(nodes[1].export())
