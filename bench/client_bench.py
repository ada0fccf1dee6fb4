"""What the client's reads cost: a cached one, and a cold one beside boto3's own.

Run against a server: ``eval "$(lodekey env)"; python bench/client_bench.py``.
"""

from __future__ import annotations

import statistics
import time
import timeit
from collections.abc import Callable

import boto3

from lodekey import Values
from lodekey.client.connection import Connection
from lodekey.client.places import parse
from lodekey.client.stores import Stores

NAME = "ssm:/bench/value"
ROUNDS = 300


def cached(values: Values) -> float:
    """Nanoseconds of one cached read."""
    values[NAME]
    number = 200_000
    return min(timeit.repeat(lambda: values[NAME], number=number, repeat=5)) / number * 1e9


def processor(read: Callable[[], object]) -> float:
    """Microseconds of processor time of one read."""
    for _ in range(20):
        read()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        read()
        spent.append(time.process_time_ns() - began)
    return statistics.median(spent) / 1e3


def main() -> None:
    """Measure, and say what was measured."""
    values = Values()
    Stores(Connection()).put(parse(NAME), "x" * 40)
    ssm = boto3.client("ssm")

    def cold() -> None:
        values.forget()
        values[NAME]

    ours = processor(cold)
    theirs = processor(lambda: ssm.get_parameter(Name="/bench/value", WithDecryption=True))
    print(f"cached read        {cached(values):8.0f} ns")
    print(f"cold read, CPU     {ours:8.0f} us")
    print(f"boto3's own, CPU   {theirs:8.0f} us")


if __name__ == "__main__":
    main()
