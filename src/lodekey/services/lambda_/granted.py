"""What functions may reach beside this server: pairs of host and port that the operator grants.

A grant is written ``[ARN@][NAME:PORT=]HOST:PORT``. The function connects to the first pair, which
leads to a listening socket on its own loopback; the server, which answers there, connects to the
second. Each name has a loopback address of its own, so that the port of one is not open under
another. ``ARN``, in which ``*`` and ``?`` stand for anything, says which functions may.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from itertools import count
from typing import NamedTuple

from lodekey.identity.accounts import SetupError
from lodekey.services.lambda_.sandbox import (
    EXTENSION_PORT,
    LOOPBACK,
    LOWEST_PORT,
    RUNTIME_PORT,
    inner_port,
    is_name,
)

MOST_GRANTS = 64
"""Of one server: each is a listening socket of every execution environment."""

FIRST_ADDRESS = ipaddress.IPv4Address("127.77.0.1")

_PAIR = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+)):(?P<port>\d{1,5})")


class BadGrant(SetupError):
    """A grant that cannot be kept; the text says why."""


class Granted(NamedTuple):
    """One grant.

    Args:
        functions: A pattern of ARNs.
        name: The host as the function names it.
        port: The port as the function names it.
        host: The host that the server connects to.
        host_port: Its port.
        address: The loopback address that stands for the name in the function's own network.
    """

    functions: str
    name: str
    port: int
    host: str
    host_port: int
    address: str

    def is_for(self, arn: str) -> bool:
        """Whether the function with this unqualified ARN may."""
        return fnmatchcase(arn, self.functions)

    def __str__(self) -> str:
        """For the log."""
        shown, target = f"{self.name}:{self.port}", f"{self.host}:{self.host_port}"
        leads = "" if shown == target else f", which is {target}"
        return shown + leads + ("" if self.functions == "*" else f" ({self.functions} only)")


def read(texts: Iterable[str], endpoint: tuple[str, int]) -> tuple[Granted, ...]:
    """The grants that an operator wrote.

    Args:
        texts: As written.
        endpoint: Host and port of the server, whose place in the function's network is taken.

    Raises:
        BadGrant: One cannot be kept.
    """
    taken = {(LOOPBACK, RUNTIME_PORT), (LOOPBACK, EXTENSION_PORT)}
    taken.add((LOOPBACK, inner_port(endpoint[1])))
    addresses = {"localhost": LOOPBACK, endpoint[0].lower(): LOOPBACK}
    parts = [_parts(text) for text in texts]
    literals = {name for _, name, *_ in parts if not is_name(name)}
    free = _free_addresses(literals)
    found: dict[tuple[str, str, int], Granted] = {}
    for functions, name, port, host, host_port in parts:
        if is_name(name):
            address = addresses.setdefault(name, "") or next(free)
            addresses[name] = address
        else:
            address = name
        if (address, port) in taken:
            raise BadGrant(f"`{name}:{port}` is this server's own place in a function's network")
        granted = Granted(functions, name, port, host, host_port, address)
        same = found.setdefault((functions, address, port), granted)
        if (same.host, same.host_port) != (host, host_port):
            raise BadGrant(f"`{name}:{port}` is granted twice, and leads to different places")
    if len(found) > MOST_GRANTS:
        raise BadGrant(f"{len(found)} grants are more than the {MOST_GRANTS} that a server keeps")
    return tuple(found.values())


def _parts(text: str) -> tuple[str, str, int, str, int]:
    """The pattern, the pair as the function names it, and the pair that it leads to."""
    functions, at, pairs = text.rpartition("@")
    if at and not functions.startswith("arn:"):
        raise BadGrant(f"`{functions}` in `{text}` is not the ARN of a function")
    shown, leads, target = pairs.partition("=")
    host, host_port = _pair(target if leads else shown, text)
    name, port = _pair(shown, text)
    if not is_name(name) and ipaddress.ip_address(name) not in ipaddress.ip_network("127.0.0.0/8"):
        raise BadGrant(
            f"a function's network has no address `{name}`: give it a name, "
            f"such as `database.internal:{port}={pairs.rpartition('=')[2]}`"
        )
    if port < LOWEST_PORT and os.geteuid() != 0:
        raise BadGrant(
            f"port {port} of a function's own network is for root to open: give it another, "
            f"such as `{name}:{port + 8000}={pairs.rpartition('=')[2]}`"
        )
    return functions or "*", name, port, host, host_port


def _pair(text: str, whole: str) -> tuple[str, int]:
    """A host and a port; names in lower case."""
    match = _PAIR.fullmatch(text)
    if match is None:
        raise BadGrant(f"`{whole}` is not `HOST:PORT`")
    host, port = (match["six"] or match["host"]).lower(), int(match["port"])
    if not 0 < port < 65536:
        raise BadGrant(f"there is no port {port}")
    if match["six"] and is_name(host):
        raise BadGrant(f"`{host}` is not an address")
    return host, port


def _free_addresses(literals: set[str]) -> Iterator[str]:
    """Loopback addresses that nobody wrote down."""
    for step in count():
        address = str(FIRST_ADDRESS + step)
        if address not in literals:
            yield address


def hosts_lines(granted: Iterable[Granted]) -> list[str]:
    """The lines of ``/etc/hosts`` that lead each name to its address."""
    known = {each.name: each.address for each in granted if is_name(each.name)}
    return [f"{address} {name}" for name, address in known.items() if name != "localhost"]


def of_function(granted: Iterable[Granted], arn: str) -> dict[tuple[str, int], tuple[str, int]]:
    """Where the function with the unqualified *arn* may go, by inner address and port.

    Where several grants have one name and port, the first that is for the function counts.
    """
    found: dict[tuple[str, int], tuple[str, int]] = {}
    for each in granted:
        if each.is_for(arn):
            found.setdefault((each.address, each.port), (each.host, each.host_port))
    return found
