"""What runs first in a function's process: the last steps before its runtime takes over.

This file runs by itself, inside the sandbox, under ``python -I -S``: it imports nothing of ours.
It reads a plan from the socket whose number is its argument, opens the ports that the function may
talk to *in the function's own network*, and hands the listening sockets to the server, which so
answers there without a process of its own inside. Then it takes the function's identity and limits,
and becomes the runtime. The plan (and with it the function's environment) comes over the socket so
that it is in no argument list, and in no environment but the runtime's own.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
from typing import Any


def read_plan(control: socket.socket) -> dict[str, Any]:
    """The plan: a length of four bytes, then JSON."""
    length = int.from_bytes(exactly(control, 4), "big")
    plan: dict[str, Any] = json.loads(exactly(control, length))
    return plan


def exactly(control: socket.socket, length: int) -> bytes:
    """Read *length* bytes.

    Raises:
        EOFError: The server went away.
    """
    chunks = []
    while length:
        chunk = control.recv(length)
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        length -= len(chunk)
    return b"".join(chunks)


def open_ports(control: socket.socket, ports: list[tuple[str, int]]) -> None:
    """Listen on *ports* of this network's loopback, for the server to answer."""
    listeners = []
    for address, port in ports:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(128)
        listeners.append(listener)
    socket.send_fds(control, [b"ports"], [each.fileno() for each in listeners])
    for listener in listeners:
        listener.close()


def take_identity(user: int) -> None:
    """Become *user*, for good, with no other groups; zero: stay."""
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def take_limits(limits: dict[str, list[int]]) -> None:
    """Lower the limits; a hard limit that is lower already stays."""
    for name, pair in limits.items():
        which = getattr(resource, name)
        most = resource.getrlimit(which)[1]
        if most != resource.RLIM_INFINITY:
            pair = [min(each, most) for each in pair]  # noqa: PLW2901
        resource.setrlimit(which, (pair[0], pair[1]))


def be_taken_first() -> None:
    """Where the machine runs out of memory, let the kernel take functions before the server."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - slow to import
            file.write("1000")
    except OSError:
        return


def die_with_parent() -> None:
    """Be killed when the server ends; inside the sandbox bubblewrap sees to it."""
    import ctypes  # noqa: PLC0415 - slow to import, and only needed without a sandbox

    ctypes.CDLL(None).prctl(1, 9, 0, 0, 0)


def main() -> None:
    """Follow the plan."""
    control = socket.socket(fileno=int(sys.argv[1]))
    plan = read_plan(control)
    if plan["ports"]:
        open_ports(control, plan["ports"])
    control.close()
    if plan["die_with_parent"]:
        die_with_parent()
    be_taken_first()
    take_identity(plan["user"])
    take_limits(plan["limits"])
    os.umask(0o022)
    os.chdir(plan["directory"])
    keep = {0, 1, 2, *plan["keep"]}
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib is slow to import
        if int(name) not in keep:
            try:
                os.close(int(name))
            except OSError:
                continue
    command = plan["command"]
    os.execve(command[0], command, plan["environment"])  # noqa: S606 - this is the point


if __name__ == "__main__":
    main()
