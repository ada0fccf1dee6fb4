"""Batches: one commit for many, each taking back its own writes alone; the trail's promise."""

from __future__ import annotations

from typing import Any

import pytest

from lodekey.errors import ServiceUnavailable
from lodekey.gate.batch import run_calls
from lodekey.gate.call import Call
from lodekey.identity.principals_of import root_principal
from lodekey.identity.records import USERS
from world import ACCOUNT, World


def call_for(world: World, service: str, name: str, request: dict[str, Any]) -> Call:
    with world.gate.store.transaction(write=False) as tx:
        principal = root_principal(tx, ACCOUNT)
    op = world.gate.operation(service, name)
    return Call(op=op, request_id=name, region="us-east-1", principal=principal, request=request)


def users(world: World) -> list[str]:
    with world.gate.store.transaction(write=False) as tx:
        return [user.name for _, user in USERS.scan(tx, ACCOUNT)]


def test_one_failure_takes_back_its_own_writes_alone(world: World) -> None:
    calls = [
        call_for(world, "iam", "CreateUser", {"UserName": "first"}),
        call_for(world, "iam", "CreateUser", {"UserName": "first"}),
        call_for(world, "iam", "CreateUser", {"UserName": "second"}),
    ]
    run_calls(world.gate, calls)
    assert [None, "EntityAlreadyExistsException", None] == [
        call.failure and call.failure.code for call in calls
    ]
    assert ["first", "second"] == users(world)


def test_every_call_of_a_batch_is_in_the_trail(world: World) -> None:
    before = len(world.events())
    calls = [
        call_for(world, "iam", "CreateUser", {"UserName": "a"}),
        call_for(world, "iam", "CreateUser", {"UserName": "a"}),
        call_for(world, "iam", "ListUsers", {}),
    ]
    run_calls(world.gate, calls)
    new = world.events()[before:]
    assert 3 == len(new)
    assert {"EntityAlreadyExistsException", None} == {event.get("errorCode") for event in new}


def broken(*_: Any) -> None:
    raise ServiceUnavailable("The service is unavailable; please try again.")


@pytest.mark.parametrize("operation", ["CreateUser", "ListUsers"])
def test_no_record_no_answer(world: World, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    request = {"UserName": "unrecorded"} if operation == "CreateUser" else {}
    control = call_for(world, "iam", "ListUsers", {})
    run_calls(world.gate, [control])
    assert control.failure is None
    monkeypatch.setattr(type(world.house.trail), "append", broken)
    monkeypatch.setattr(type(world.house.trail), "stage", broken)
    call = call_for(world, "iam", operation, request)
    run_calls(world.gate, [call])
    assert isinstance(call.failure, ServiceUnavailable)
    monkeypatch.undo()
    assert [] == users(world)


def test_a_fault_of_ours_shows_no_details(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    iam = world.client("iam")

    def fall(*_: Any, **__: Any) -> None:
        raise RuntimeError("the details")

    monkeypatch.setattr("lodekey.gate.authorize.decide", fall)
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.list_users()
    answer = caught.value.response
    assert 500 == answer["ResponseMetadata"]["HTTPStatusCode"]
    assert "the details" not in str(answer)
    assert "the details" in caplog.text


def test_a_denial_carries_its_decision_id(world: World) -> None:
    alice = world.user("alice")
    iam = world.client("iam", as_=alice)
    with pytest.raises(iam.exceptions.ClientError) as caught:
        iam.list_users()
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    decision = headers["x-lodekey-decision-id"]
    event = world.house.trail.find(decision)
    assert event is not None
    assert event.denied is not None
    assert "iam:ListUsers" == event.denied["action"]
    assert alice.arn == event.denied["caller"]


def test_a_read_may_not_write(world: World) -> None:
    from lodekey.store.port import ReadOnly

    with world.gate.store.transaction(write=False) as tx:
        user = USERS
        with pytest.raises(ReadOnly):
            tx.put(user.name("x", "y"), None, b"")  # type: ignore[arg-type]


def test_what_a_failed_commit_left_to_do_is_not_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def leave(call: Call) -> Call:
        call.after.append(lambda: done.append("done"))
        return call

    calls = [leave(call_for(world, "iam", "CreateUser", {"UserName": "kept"}))]
    run_calls(world.gate, calls)
    assert 1 == len(calls[0].after)
    monkeypatch.setattr(type(world.house.trail), "stage", broken)
    calls = [leave(call_for(world, "iam", "CreateUser", {"UserName": "lost"}))]
    run_calls(world.gate, calls)
    assert [] == calls[0].after
