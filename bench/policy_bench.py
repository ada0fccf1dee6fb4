"""What a decision costs: five policies of five statements, warm.

    python bench/policy_bench.py [--json]

The figures are microseconds of CPU time for one decision, the best of several rounds: other
processes on the machine can only make a round slower.
"""

import json
import sys
import time
from collections.abc import Callable

from lodekey.policy.ask import UNGUARDED, Ask, Caller, Decision, Guard
from lodekey.policy.document import parse
from lodekey.policy.evaluate import decide
from lodekey.policy.explain import explain

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEYS = {
    "kms:viaservice": "ssm.us-east-1.amazonaws.com",
    "aws:principalarn": USER,
    "aws:username": "alice",
}
BUDGET = 5.0


def policy(number: int, last: dict[str, object]) -> str:
    """Five statements: four about other things, then *last*."""
    statements: list[dict[str, object]] = [
        {
            "Sid": f"S{each}",
            "Effect": "Allow" if each else "Deny",
            "Action": [f"ssm:Get*{each}", f"secretsmanager:*{number}", "logs:PutLogEvents"],
            "Resource": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/{number}/{each}/*",
            "Condition": {"StringEquals": {"aws:username": ["alice", "bob"]}},
        }
        for each in range(4)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements, last]})


def caller(last: dict[str, object]) -> Caller:
    """A user with five policies, the fifth of which ends in *last*."""
    other: dict[str, object] = {
        "Effect": "Allow",
        "Action": "kms:Encrypt",
        "Resource": f"{KEY[:-4]}*",
    }
    texts = [policy(number, other) for number in range(4)] + [policy(4, last)]
    documents = tuple(parse(text, name=f"p{at}") for at, text in enumerate(texts))
    return Caller(
        kind="user", arn=USER, account=ACCOUNT, direct=frozenset({USER}), identity=documents
    )


def cases() -> dict[str, tuple[Ask, Guard]]:
    """The requests that are measured."""
    allow: dict[str, object] = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": f"{KEY[:-4]}*",
    }
    through = allow | {
        "Condition": {"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}
    }
    delegating = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
    }
    key = Guard(policy=parse(json.dumps(delegating), name="key", kind="key"), style="key")

    def ask(last: dict[str, object], action: str = "kms:Decrypt") -> Ask:
        return Ask(caller(last), action, KEY, ACCOUNT, lambda: KEYS)

    return {
        "5 policies of 5 statements, allowed": (ask(allow), UNGUARDED),
        "5 policies of 5 statements, a condition": (ask(through), UNGUARDED),
        "5 policies of 5 statements, denied": (ask(allow, "kms:Sign"), UNGUARDED),
        "the same with a condition and a key policy": (ask(through), key),
    }


def best(call: Callable[[], object], *, rounds: int = 15, calls: int = 20_000) -> float:
    """Microseconds of CPU time of one call, in the best round."""
    found = float("inf")
    for _ in range(rounds):
        started = time.process_time()
        for _ in range(calls):
            call()
        found = min(found, time.process_time() - started)
    return found / calls * 1e6


def measure() -> dict[str, float]:
    """All figures by name."""
    found: dict[str, float] = {}
    for name, (ask, guard) in cases().items():
        expected = not name.endswith("denied")
        if decide(ask, guard).allowed is not expected:
            raise AssertionError(name)

        def call(ask: Ask = ask, guard: Guard = guard) -> Decision:
            return decide(ask, guard)

        found[name] = round(best(call), 2)
    ask, guard = cases()["the same with a condition and a key policy"]
    found["its explanation"] = round(best(lambda: explain(ask, guard), rounds=3, calls=500), 1)
    return found


def main() -> None:
    """Print the figures; fail where a decision is over the budget."""
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    for name, cost in found.items():
        print(f"{cost:8.2f} µs  {name}")
    if max(cost for name, cost in found.items() if name.startswith("5")) > BUDGET:
        sys.exit(f"over the budget of {BUDGET} µs")


if __name__ == "__main__":
    main()
