"""Values of unknown context keys worth trying: those that the policies themselves speak of.

For each key: that it is absent; every value that a condition names, with wildcards filled in; for
numbers, dates and addresses something on the other side; and one value that nobody names. A key
that stands in a variable may take any value that another key is compared with, or a piece of the
resource's name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from lodekey.policy.actions import is_multi_valued
from lodekey.policy.conditions import Condition, split_operator
from lodekey.policy.keys import Value
from lodekey.policy.operators import network, number
from lodekey.policy.patterns import has_variables
from lodekey.policy.statement import Statement, keys_of_resource

OTHER = "x"
_OTHERS: dict[str, tuple[str, ...]] = {
    "Numeric": ("0", "999999999"),
    "Date": ("1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    "Bool": ("true", "false"),
    "Ip": ("192.0.2.1", "2001:db8::1"),
    "NotIp": ("192.0.2.1", "2001:db8::1"),
    "Arn": ("arn:aws:x:x:x:x",),
}


def assignments(
    statements: Sequence[Statement], keys: Sequence[str], resource: str, most: int
) -> Iterator[dict[str, Value]]:
    """At most *most* ways to give values to *keys*; an absent key has none.

    Args:
        statements: Those whose outcome depends on the keys.
        keys: Lower-case names.
        resource: What is asked for.
        most: How many to yield at most.
    """
    conditions = [each for statement in statements for each in statement.conditions]
    through = {key for statement in statements for key in keys_of_resource(statement)}
    through.update(key for condition in conditions for key in condition.reads)
    candidates = [_candidates(key, conditions, resource if key in through else "") for key in keys]
    for values in itertools.islice(itertools.product(*candidates), most):
        yield {key: value for key, value in zip(keys, values, strict=True) if value is not None}


def _candidates(key: str, conditions: Sequence[Condition], resource: str) -> list[Value | None]:
    own = [condition for condition in conditions if condition.key == key]
    texts: dict[str, None] = {}
    for condition in own if not resource else conditions:
        texts.update(dict.fromkeys(_values(condition)))
    if resource:
        texts.update(dict.fromkeys(piece for piece in re.split(r"[:/]", resource) if piece))
    texts[OTHER] = None
    if is_multi_valued(key) or any(split_operator(each.operator)[0] for each in own):
        several = tuple(texts)
        return [*((text,) for text in several), several, None]
    return [*texts, None]


def _values(condition: Condition) -> Iterator[str]:
    """What a condition names, with wildcards filled in, and something on the other side."""
    base = split_operator(condition.operator)[1]
    for text in condition.wanted:
        if has_variables(text):
            continue
        if base.endswith("IpAddress"):
            if (range_ := network(text)) is not None:
                yield str(range_.network_address)
        else:
            yield text.replace("*", OTHER).replace("?", OTHER)
        if base.startswith("Numeric") and (value := number(text)) is not None:
            yield from (str(value - 1), str(value + 1))
    for family, others in _OTHERS.items():
        if base.startswith(family):
            yield from others
