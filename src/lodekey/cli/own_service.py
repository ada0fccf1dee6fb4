"""Call the server's own service: signed, over a bare socket, with nothing slow to import.

This is for the operator's words alone (``account create`` by the hundred in test suites). Whatever
speaks to AWS or for an application goes through boto3.
"""

from __future__ import annotations

import _socket
import os
import time

from lodekey.app import slim
from lodekey.app.traces import read_credentials, read_running

TYPE_CHECKING = False  # typing itself takes five milliseconds to import
if TYPE_CHECKING:
    from typing import Any, Protocol

    from lodekey.app.traces import Directory

    class Wire(Protocol):
        """A socket, bare or wrapped."""

        def sendall(self, data: bytes, /) -> None:
            """Send it all."""

        def recv(self, size: int, /) -> bytes:
            """Take what is there."""


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


class Foreign(Exception):
    """What answers is no lodekey server."""


def call(data: Directory, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call one operation of the server that runs over *data*.

    The credentials are those of the environment where it has any, else the root's that the first
    start left in the data directory.

    Raises:
        Unreachable: There is no server, or no credentials for it.
        Refused: The server's answer is an error.
        Foreign: What answers is no lodekey server.
    """
    running = read_running(data)
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or (running or {}).get("endpoint")
    if endpoint is None:
        raise Unreachable(f"no server was started with the data directory `{data}`")
    return call_at(endpoint, _credentials(data), operation, request)


def call_at(
    endpoint: str, credentials: tuple[str, str, str], operation: str, request: dict[str, Any]
) -> dict[str, Any]:
    """Call one operation at an endpoint.

    Args:
        endpoint: Its URL.
        credentials: Access key, secret, and session token (empty: none).
        operation: The operation's name.
        request: Its members.

    Raises:
        Unreachable: Nobody answers.
        Refused: The answer is an error.
        Foreign: What answers is no lodekey server.
    """
    secure, host = endpoint.startswith("https"), endpoint.partition("://")[2].rstrip("/")
    body = slim.dumps(request).encode()
    head = _signed_head(host, f"{TARGET}.{operation}", body, *credentials)
    status, answer = _exchange(host, secure=secure, message=head + body)
    try:
        parsed = slim.loads(answer.decode() or "{}")
    except ValueError:
        parsed = {}
    if status != 200 and not _is_ours(host, secure=secure):
        raise Foreign(f"`{endpoint}` is no lodekey server")
    if status != 200:
        raise Refused(str(parsed.get("__type", status)), str(parsed.get("message", "")))
    return parsed


def _is_ours(host: str, *, secure: bool) -> bool:
    """Whether a lodekey server answers there; asked only where an answer is an error."""
    head = f"GET /_lodekey/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    status, answer = _exchange(host, secure=secure, message=head.encode())
    return status in {200, 503} and b'"lodekey"' in answer


def _credentials(data: Directory) -> tuple[str, str, str]:
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
    canonical = f"POST\n/\n\n{lines}\n{names}\n{slim.hexdigest(body)}"
    scope = f"{moment[:8]}/us-east-1/lodekey/aws4_request"
    digest = slim.hexdigest(canonical.encode())
    signing = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        signing = slim.hmac(signing, part.encode())
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signature = slim.hmac(signing, to_sign.encode()).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return (
        f"POST / HTTP/1.1\r\n{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode()


def _exchange(host: str, *, secure: bool, message: bytes) -> tuple[int, bytes]:
    name, _, port = host.rpartition(":") if ":" in host.rpartition("]")[2] else (host, "", "")
    where = (name.strip("[]"), int(port) if port else (443 if secure else 80))
    try:
        return _exchange_sealed(where, message) if secure else _exchange_plain(where, message)
    except OSError as error:
        raise Unreachable(f"no server answers at `{host}`: {error}") from error


def _exchange_plain(where: tuple[str, int], message: bytes) -> tuple[int, bytes]:
    """Over the socket underneath `socket`, which is slow to import; so is a name as a text."""
    failed = OSError("it has no address")
    for family, kind, protocol, _, address in _socket.getaddrinfo(
        where[0].encode(), where[1], 0, _socket.SOCK_STREAM
    ):
        plain = _socket.socket(family, kind, protocol)
        try:
            plain.settimeout(30)
            plain.connect(address)
            return _talk(plain, message)
        except OSError as error:
            failed = error
        finally:
            plain.close()
    raise failed


def _exchange_sealed(where: tuple[str, int], message: bytes) -> tuple[int, bytes]:
    import socket  # noqa: PLC0415 - half the start-up of a plain call
    import ssl  # noqa: PLC0415

    context = ssl.create_default_context()
    with (
        socket.create_connection(where, timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=where[0]) as wrapped,
    ):
        return _talk(wrapped, message)


def _talk(connection: Wire, message: bytes) -> tuple[int, bytes]:
    connection.sendall(message)
    parts = []
    while piece := connection.recv(65536):
        parts.append(piece)
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1:2]
    if not status:
        raise OSError("the answer is not HTTP")
    return int(status[0]), body
