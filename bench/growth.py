"""Whether a read costs more where there is more: parameters, and users with their policies."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec

import workload
from inside import AT_ONCE, Inside, inside, parsed
from lodekey.identity.records import ACCESS_KEYS, USERS
from lodekey.services.ssm.parameters import PARAMETERS
from lodekey.store.port import Transaction
from signing import SSM, signed

_HOT = 100
_TOGETHER = 5_000


def by_parameters(sizes: list[int]) -> dict[int, float]:
    """CPU microseconds of GetParameter (SecureString) among so many parameters."""
    found = {}
    with inside() as server:
        data = workload.prepare(server, people=True)  # type: ignore[arg-type]
        account = server.world.root.account
        with server.world.house.store.transaction(write=False) as tx:
            model = PARAMETERS.get(tx, account, "us-east-1", "/bench/p0")
        if model is None:
            raise RuntimeError
        there = _HOT

        def put(tx: Transaction, number: int) -> None:
            record = msgspec.structs.replace(model, name=f"/filler/{number:07d}")
            PARAMETERS.put(tx, account, "us-east-1", record.place, record=record)

        for size in sizes:
            _fill(server, range(there, size), put)
            there = max(there, size)
            bodies = ({"Name": f"/bench/p{n % _HOT}", "WithDecryption": True} for n in range(640))
            found[size] = _cost(server, bodies, data.caller)
    return found


def by_policies(sizes: list[int]) -> dict[int, float]:
    """CPU microseconds of GetParameter among so many users, each with a policy of its own."""
    found = {}
    with inside() as server:
        data = workload.prepare(server, people=True)  # type: ignore[arg-type]
        account = server.world.root.account
        with server.world.house.store.transaction(write=False) as tx:
            user = USERS.get(tx, account, "reader")
            key = ACCESS_KEYS.get(tx, data.caller[0])
        if user is None or key is None:
            raise RuntimeError
        policy = json.loads(next(iter(user.inline.values())))
        there = 0

        def put(tx: Transaction, number: int) -> None:
            name = f"u{number:06d}"
            own = {**policy, "Statement": [*policy["Statement"], _own(account, name)]}
            access = f"LKIA{number:016d}"
            USERS.put(
                tx,
                account,
                name,
                record=msgspec.structs.replace(
                    user,
                    name=name,
                    id=f"AIDA{number:016d}",
                    inline={"own": json.dumps(own)},
                    access_keys=(access,),
                ),
            )
            fresh = msgspec.structs.replace(key, id=access, user=name)
            ACCESS_KEYS.put(tx, access, record=fresh)

        for size in sizes:
            _fill(server, range(there, size), put)
            there = size
            requests = []
            for caller in range(10):
                keys = (f"LKIA{caller * (size // 10):016d}", key.secret)
                body = {"Name": f"/bench/p{caller}", "WithDecryption": True}
                requests += signed(server, SSM, "GetParameter", [body] * AT_ONCE, keys)  # type: ignore[arg-type]
            found[size] = server.cost([parsed(raw) for raw in requests])
    return found


def _own(account: str, name: str) -> dict[str, str]:
    resource = f"arn:aws:ssm:us-east-1:{account}:parameter/home/{name}/*"
    return {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": resource}


def _fill(server: Inside, numbers: range, put: object) -> None:
    store = server.world.house.store
    for start in range(numbers.start, numbers.stop, _TOGETHER):
        with store.transaction(write=True) as tx:
            for number in range(start, min(start + _TOGETHER, numbers.stop)):
                put(tx, number)  # type: ignore[operator]


def _cost(server: Inside, bodies: Iterator[dict[str, object]], keys: tuple[str, str]) -> float:
    requests = signed(server, SSM, "GetParameter", bodies, keys)  # type: ignore[arg-type]
    return server.cost([parsed(raw) for raw in requests])
