"""The library: what is held, for how long, and what is never shown."""

import asyncio
import pickle
import sys
import threading
import time

import pytest

from lodekey import Denied, Failure, NotFound, Unreachable, Values, given, retrying
from lodekey.client import values as values_module
from lodekey.client.cache import Cache, Held
from lodekey.client.kept import Kept
from lodekey.client.places import parse

SENTINEL = "sentinel-9b21-never-shown"


class Store:
    """Stands for the endpoint: answers from a dictionary, and counts."""

    def __init__(self):
        self.texts = {}
        self.reads = []
        self.batches = 0
        self.failure = None
        self.slow = 0.0

    def get(self, place):
        self.reads.append(str(place))
        time.sleep(self.slow)
        if self.failure is not None:
            raise self.failure
        if str(place.whole) not in self.texts:
            raise NotFound(f"there is no `{place}`")
        return Kept(place, self.texts[str(place.whole)], str(len(self.reads)))

    def get_many(self, places):
        self.batches += 1
        found = {}
        for place in places:
            try:
                found[place] = self.get(place)
            except Failure as failure:
                found[place] = failure
        return found


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(values_module, "monotonic", made)
    return made


@pytest.fixture
def store():
    made = Store()
    made.texts = {"ssm:/app/a": SENTINEL, "sm:db": '{"password": "p", "port": 5432}'}
    return made


@pytest.fixture
def values(store, clock):
    made = Values("ssm:/app/", ttl=100)
    made._reader = made._stores = store
    return made


def settled(values):
    if values._pool is not None:
        values._pool.shutdown(wait=True)
        values._pool = None


def test_reads_once(values, store):
    assert [values["a"], values["a"], values["ssm:/app/a"]] == [SENTINEL] * 3
    assert len(store.reads) == 2


def test_names_fields_and_places(values, store):
    store.texts["ssm:/app/j"] = '{"x": "y"}'
    assert values["sm:db#password"] == "p"
    assert values["j#x"] == "y"
    assert values.integer("sm:db#port") == 5432


def test_types(values, store):
    store.texts |= {
        "ssm:/app/i": "7",
        "ssm:/app/b": "Yes",
        "ssm:/app/j": "[1]",
        "ssm:/app/n": "1.5",
    }
    assert values.integer("i") == 7
    assert values.boolean("b") is True
    assert values.json("j") == [1]
    assert values.number("n") == 1.5
    assert values.octets("i") == b"7"
    assert values.integer("none", 3) == 3
    assert values.get("none") is None
    assert "none" not in values
    with pytest.raises(Failure) as failed:
        values.integer("a")
    assert SENTINEL not in str(failed.value)
    assert failed.value.__context__ is None or failed.value.__suppress_context__


def test_an_old_value_is_served_and_read_behind(values, store, clock):
    assert values["a"] == SENTINEL
    store.texts["ssm:/app/a"] = "new"
    clock.now += 79
    assert (values["a"], len(store.reads)) == (SENTINEL, 1)
    clock.now += 2
    assert values["a"] == SENTINEL
    settled(values)
    assert (values["a"], len(store.reads)) == ("new", 2)


def test_an_expired_value_is_read_before_it_is_served(values, store, clock):
    assert values["a"] == SENTINEL
    store.texts["ssm:/app/a"] = "new"
    clock.now += 101
    assert values["a"] == "new"


def test_each_value_may_have_its_own_time(values, store, clock):
    values.lasting("a", 10)
    assert values["a"] == SENTINEL
    store.texts["ssm:/app/a"] = "new"
    clock.now += 11
    assert values["a"] == "new"


def test_serves_the_old_value_while_the_endpoint_is_away(values, store, clock):
    assert values["a"] == SENTINEL
    store.failure = Unreachable("away")
    clock.now += 150
    assert values["a"] == SENTINEL
    clock.now += 500
    with pytest.raises(Unreachable):
        values["a"]


def test_a_denied_value_is_served_no_more(values, store, clock):
    assert values["a"] == SENTINEL
    store.failure = Denied("no")
    clock.now += 90
    assert values["a"] == SENTINEL
    settled(values)
    with pytest.raises(Denied):
        values["a"]


