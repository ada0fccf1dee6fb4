"""What a function's process can see and do, found out from inside: run in the sandbox at start.

This file runs by itself, under ``python -I -S``; it prints one line of JSON: for each layer of the
sandbox, whether it holds.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable
from functools import partial

PATIENCE = 5.0
"""Seconds for process 1 of the sandbox to come under the filter."""


def refused(attempt: Callable[[], object]) -> bool:
    """Whether the system refuses *attempt*."""
    try:
        attempt()
    except OSError:
        return True
    return False


def status(process: str = "self") -> dict[str, str]:
    """The kernel's words about a process."""
    with open(f"/proc/{process}/status") as file:  # noqa: PTH123 - pathlib is slow to import
        lines = [line.partition(":") for line in file]
    return {name: value.strip() for name, _, value in lines}


def own_processes() -> bool:
    """Whether nobody else's processes are in sight."""
    return sum(name.isdigit() for name in os.listdir("/proc")) <= 3  # noqa: PTH208


def own_network() -> bool:
    """Whether the loopback is the only network, and only the three ports answer."""
    with open("/proc/net/dev") as file:  # noqa: PTH123
        names = [line.split(":")[0].strip() for line in file if ":" in line]
    return set(names) <= {"lo"}


def own_files() -> bool:
    """Whether nothing can be written but ``/tmp``, and little is there."""
    refusals = [
        refused(partial(os.mkdir, path + "/probe"))
        for path in ("", "/usr", "/etc", "/var", "/var/task", "/dev")
    ]
    return all(refusals) and not {"sys", "home", "work", "srv"} & set(os.listdir("/"))  # noqa: PTH208


def filtered() -> bool:
    """Whether the filter is on, here and for process 1, and refuses sockets that reach out."""
    families = [16, 40]  # AF_NETLINK, AF_VSOCK
    raws = [refused(partial(socket.socket, each, socket.SOCK_DGRAM)) for each in families]
    return all(is_under_filter(each) for each in ("self", "1")) and all(raws)


def is_under_filter(process: str) -> bool:
    """Whether a process is under the filter; process 1 takes it beside us, and is waited for.

    On a busy machine it may come to that later than we come here.
    """
    deadline = time.monotonic() + PATIENCE
    while status(process).get("Seccomp") != "2":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def powerless() -> bool:
    """Whether there are no capabilities, and none can be gained."""
    words = status()
    return int(words["CapEff"], 16) == 0 and words.get("NoNewPrivs") == "1" and os.getuid() != 0


def blind() -> bool:
    """Whether process 1 keeps its environment and memory to itself."""
    leaks = False
    for name in ("environ", "mem"):
        try:
            with open(f"/proc/1/{name}", "rb") as file:  # noqa: PTH123
                leaks = leaks or bool(file.read(1))
        except OSError:
            continue
    return not leaks


def main() -> None:
    """Try every layer."""
    layers = {
        "processes": own_processes,
        "network": own_network,
        "files": own_files,
        "filter": filtered,
        "capabilities": powerless,
        "tracing": blind,
    }
    print(json.dumps({name: holds() for name, holds in layers.items()}))  # noqa: T201


if __name__ == "__main__":
    main()
