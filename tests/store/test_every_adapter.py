"""One suite over every store adapter."""

from __future__ import annotations

import random

import pytest

from lodekey.store.port import Exists, ReadOnly
from store.adapters import ADAPTERS, NOTES, Note


@pytest.fixture(params=ADAPTERS)
def store(request, tmp_path):
    with ADAPTERS[request.param](tmp_path) as store:
        yield store


def put(store, name, text, **more):
    with store.transaction(write=True) as tx:
        NOTES.put(tx, name, record=Note(text), **more)


def read(store, name):
    with store.transaction(write=False) as tx:
        return NOTES.get(tx, name)


def names(store, **how):
    with store.transaction(write=False) as tx:
        return [parts[0] for parts, _ in NOTES.scan(tx, **how)]


class Refused(Exception):
    pass


def test_what_was_put_is_got(store):
    put(store, "a", "first")
    assert Note("first") == read(store, "a")


def test_what_is_known_is_shared(store):
    put(store, "a", "first")
    assert read(store, "a") is read(store, "a")


def test_nothing_is_none(store):
    assert read(store, "a") is None
    put(store, "a", "now there")
    assert Note("now there") == read(store, "a")


def test_a_deleted_record_is_gone(store):
    put(store, "a", "first")
    with store.transaction(write=True) as tx:
        NOTES.delete(tx, "a")
        assert NOTES.get(tx, "a") is None
    assert read(store, "a") is None
    assert [] == names(store)


def test_deleting_nothing_is_nothing(store):
    with store.transaction(write=True) as tx:
        NOTES.delete(tx, "a")
    assert read(store, "a") is None


def test_create_refuses_what_is_there(store):
    put(store, "a", "first", create=True)
    with pytest.raises(Exists):
        put(store, "a", "second", create=True)
    assert Note("first") == read(store, "a")


def test_create_sees_this_transactions_own_writes(store):
    put(store, "a", "first")
    with store.transaction(write=True) as tx:
        NOTES.delete(tx, "a")
        NOTES.put(tx, "a", record=Note("second"), create=True)
        with pytest.raises(Exists):
            NOTES.put(tx, "a", record=Note("third"), create=True)
    assert Note("second") == read(store, "a")


def test_a_reading_transaction_does_not_write(store):
    with store.transaction(write=False) as tx:
        with pytest.raises(ReadOnly):
            NOTES.put(tx, "a", record=Note("first"))
        with pytest.raises(ReadOnly):
            NOTES.delete(tx, "a")
    assert read(store, "a") is None


def test_an_exception_takes_everything_back(store):
    put(store, "a", "first")
    with pytest.raises(Refused), store.transaction(write=True) as tx:
        NOTES.put(tx, "a", record=Note("second"))
        NOTES.put(tx, "b", record=Note("new"))
        raise Refused
    assert Note("first") == read(store, "a")
    assert read(store, "b") is None


def test_a_savepoint_takes_back_its_own_part(store):
    put(store, "a", "first")
    with store.batch(write=True) as tx:
        with tx.savepoint():
            NOTES.put(tx, "a", record=Note("kept"))
        with pytest.raises(Refused), tx.savepoint():
            NOTES.put(tx, "a", record=Note("dropped"))
            NOTES.put(tx, "b", record=Note("dropped"))
            tx.post("letter", b"dropped")
            raise Refused
        assert Note("kept") == NOTES.get(tx, "a")
        assert NOTES.get(tx, "b") is None
        with tx.savepoint():
            NOTES.put(tx, "c", record=Note("kept"))
            tx.post("other", b"kept")
    assert Note("kept") == read(store, "a")
    assert ["a", "c"] == names(store)
    assert [("other", b"kept")] == list(store.letters())


def test_a_savepoint_within_a_savepoint(store):
    with store.transaction(write=True) as tx, tx.savepoint():
        NOTES.put(tx, "a", record=Note("outer"))
        with pytest.raises(Refused), tx.savepoint():
            NOTES.put(tx, "a", record=Note("inner"))
            raise Refused
        assert Note("outer") == NOTES.get(tx, "a")
    assert Note("outer") == read(store, "a")


def test_names_sort_by_code_point(store):
    unsorted = ["b", "a", "a/b", "a\x02", "é", "\U0001f600", "\uffff", "a b", "A", "a\x00b"]
    for name in unsorted:
        put(store, name, name)
    assert sorted(unsorted) == names(store)
    assert sorted(unsorted, reverse=True) == names(store, reverse=True)


