"""What an operator decided about this server, as far as rooms need to know."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One server's settings.

    Args:
        data: The directory that holds the store, the trail, code and keys.
        region: The region of requests that name none.
        account: The first account's id, 12 digits.
        database: A PostgreSQL connection string; empty: a file in the data directory.
        endpoint: The URL under which functions reach this server.
        dev: Magic test credentials and Reset are on; loopback only.
        secure_loopback: Whether ``aws:SecureTransport`` is true on a loopback bind without TLS.
        functions: How function code is confined: ``sandbox``, ``unsafe`` or ``off``.
        functions_may_reach: Pairs of host and port beside this server, as the operator wrote them.
        clock: Seconds since the epoch; tests move it.
        wall: The clock that signatures are checked against; real time even in tests.
        max_body: The longest request body taken, bytes.
        longest_put: The longest body of one PutObject or UploadPart, bytes. AWS's is the default:
            https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
        worker: Which of several processes on the same data this is; 0 does the house's work.
    """

    data: Path
    region: str = "us-east-1"
    account: str = ""
    database: str = ""
    endpoint: str = ""
    dev: bool = False
    secure_loopback: bool = True
    functions: str = "sandbox"
    functions_may_reach: tuple[str, ...] = ()
    clock: Callable[[], float] = time.time
    wall: Callable[[], float] = time.time
    max_body: int = 16 * 1024 * 1024
    longest_put: int = 5 * 1024**3
    worker: int = 0
