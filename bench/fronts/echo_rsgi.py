"""An RSGI application that reads a body and answers 400 bytes."""

from __future__ import annotations

from typing import Any


class App:
    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto != "http":
            return
        await protocol()
        protocol.response_bytes(200, [("content-type", "application/x-amz-json-1.1")], b"y" * 400)


app = App()
