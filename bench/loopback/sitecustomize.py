"""For servers that would listen on every address: on this machine's own alone."""

from __future__ import annotations

import socket
from typing import Any

_bind = socket.socket.bind


def bind(self: socket.socket, address: Any) -> None:
    """Bind to loopback where every address was asked for."""
    if isinstance(address, tuple) and address[0] in ("", "0.0.0.0"):
        address = ("127.0.0.1", *address[1:])
    _bind(self, address)


socket.socket.bind = bind  # type: ignore[method-assign]