def test_scan_limits_and_goes_on(store):
    for number in range(10):
        put(store, f"n{number}", "")
    put(store, "other", "")
    assert ["n0", "n1", "n2"] == names(store, beginning="n", limit=3)
    assert ["n3", "n4"] == names(store, beginning="n", after="n2", limit=2)
    assert ["n9", "n8"] == names(store, beginning="n", limit=2, reverse=True)
    assert ["n7", "n6"] == names(store, beginning="n", after="n8", limit=2, reverse=True)
    assert [] == names(store, beginning="x")


def test_scan_sees_this_transactions_own_writes(store):
    for name in "bdf":
        put(store, name, "old")
    with store.transaction(write=True) as tx:
        NOTES.put(tx, "a", record=Note("new"))
        NOTES.put(tx, "d", record=Note("new"))
        NOTES.put(tx, "g", record=Note("new"))
        NOTES.delete(tx, "f")
        found = [(parts[0], note.text) for parts, note in NOTES.scan(tx)]
        back = [parts[0] for parts, _ in NOTES.scan(tx, reverse=True, limit=3)]
    assert [("a", "new"), ("b", "old"), ("d", "new"), ("g", "new")] == found
    assert ["g", "d", "b"] == back


def test_a_scan_does_not_outlive_its_transaction(store):
    for name in "abc":
        put(store, name, "")
    with store.transaction(write=False) as tx:
        scan = NOTES.scan(tx)
        next(scan)
    with pytest.raises((RuntimeError, ValueError)):
        list(scan)


def test_two_reads_of_a_transaction_agree(store):
    put(store, "a", "1")
    put(store, "b", "1")
    with store.transaction(write=False) as tx:
        before = NOTES.get(tx, "a"), [note.text for _, note in NOTES.scan(tx)]
        with store.transaction(write=True) as other:
            NOTES.put(other, "a", record=Note("2"))
            NOTES.put(other, "b", record=Note("2"))
        after = NOTES.get(tx, "a"), [note.text for _, note in NOTES.scan(tx)]
        assert Note("1") == NOTES.get(tx, "b")
    assert before == after
    assert Note("2") == read(store, "b")


class Count:
    def __init__(self):
        self.calls = 0

    def of(self, compute):
        def counted():
            self.calls += 1
            return compute()

        return counted


def derived(store, count, key, compute, *, write=False):
    with store.transaction(write=write) as tx:
        return tx.derive(key, count.of(lambda: compute(tx)))


def test_a_derived_value_is_made_once(store):
    put(store, "a", "first")
    count = Count()
    for _ in range(3):
        assert "FIRST" == derived(store, count, "k", lambda tx: NOTES.get(tx, "a").text.upper())
    assert 1 == count.calls


def test_a_derived_value_follows_its_record_and_no_other(store):
    put(store, "a", "first")
    count = Count()
    upper = lambda tx: NOTES.get(tx, "a").text.upper()  # noqa: E731
    derived(store, count, "k", upper)
    put(store, "b", "another")
    derived(store, count, "k", upper)
    assert 1 == count.calls
    put(store, "a", "second")
    assert "SECOND" == derived(store, count, "k", upper)
    assert 2 == count.calls


def test_a_derived_value_follows_what_was_not_there(store):
    count = Count()
    there = lambda tx: NOTES.get(tx, "a") is not None  # noqa: E731
    assert derived(store, count, "k", there) is False
    put(store, "a", "now")
    assert derived(store, count, "k", there) is True


def test_a_derived_value_follows_a_scan(store):
    put(store, "a1", "")
    count = Count()
    many = lambda tx: len(list(NOTES.scan(tx, beginning="a")))  # noqa: E731
    assert 1 == derived(store, count, "k", many)
    put(store, "b", "")
    assert 1 == derived(store, count, "k", many)
    assert 1 == count.calls
    put(store, "a2", "")
    assert 2 == derived(store, count, "k", many)


def test_a_derived_value_follows_what_its_parts_read(store):
    put(store, "a", "x")
    count, inner = Count(), Count()

    def part(tx):
        return tx.derive("inner", inner.of(lambda: NOTES.get(tx, "a").text))

    whole = lambda tx: part(tx) + "!"  # noqa: E731
    with store.transaction(write=False) as tx:
        part(tx)
    assert "x!" == derived(store, count, "outer", whole)
    put(store, "a", "y")
    assert "y!" == derived(store, count, "outer", whole)


