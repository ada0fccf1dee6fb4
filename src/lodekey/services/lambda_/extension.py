"""The Parameters and Secrets extension: secrets over HTTP, on the function's loopback.

As on AWS it listens on port 2773, wants the session token in a header, asks as the function's role,
and keeps answers for a while. Here it needs no process of its own: the server answers.

Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_lambda.html
"""

from __future__ import annotations

import base64
import hmac
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from lodekey.errors import ApiError
from lodekey.services.lambda_.little_http import Asked, Connection

TOKEN_HEADER = "x-aws-parameters-secrets-token"  # noqa: S105 - the header's name
TTL_SECONDS = 300.0
MOST_KEPT = 1000

_SECRET = ("ARN", "CreatedDate", "Name", "SecretBinary", "SecretString", "VersionId")
_PARAMETER = (
    "ARN",
    "DataType",
    "LastModifiedDate",
    "Name",
    "Selector",
    "SourceResult",
    "Type",
    "Value",
    "Version",
)

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]


class Extension:
    """One execution environment's extension.

    Args:
        token: The session token that callers must know.
        call: For a service's name, what runs its operations as the function.
        spawn: Begins background work.
        clock: Seconds since the epoch.
        environment: The function's own variables; some set the cache.
    """

    def __init__(
        self,
        token: str,
        call: Callable[[str], Call],
        spawn: Callable[[Any], Any],
        clock: Callable[[], float],
        environment: Mapping[str, str],
    ) -> None:
        self._token = token.encode()
        self._call = call
        self._spawn = spawn
        self._clock = clock
        self._caching = environment.get(
            "PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "true"
        ).lower() not in {"false", "0"}
        self._most = whole(environment, "PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", MOST_KEPT)
        self._ttl = {
            "secretsmanager": whole(environment, "SECRETS_MANAGER_TTL", int(TTL_SECONDS)),
            "ssm": whole(environment, "SSM_PARAMETER_STORE_TTL", int(TTL_SECONDS)),
        }
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def serve(self, asked: Asked, connection: Connection) -> None:
        """Answer one request."""
        given = asked.headers.get(TOKEN_HEADER, "").encode("latin-1")
        if not hmac.compare_digest(given, self._token):
            connection.answer(403, b"Bad Token", content_type="text/plain")
            return
        if asked.method != "GET":
            connection.answer(405, b"Method not allowed", content_type="text/plain")
            return
        self._spawn(self._answer(asked, connection))

    async def _answer(self, asked: Asked, connection: Connection) -> None:
        query = dict(parse_qsl(asked.query, keep_blank_values=True))
        try:
            request = read_request(asked.path.rstrip("/"), query)
        except BadRequest as error:
            connection.answer(error.status, str(error).encode(), content_type="text/plain")
            return
        service, operation, parameters = request
        name = f"{service} {json.dumps(parameters, sort_keys=True)}"
        kept = None if query.get("refreshNow") == "true" else self._recall(name)
        if kept is not None:
            connection.answer(200, kept)
            return
        try:
            answer = await self._call(service)(operation, parameters)
        except ApiError as error:
            connection.answer_json(400, {"__type": error.code, "message": error.message})
            return
        except Exception:
            connection.answer(500, b"an unexpected error occurred", content_type="text/plain")
            raise
        body = shown(service, answer)
        self._remember(service, name, body)
        connection.answer(200, body)

    def _recall(self, name: str) -> bytes | None:
        until, body = self._kept.get(name, (0.0, b""))
        if self._clock() >= until:
            return None
        self._kept.move_to_end(name)
        return body

    def _remember(self, service: str, name: str, body: bytes) -> None:
        if not self._caching or self._most <= 0 or self._ttl[service] <= 0:
            return
        self._kept[name] = (self._clock() + self._ttl[service], body)
        self._kept.move_to_end(name)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


class BadRequest(Exception):
    """A request that is none of the extension's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def read_request(path: str, query: Mapping[str, str]) -> tuple[str, str, dict[str, Any]]:
    """The service, operation and request that a path and its query ask for.

    Raises:
        BadRequest: They ask for nothing that is offered.
    """
    if path == "/secretsmanager/get":
        if not query.get("secretId"):
            raise BadRequest(400, "secretId is required")
        request: dict[str, Any] = {"SecretId": query["secretId"]}
        for name, member in (("versionId", "VersionId"), ("versionStage", "VersionStage")):
            if query.get(name):
                request[member] = query[name]
        return "secretsmanager", "GetSecretValue", request
    if path == "/systemsmanager/parameters/get":
        name = query.get("name", "")
        if not name:
            raise BadRequest(400, "name is required")
        selector = query.get("version") or query.get("label")
        request = {"Name": f"{name}:{selector}" if selector else name}
        if query.get("withDecryption", "").lower() == "true":
            request["WithDecryption"] = True
        return "ssm", "GetParameter", request
    raise BadRequest(404, "not found")


def shown(service: str, answer: Mapping[str, Any]) -> bytes:
    """An answer as the extension writes it: every member there, what is absent null."""
    if service == "secretsmanager":
        body = {name: plain(answer.get(name)) for name in _SECRET}
        body["VersionStages"] = answer.get("VersionStages")
    else:
        parameter = answer["Parameter"]
        body = {"Parameter": {name: plain(parameter.get(name), name) for name in _PARAMETER}}
    return json.dumps({**body, "ResultMetadata": {}}).encode()


def plain(value: Any, name: str = "CreatedDate") -> Any:
    """A member's value in JSON: bytes as base64, times as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if name in {"CreatedDate", "LastModifiedDate"} and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    return value


def whole(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    """A whole number from the environment."""
    text = environment.get(name, "")
    return int(text) if text.isdigit() else otherwise
