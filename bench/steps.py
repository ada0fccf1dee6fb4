"""Where the time of one request goes, step by step, in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import workload
from inside import AT_ONCE, Inside, best, inside, parsed
from lodekey.app.http_limits import Limits
from lodekey.app.http_reader import Reader
from lodekey.app.http_writer import written
from lodekey.gate import authorize, door
from lodekey.gate.record import event_of
from lodekey.wire import sigv4

_CALLS = 2_000


def breakdown() -> dict[str, dict[str, float]]:
    """CPU microseconds of each step, for a few operations."""
    with inside() as server:
        data = workload.prepare(server, people=True)  # type: ignore[arg-type]
        wanted = ("Decrypt", "GetParameter (SecureString)", "GetSecretValue")
        found = {}
        for operation in workload.operations(data):
            if operation.title in wanted:
                raw = operation.requests(server, data, 1)[0]  # type: ignore[arg-type]
                found[operation.title] = _steps(server, raw)
        return found


def _steps(server: Inside, raw: bytes) -> dict[str, float]:
    gate = server.world.gate
    http = parsed(raw)
    call = door.open_call(gate, http)
    whole = server.cost([http] * AT_ONCE * 20)
    with gate.store.transaction(write=False) as tx:
        door.believe_and_fit(gate, tx, call)
        ctx = gate.context(call, tx)
        resource = call.op.on(ctx, call.request)
        result = call.op.run(ctx, call.request, resource)
        principal, claim = call.principal, call.claim
        if principal is None or claim is None:
            raise RuntimeError(call)
        _, secret = door._believe(gate, tx, claim)  # noqa: SLF001

        def decide() -> None:
            if authorize.refused(ctx, call.op, call.request, resource) is not None:
                raise RuntimeError(call)

        def decide_anew() -> None:
            principal.memo.clear()
            decide()

        def run() -> None:
            ctx.after.clear()
            ctx.events.clear()
            call.op.run(ctx, call.request, resource)

        service = call.codec.signing_name
        now = gate.settings.wall()
        event = event_of(ctx, call.op, call.request, result, [resource], [], None)
        response = call.codec.write(result, call.request_id)
        steps: dict[str, Callable[[], Any]] = {
            "HTTP read": lambda: _reader().feed(raw),
            "route, claim": lambda: door.open_call(gate, http),
            "signature": lambda: sigv4.verify(http, claim, secret, now, service=service),
            "principal": lambda: door._believe(gate, tx, claim),  # noqa: SLF001
            "fit": lambda: call.codec.read(http, call.captures),
            "find": lambda: call.op.on(ctx, call.request),
            "decide anew": decide_anew,
            "decide, as decided before": decide,
            "run (with what it calls)": run,
            "event": lambda: event_of(ctx, call.op, call.request, result, [resource], [], None),
            "answer": lambda: door.answer(call),
            "HTTP write": lambda: written(response),
        }
        call.result = result
        costs = {
            name: best(lambda work=work: [work() for _ in range(_CALLS)], _CALLS)
            for name, work in steps.items()
        }
    frame = [event] * AT_ONCE
    sealing = best(lambda: [gate.trail.append(frame) for _ in range(100)], 100 * AT_ONCE)
    return {**costs, "seal and write the event": sealing, "all but HTTP, in batches of 32": whole}


def _reader() -> Reader:
    return Reader(
        Limits(),
        "127.0.0.1",
        secure=False,
        deliver=lambda *_: None,
        expects=lambda: None,
        hold=lambda _: None,
    )