def test_a_derived_value_sees_own_writes_and_keeps_them_to_itself(store):
    put(store, "a", "stored")
    count = Count()
    text = lambda tx: NOTES.get(tx, "a").text  # noqa: E731
    with pytest.raises(Refused), store.transaction(write=True) as tx:
        assert "stored" == tx.derive("k", count.of(lambda: text(tx)))
        NOTES.put(tx, "a", record=Note("mine"))
        assert "mine" == tx.derive("k", count.of(lambda: text(tx)))
        assert "mine" == tx.derive("k", count.of(lambda: text(tx)))
        assert 2 == count.calls
        with pytest.raises(Refused), tx.savepoint():
            NOTES.put(tx, "a", record=Note("inner"))
            assert "inner" == tx.derive("k", count.of(lambda: text(tx)))
            raise Refused
        assert "mine" == tx.derive("k", count.of(lambda: text(tx)))
        raise Refused
    assert "stored" == derived(store, count, "k", text)


def test_a_scan_of_own_writes_is_not_remembered_beyond(store):
    many = lambda tx: len(list(NOTES.scan(tx)))  # noqa: E731
    with pytest.raises(Refused), store.transaction(write=True) as tx:
        NOTES.put(tx, "a", record=Note(""))
        assert 1 == tx.derive("k", lambda: many(tx))
        raise Refused
    assert 0 == derived(store, Count(), "k", many)


def test_letters_are_kept_until_forgotten(store):
    with store.transaction(write=True) as tx:
        tx.post("2", b"two")
        tx.post("1", b"one")
    assert [("1", b"one"), ("2", b"two")] == list(store.letters())
    with store.transaction(write=True) as tx:
        tx.forget(["1", "none such"])
    assert [("2", b"two")] == list(store.letters())


def test_a_large_record(store):
    put(store, "large", "x" * 2_000_000)
    assert 2_000_000 == len(read(store, "large").text)


@pytest.mark.parametrize("seed", range(4))
def test_random_operations_agree_with_a_model(store, seed):
    """1,000 operations in transactions that commit, fail, or lose a savepoint."""
    dice = random.Random(seed)
    model = {}
    space = [f"{a}{b}" for a in "abc" for b in "0123\x02é"]
    done = 0
    while done < 1_000:
        mine = dict(model)
        fails = dice.random() < 0.2
        try:
            with store.transaction(write=True) as tx:
                for _ in range(dice.randrange(8)):
                    done += 1
                    step(dice, tx, mine, space)
                    if dice.random() < 0.2:
                        kept = dict(mine)
                        with pytest.raises(Refused), tx.savepoint():
                            for _ in range(3):
                                done += 1
                                step(dice, tx, mine, space)
                            raise Refused
                        mine = kept
                if fails:
                    raise Refused
            model = mine
        except Refused:
            pass
        with store.transaction(write=False) as tx:
            for _ in range(4):
                done += 1
                check(dice, tx, model, space)


def step(dice, tx, model, space):
    name = dice.choice(space)
    match dice.randrange(4):
        case 0:
            NOTES.put(tx, name, record=Note(name, number := dice.randrange(1000)))
            model[name] = number
        case 1:
            NOTES.delete(tx, name)
            model.pop(name, None)
        case 2:
            try:
                NOTES.put(tx, name, record=Note(name, number := dice.randrange(1000)), create=True)
                assert name not in model
                model[name] = number
            except Exists:
                assert name in model
        case _:
            check(dice, tx, model, space)


def check(dice, tx, model, space):
    name, beginning = dice.choice(space), dice.choice(["", "a", "b", "c1"])
    reverse, limit = dice.random() < 0.5, dice.choice([None, 1, 3])
    found = NOTES.get(tx, name)
    assert model.get(name) == (None if found is None else found.number)
    expected = sorted((n for n in model if n.startswith(beginning)), reverse=reverse)[:limit]

    def scan():
        scanned = NOTES.scan(tx, beginning=beginning, reverse=reverse, limit=limit)
        return [(parts[0], note.number) for parts, note in scanned]

    expected = [(n, model[n]) for n in expected]
    assert expected == scan()
    assert expected == tx.derive((beginning, reverse, limit), scan)
