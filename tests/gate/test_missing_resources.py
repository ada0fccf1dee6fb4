"""Context keys of an operation whose resource is not there: a bare name is all that it gets."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from lodekey.app.registry import services
from lodekey.errors import ApiError
from lodekey.gate.call import Call
from lodekey.gate.operation import AnyOperation, Bare
from lodekey.identity.principals_of import root_principal
from lodekey.wire.codec import codec
from shape_values import Values
from world import ACCOUNT, World

FILLING = [
    (service.name, op) for service in services() for op in service.operations if op.keys is not None
]


@pytest.mark.parametrize(("service", "op"), FILLING, ids=lambda each: getattr(each, "action", each))
def test_keys_of_what_is_not_there(shared_world: World, service: str, op: AnyOperation) -> None:
    gate = shared_world.gate
    shapes: Any = codec(service, op.name)
    values = Values(shapes.model, seed=3)
    name = shapes.model.operations[op.name].input
    request = {} if name is None else values.of(name)
    call = Call(op=op, request_id="r", region="us-east-1")
    with gate.store.transaction(write=False) as tx:
        call.principal = root_principal(tx, ACCOUNT)
        context = gate.context(call, tx)
        assert op.keys is not None
        bare = Bare(f"arn:aws:{op.service}:us-east-1:{ACCOUNT}:x", ACCOUNT)
        with contextlib.suppress(ApiError):  # a request that contradicts itself may be refused
            op.keys(context, request, bare)
