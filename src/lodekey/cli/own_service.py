"""Call the server's own service: signed, over a bare socket, with nothing slow to import.

This is for the operator's words alone (``account create`` by the hundred in test suites). Whatever
speaks to AWS or for an application goes through boto3.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import time
from pathlib import Path

from lodekey.app.place import read_credentials, read_running

TYPE_CHECKING = False  # typing itself takes five milliseconds to import
if TYPE_CHECKING:
    from typing import Any

TARGET = "Lodekey_20261101"


class Unreachable(Exception):
    """No server answers there."""


class Refused(Exception):
    """The server answered with an error.

    Args:
        code: The error's name.
        message: What it says.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def call(data: Path, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call one operation of the server that runs over *data*.

    The credentials are those of the environment where it has any, else the root's that the first
    start left in the data directory.

    Raises:
        Unreachable: There is no server, or no credentials for it.
        Refused: The server's answer is an error.
    """
    running = read_running(data)
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or (running or {}).get("endpoint")
    if endpoint is None:
        raise Unreachable(f"no server was started with the data directory `{data}`")
    key, secret, token = _credentials(data)
    secure, host = endpoint.startswith("https"), endpoint.partition("://")[2].rstrip("/")
    body = json.dumps(request).encode()
    head = _signed_head(host, f"{TARGET}.{operation}", body, key, secret, token)
    status, answer = _exchange(host, secure=secure, message=head + body)
    parsed: dict[str, Any] = json.loads(answer or b"{}")
    if status != 200:
        raise Refused(str(parsed.get("__type", status)), str(parsed.get("message", "")))
    return parsed


def _credentials(data: Path) -> tuple[str, str, str]:
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    key, secret, token = (os.environ.get(name, "") for name in names)
    if key and secret:
        return key, secret, token
    kept = read_credentials(data)
    if kept is None:
        raise Unreachable(f"no credentials: none in the environment and none in `{data}`")
    return kept.access_key_id, kept.secret_access_key, ""


def _signed_head(host: str, target: str, body: bytes, key: str, secret: str, token: str) -> bytes:
    """The request's head with a Signature Version 4."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": moment,
        "x-amz-target": target,
    }
    if token:
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/us-east-1/lodekey/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    signing = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST / HTTP/1.1\r\n{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode()


def _exchange(host: str, *, secure: bool, message: bytes) -> tuple[int, bytes]:
    name, _, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "")
    address = (name.strip("[]"), int(port) if port else (443 if secure else 80))
    try:
        with socket.create_connection(address, timeout=30) as plain:
            if not secure:
                return _talk(plain, message)
            import ssl  # noqa: PLC0415 - half the start-up of a plain call

            context = ssl.create_default_context()
            with context.wrap_socket(plain, server_hostname=address[0]) as wrapped:
                return _talk(wrapped, message)
    except OSError as error:
        raise Unreachable(f"no server answers at `{host}`: {error}") from error


def _talk(connection: socket.socket, message: bytes) -> tuple[int, bytes]:
    connection.sendall(message)
    parts = []
    while piece := connection.recv(65536):
        parts.append(piece)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not status:
        raise OSError("the answer is not HTTP")
    return int(status[0]), body
