"""Every operation that anybody ever adds: denied without a policy, allowed with its own action."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lodekey.app.registry import services
from lodekey.errors import ApiError
from lodekey.gate.call import Call
from lodekey.gate.operation import AnyOperation
from lodekey.identity.principals import Principal
from lodekey.identity.principals_of import user_principal
from lodekey.identity.records import User
from lodekey.policy.actions import actions
from lodekey.wire.codec import codec
from lodekey.wire.models import model
from minimal_requests import minimal
from world import ACCOUNT, World


def every() -> Iterator[tuple[str, AnyOperation]]:
    """Every operation, with its service."""
    for service in services():
        for op in service.operations:
            yield service.name, op


EVERY = [pytest.param(service, op, id=f"{service}-{op.name}") for service, op in every()]
# Operations that AWS refuses before it asks any policy, or that need no permission.
REFUSED_OUTRIGHT = {
    "AccessDeniedException",
    "AccessDenied",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("catalog") / "data")
    yield made
    made.close()


def caller(world: World, *statements: dict[str, Any]) -> Principal:
    from world import document

    inline = {"own": document(list(statements))} if statements else {}
    user = User(account=ACCOUNT, name="someone", id="AIDASOMEONE", created=0.0, inline=inline)
    with world.gate.store.transaction(write=False) as tx:
        return user_principal(tx, user)


class Nothing(Exception):
    """Takes a transaction back."""


def outcome(world: World, service: str, op: AnyOperation, principal: Principal) -> Call:
    """A call that has ended, and of which nothing stays: no test depends on what another made."""
    call = Call(
        op=op,
        request_id="x",
        region="us-east-1",
        principal=principal,
        request=minimal(service, op.name),
    )
    gate = world.gate
    with contextlib.suppress(Nothing), gate.store.transaction(write=True) as tx:
        try:
            gate.run_inside(gate.context(call, tx), op, call.request)
        except ApiError as error:
            call.failure = error
        raise Nothing
    return call


def code(call: Call) -> str:
    if call.failure is None:
        return ""
    assert isinstance(call.failure, ApiError), call.failure
    return call.failure.code


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_denied_without_a_policy(here: World, service: str, op: AnyOperation) -> None:
    if op.open_to_all:
        pytest.skip("AWS documents that it needs no permission")
    call = outcome(here, service, op, caller(here))
    assert code(call) in REFUSED_OUTRIGHT, call.failure
    assert op.action in str(call.failure) or "not authorized" not in str(call.failure)


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_allowed_with_its_own_actions(here: World, service: str, op: AnyOperation) -> None:
    statement = {"Effect": "Allow", "Action": [op.action, *op.also], "Resource": "*"}
    if (service, op.name) == ("sts", "AssumeRole"):
        pytest.skip("a role that is not there is answered like one that does not trust the caller")
    call = outcome(here, service, op, caller(here, statement))
    assert "perform: " not in str(call.failure)


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_no_other_action_does(here: World, service: str, op: AnyOperation) -> None:
    if op.open_to_all:
        pytest.skip("AWS documents that it needs no permission")
    statement = {"Effect": "Allow", "NotAction": op.action, "Resource": "*"}
    call = outcome(here, service, op, caller(here, statement))
    assert code(call) in REFUSED_OUTRIGHT, call.failure


@pytest.mark.parametrize(("service", "op"), EVERY)
def test_it_is_in_the_model_and_its_action_is_amazons(service: str, op: AnyOperation) -> None:
    assert op.name in model(service).operations
    assert codec(service, op.name)
    known = {name.lower() for name in actions()}
    for action in (op.action, *op.also):
        assert action.lower() in known


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_no_operation_twice(service: Any) -> None:
    names = [op.name for op in service.operations]
    assert sorted(names) == sorted(set(names))


def test_nothing_of_a_call_stays(here: World) -> None:
    """AssociateKmsKey is refused by KMS, in the words of a denial, where the group is there."""
    for name in ("CreateLogGroup", "AssociateKmsKey"):
        op = next(op for service, op in every() if (service, op.name) == ("logs", name))
        statement = {"Effect": "Allow", "Action": [op.action, *op.also], "Resource": "*"}
        call = outcome(here, "logs", op, caller(here, statement))
        assert code(call) == ("" if name == "CreateLogGroup" else "ResourceNotFoundException")


def test_the_loops_loop() -> None:
    assert len(EVERY) > 250
    assert Path(__file__).name == "test_catalog.py"
