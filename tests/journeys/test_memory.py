"""Reading does not make the server grow."""

from __future__ import annotations

import time
from pathlib import Path

from lodekey.app.jobs import FIRST_PAUSE
from running import Running

ROOMS_OPEN = FIRST_PAUSE + 3.0
"""Seconds in which the server opens the rooms that nobody asked for, each with its code."""


def resident(pid: int) -> int:
    """Resident memory of a process, KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def test_two_thousand_reads_do_not_grow_memory(tmp_path: Path) -> None:
    server = Running(tmp_path / "data")
    try:
        ssm, sm = server.client("ssm"), server.client("secretsmanager")
        ssm.put_parameter(Name="p", Value="v" * 1000, Type="SecureString")
        sm.create_secret(Name="s", SecretString="v" * 1000)

        def read(times: int) -> None:
            for _ in range(times):
                ssm.get_parameter(Name="p", WithDecryption=True)
                sm.get_secret_value(SecretId="s")

        assert server.process is not None
        time.sleep(ROOMS_OPEN)
        read(300)
        before = resident(server.process.pid)
        read(1000)
        assert resident(server.process.pid) - before < 3 * 1024
    finally:
        server.stop()
