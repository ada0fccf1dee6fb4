"""Raw requests, signed ahead: each with a date, an invocation id and a signature of its own."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from servers import REGION, Server

USER_AGENT = (
    "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.7 "
    "md/pyimpl#CPython m/Z,b,D,N cfg/retry-mode#standard Botocore/1.43.11"
)


_now = [dt.datetime(2026, 1, 1)]  # noqa: DTZ001 - as botocore has it: UTC without saying so


def _moment(*_: object, **__: object) -> dt.datetime:
    return _now[0]


class Kind(NamedTuple):
    """How a service's requests look on the wire."""

    service: str
    target: str
    version: str


KMS = Kind("kms", "TrentService", "1.1")
SSM = Kind("ssm", "AmazonSSM", "1.1")
SECRETS = Kind("secretsmanager", "secretsmanager", "1.1")


def signed(
    server: Server,
    kind: Kind,
    operation: str,
    bodies: Iterable[dict[str, Any]],
    keys: tuple[str, str] | None = None,
) -> list[bytes]:
    """The raw requests of *operation*, one for each body."""
    access_key, secret = keys or server.keys
    signer = auth.SigV4Auth(Credentials(access_key, secret), kind.service, REGION)
    host = f"127.0.0.1:{server.port}"
    headers = {
        "Host": host,
        "X-Amz-Target": f"{kind.target}.{operation}",
        "Content-Type": f"application/x-amz-json-{kind.version}",
        "User-Agent": USER_AGENT,
    }
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    raw = []
    with mock.patch.object(auth, "get_current_datetime", new=_moment):
        for number, body in enumerate(bodies):
            when = now - dt.timedelta(seconds=number % 240)
            raw.append(_one(signer, when, f"http://{host}/", headers, json.dumps(body).encode()))
    return raw


def _one(
    signer: auth.SigV4Auth, when: dt.datetime, url: str, headers: dict[str, str], body: bytes
) -> bytes:
    own = {**headers, "amz-sdk-invocation-id": str(uuid.uuid4()), "amz-sdk-request": "attempt=1"}
    request = AWSRequest("POST", url, own, body)
    _now[0] = when
    signer.add_auth(request)
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    head = "\r\n".join(["POST / HTTP/1.1", *lines, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


Bodies = Callable[[int], dict[str, Any]]


def many(count: int, body: Bodies) -> list[dict[str, Any]]:
    """*count* bodies."""
    return [body(number) for number in range(count)]
