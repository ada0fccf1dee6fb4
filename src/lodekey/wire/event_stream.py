"""The event stream encoding: typed messages in one body.

Source: https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from lodekey.wire.models import Model, Shape

LONGEST_CHUNK = 1 << 20
_encode = msgspec.json.Encoder().encode


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message."""
    head = b"".join(
        bytes([len(name)])
        + name.encode()
        + b"\x07"
        + struct.pack(">H", len(value))
        + value.encode()
        for name, value in headers.items()
    )
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


class EventWriter:
    """Writes the events of one shape."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self._payloads: dict[str, str] = {}
        for name, member in shape.members.items():
            event = model.shape(member)
            payloads = [word for word, part in event.members.items() if part.eventpayload]
            self._payloads[name] = payloads[0] if payloads else ""

    def write(self, events: Iterable[Mapping[str, Any]]) -> bytes:
        """All *events*, each a dict of one member, one after the other."""
        return b"".join(self._event(*entry) for event in events for entry in event.items())

    def _event(self, name: str, value: Mapping[str, Any]) -> bytes:
        headers = {":message-type": "event", ":event-type": name}
        word = self._payloads[name]
        if not word:
            return message(headers | {":content-type": "application/json"}, _encode(value))
        headers[":content-type"] = "application/octet-stream"
        data = value.get(word, b"")
        starts = range(0, len(data) or 1, LONGEST_CHUNK)
        return b"".join(message(headers, data[at : at + LONGEST_CHUNK]) for at in starts)
