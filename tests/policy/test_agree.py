"""The engine decides as the reference does, on random policies and requests."""

import random

import pytest

from lodekey.policy.evaluate import decide
from lodekey.policy.explain import explain
from lodekey.policy.switches import ALL, DEFAULT, switches
from policy.random_policies import Chance
from policy.reference import reference


def agree(seed, count, *, turned=False):
    chance = Chance(random.Random(seed))
    verdicts = {}
    for number in range(count):
        ask, guard = chance.ask(), chance.guard()
        table, on = DEFAULT, {switch.name for switch in ALL if switch.on}
        if turned:
            names = [switch.name for switch in ALL if chance.maybe(0.5)]
            table = switches(**{name.replace("-", "_"): name in names for name in DEFAULT.table})
            on = set(names)
        expected = reference(ask, guard, on)
        got = decide(ask, guard, table)
        assert expected == tuple(got), (number, describe(ask, guard))
        assert got == explain(ask, guard, table).decision, (number, describe(ask, guard))
        verdicts[got[:3]] = verdicts.get(got[:3], 0) + 1
    return verdicts


def describe(ask, guard):
    """The whole of a case, for whoever has to look into a difference."""
    caller = ask.caller
    documents = [*caller.identity, *(caller.session or ()), caller.boundary, guard.policy]
    documents += [guard.endpoint, *sum(caller.scps, ()), *sum(guard.rcps, ())]
    texts = [(each.name, each.kind, each.text) for each in documents if each]
    grants = [(each.name, each.grantees, each.actions) for each in guard.grants]
    return caller.kind, ask[1:4], dict(ask.keys()), guard.style, guard.shareable, grants, texts


def test_engine_and_reference_agree():
    verdicts = agree(1, 1500)
    assert len(verdicts) >= 16
    allowed = sum(count for verdict, count in verdicts.items() if verdict[0])
    assert allowed > 200


def test_engine_and_reference_agree_with_switches_turned():
    agree(2, 500, turned=True)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(20))
def test_engine_and_reference_agree_at_length(seed):
    agree(1000 + seed, 5000, turned=seed % 4 == 3)