def test_prefetches_in_one_call(values, store):
    store.texts["ssm:/app/b"] = "b"
    values.prefetch("a", "b", "none")
    assert (values["a"], values["b"], store.batches) == (SENTINEL, "b", 1)
    assert values.mapping({"x": "a", "y": "b"}) == {"x": SENTINEL, "y": "b"}
    with pytest.raises(NotFound):
        values.refresh("none")


def test_readers_of_one_name_share_a_call(store):
    values = Values("ssm:/app/")
    values._reader = values._stores = store
    store.slow = 0.05
    threads = [threading.Thread(target=values.__getitem__, args=("a",)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(store.reads) == 1


def test_async(values, store):
    async def read():
        return [await values.fetch("a"), await values.fetch("a"), await values.fetch("n", "d")]

    assert asyncio.run(read()) == [SENTINEL, SENTINEL, "d"]
    assert store.reads.count("ssm:/app/a") == 1


def test_shows_no_value(values):
    values["a"]
    for shown in (repr(values), str(values), repr(values._cache), f"{values._cache.get('a')!r}"):
        assert SENTINEL not in shown
    for each in (values, values._cache, values._cache["a"]):
        with pytest.raises(TypeError):
            pickle.dumps(each)


def test_memory_is_bounded(values, store):
    one = sys.getsizeof("x" * 1000) * 2
    values._cache = Cache(one * 10)
    for number in range(50):
        store.texts[f"ssm:/app/{number}"] = "x" * 1000
        assert values[f"{number}"] == "x" * 1000
        values["0"]
    assert values._cache._bytes <= one * 10
    assert "0" in dict.keys(values._cache), "what is read often stays"
    store.texts["ssm:/app/big"] = "x" * one * 20
    assert len(values["big"]) == one * 20
    assert "big" not in dict.keys(values._cache)


def test_a_cache_forgets_exactly_what_it_counted():
    cache = Cache(10_000)
    held = Held(Kept(parse("sm:a"), "x" * 100, "1"), "x" * 100, 0, 0)
    cache.keep("a", held)
    cache.keep("a", held)
    assert cache._bytes == held.size
    cache.forget("a")
    assert (cache._bytes, len(cache)) == (0, 0)


def test_given_reads_when_called(values, store):
    @given(values, password="a")
    def connect(*, password):
        return password

    assert store.reads == []
    assert connect() == SENTINEL
    assert connect(password="mine") == "mine"

    @given(values, password="a")
    async def connect_async(*, password):
        return password

    assert asyncio.run(connect_async()) == SENTINEL


def test_calls_again_after_a_rotation(values, store):
    calls = []

    @retrying(values, "a", on=ConnectionError)
    def query():
        calls.append(values["a"])
        if calls[-1] == SENTINEL:
            store.texts["ssm:/app/a"] = "rotated"
            raise ConnectionError
        return calls[-1]

    assert query() == "rotated"
    assert calls == [SENTINEL, "rotated"]


def test_calls_again_only_for_what_a_rotation_causes(values):
    from botocore.exceptions import ClientError

    calls = []

    def failing(code):
        @retrying(values)
        def query():
            calls.append(code)
            raise ClientError({"Error": {"Code": code, "Message": ""}}, "GetItem")

        with pytest.raises(ClientError):
            query()

    failing("ThrottlingException")
    failing("AccessDeniedException")
    assert calls == ["ThrottlingException", "AccessDeniedException", "AccessDeniedException"]


def test_calls_an_async_function_again(values, store):
    @retrying(values, "a")
    async def query():
        if await values.fetch("a") == SENTINEL:
            store.texts["ssm:/app/a"] = "rotated"
            raise Denied("old")
        return await values.fetch("a")

    assert asyncio.run(query()) == "rotated"


def test_names_from_anywhere_take_no_memory(values, monkeypatch):
    monkeypatch.setattr(values_module, "_MOST_NAMES", 50)
    for number in range(200):
        with pytest.raises(NotFound):
            values[f"none-{number}"]
    assert len(values._places) == 50
    assert values._reading == {}
    assert values["a"] == SENTINEL


def test_small_values_count_with_what_holds_them():
    cache = Cache(100_000)
    for number in range(1000):
        cache.keep(str(number), Held(Kept(parse("sm:a"), "v", "1"), "v", 1.0, 2.0))
    assert len(cache) < 200
