"""What a request costs in calls, step by step: they do not depend on the machine's mood.

A warmed request is run under `sys.setprofile`, and the functions that it calls are counted, those
of C as well. A step that grows beyond its budget is either worth it, and then the budget is raised
with the reason in the commit, or it is not. `tests/wire/test_budget.py` holds the wire's own steps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from lodekey.gate import authorize, door
from lodekey.gate.batch import run_calls
from lodekey.gate.record import event_of
from lodekey.services.ssm.parameters import MAX_VERSIONS
from world import World

ALLOW = {
    "Effect": "Allow",
    "Action": ["kms:*", "ssm:*", "secretsmanager:*"],
    "Resource": "*",
}
VALUE = "v" * 40
WARM = 5

Ask = Callable[[World, Any], None]


def calls(work: Callable[[], Any]) -> int:
    """How many functions *work* calls, once it is warm; the least of a few, as caches fill."""
    for _ in range(WARM):
        work()
    return min(counted(work) for _ in range(3))


def counted(work: Callable[[], Any]) -> int:
    count = 0

    def tick(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count - 1  # the one that ends the count


class Prepared:
    """Requests as they come over the wire, one for each operation that is held to a budget."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gate = world.gate
        kms, ssm, secrets = (world.client(name) for name in ("kms", "ssm", "secretsmanager"))
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        context = {"a": "b"}
        blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
        ssm.put_parameter(Name="/p", Value=VALUE, Type="SecureString", KeyId=key)
        secrets.create_secret(Name="s", SecretString=VALUE, KmsKeyId=key)
        user = world.user("reader", [ALLOW])
        kms, ssm, secrets = (
            world.client(name, as_=user) for name in ("kms", "ssm", "secretsmanager")
        )
        for _ in range(MAX_VERSIONS):  # from here on each new version pushes the oldest out
            ssm.put_parameter(Name="/w", Value=VALUE, Type="String", Overwrite=True)
        self.requests = {
            "Encrypt": world.request_of(
                lambda: kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)
            ),
            "Decrypt": world.request_of(
                lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
            ),
            "GetParameter": world.request_of(
                lambda: ssm.get_parameter(Name="/p", WithDecryption=True)
            ),
            "GetSecretValue": world.request_of(lambda: secrets.get_secret_value(SecretId="s")),
            "PutParameter": world.request_of(
                lambda: ssm.put_parameter(Name="/w", Value=VALUE, Type="String", Overwrite=True)
            ),
        }

    def whole(self, name: str, count: int = 1) -> list[int]:
        """Answer requests in one batch; the statuses."""
        http = self.requests[name]
        batch = [door.open_call(self.gate, http) for _ in range(count)]
        run_calls(self.gate, batch)
        return [door.answer(call).status for call in batch]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Any:
    world = World(tmp_path_factory.mktemp("budgets") / "data")
    yield Prepared(world)
    world.run(world.house.stop())
    world.loop.close()


# A request alone, which pays for its batch as well.
WHOLE = {
    "Encrypt": 278,
    "Decrypt": 264,
    "GetParameter": 331,
    "GetSecretValue": 352,
    "PutParameter": 540,
}
# One more in a batch.
MARGIN = {
    "Encrypt": 232,
    "Decrypt": 218,
    "GetParameter": 285,
    "GetSecretValue": 306,
    "PutParameter": 332,
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_request_keeps_to_its_budget(prepared: Prepared, name: str) -> None:
    assert prepared.whole(name) == [200]
    found = calls(lambda: prepared.whole(name))
    assert found <= WHOLE[name], found


@pytest.mark.parametrize("name", MARGIN)
def test_one_more_in_a_batch_keeps_to_its_budget(prepared: Prepared, name: str) -> None:
    few, many = (calls(lambda n=n: prepared.whole(name, n)) for n in (8, 24))
    found = (many - few) / 16
    assert found <= MARGIN[name], found


STEPS = {"open": 22, "believe and fit": 74, "find": 16, "decide": 8, "event": 19, "answer": 34}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_decrypt_keeps_to_its_budget(prepared: Prepared, step: str) -> None:
    gate, http = prepared.gate, prepared.requests["Decrypt"]
    call = door.open_call(gate, http)
    with gate.store.transaction(write=False) as tx:
        door.believe_and_fit(gate, tx, call)
        ctx = gate.context(call, tx)
        on = call.op.on(ctx, call.request)
        call.result = call.op.run(ctx, call.request, on)
        found = calls(
            {
                "open": lambda: door.open_call(gate, http),
                "believe and fit": lambda: door.believe_and_fit(gate, tx, call),
                "find": lambda: call.op.on(ctx, call.request),
                "decide": lambda: authorize.refused(ctx, call.op, call.request, on),
                "event": lambda: event_of(ctx, call.op, call.request, call.result, [on], [], None),
                "answer": lambda: door.answer(call),
            }[step]
        )
    assert found <= STEPS[step], found


def test_control_one_call_more_is_counted() -> None:
    assert calls(lambda: (len(""), len(""))) == calls(lambda: len("")) + 1
