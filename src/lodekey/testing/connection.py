"""Calls of the server's own service over one connection that stays open."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import threading
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

TARGET = "Lodekey_20261101"
TIMEOUT = 30  # seconds


class Refused(Exception):
    """The server answered with an error.

    Args:
        code: The error's name.
        message: What it says.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Connection:
    """One connection, for one thread at a time.

    Args:
        endpoint: The server's URL.
        credentials: Who calls.
    """

    def __init__(self, endpoint: str, credentials: ReadOnlyCredentials) -> None:
        self._url = endpoint.rstrip("/") + "/"
        self._signer = SigV4Auth(credentials, "lodekey", "us-east-1")
        self._turn = threading.Lock()
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
        self._http: http.client.HTTPConnection
        if parts.scheme == "https":
            trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
            self._http = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=trusted)
        else:
            self._http = http.client.HTTPConnection(host, port, timeout=TIMEOUT)

    def call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call one operation.

        Raises:
            Refused: The server's answer is an error.
            OSError: No server answers there.
            http.client.HTTPException: What answers there does not speak HTTP.
        """
        body = json.dumps(request).encode()
        signed = AWSRequest("POST", self._url, data=body)
        signed.headers["Content-Type"] = "application/x-amz-json-1.1"
        signed.headers["X-Amz-Target"] = f"{TARGET}.{operation}"
        self._signer.add_auth(signed)
        with self._turn:
            status, text = self._exchange(dict(signed.headers.items()), body)
        answer: dict[str, Any] = json.loads(text or b"{}")
        if status != 200:
            raise Refused(str(answer.get("__type", status)), str(answer.get("message", "")))
        return answer

    def _exchange(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Send a request; once more on a new connection, if the server closed the one there was."""
        was_open = self._http.sock is not None
        try:
            return self._once(headers, body)
        except (ConnectionError, http.client.RemoteDisconnected):
            self._http.close()
            if not was_open:
                raise
        return self._once(headers, body)

    def _once(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        self._http.request("POST", "/", body, headers)
        with self._http.getresponse() as answer:
            return answer.status, answer.read()

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()
