"""Requests to function URLs, and downloads of packages: what Lambda serves beside its API.

A function's URL is ``ENDPOINT/_lodekey/url/ID/``. Who calls it needs ``lambda:InvokeFunctionUrl``
and ``lambda:InvokeFunction``, by identity policy or by the function's own; a URL of auth type
``AWS_IAM`` takes a signature for the service ``lambda``.

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from lodekey.errors import ApiError
from lodekey.gate import door
from lodekey.gate.background import Background
from lodekey.gate.call import Call
from lodekey.gate.operation import AnyOperation
from lodekey.gate.pages import BadToken
from lodekey.identity.authenticate import ANONYMOUS, SessionEnded, UnknownKey, authenticate
from lodekey.identity.principals import Principal
from lodekey.services.lambda_.code import CODE_PATH, CODE_SCOPE
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.finding import Found
from lodekey.services.lambda_.functions import Code, Version, function_of, version_to_run
from lodekey.services.lambda_.permissions import POLICIES, guard_of, place
from lodekey.services.lambda_.runtime_api import Answer, Invocation
from lodekey.services.lambda_.url_events import event_of, message, response_of
from lodekey.services.lambda_.urls import URL_IDS, URL_PATH, URLS, Url
from lodekey.store.port import Transaction
from lodekey.wire import sigv4
from lodekey.wire.http import HttpRequest, HttpResponse

FORBIDDEN = message(403, "Forbidden")
MOST_BODY = 6_291_456


class Admitted(NamedTuple):
    """A request that may call the function."""

    url: Url
    path: str
    principal: Principal
    version: Version
    request_id: str


async def serve(background: Background, http: HttpRequest) -> HttpResponse:
    """Answer a request to one of our own paths."""
    if http.path.startswith(CODE_PATH):
        return await send_package(background, http)
    id_, slash, rest = http.path.removeprefix(URL_PATH).partition("/")
    path = slash + rest or "/"
    try:
        with background.transaction(write=False) as tx:
            admitted = admit(background, tx, http, id_, path)
    except Refused as refused:
        return refused.response
    if isinstance(admitted, HttpResponse):
        return admitted
    return await call(background, http, admitted)


class Refused(Exception):
    """A request that goes no further."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status)
        self.response = response


def admit(
    background: Background, tx: Transaction, http: HttpRequest, id_: str, path: str
) -> Admitted | HttpResponse:
    """Find the URL, believe the caller, ask the policies; a preflight is answered at once.

    Raises:
        Refused: No such URL, not believed, or not allowed.
    """
    owner = URL_IDS.get(tx, id_)
    url = owner and URLS.get(tx, owner.account, owner.region, owner.name, owner.qualifier)
    if not url:
        raise Refused(FORBIDDEN)
    if url.cors and http.method == "OPTIONS" and "access-control-request-method" in http.headers:
        return HttpResponse(200, cors_headers(url, http.headers, preflight=True), b"")
    if len(http.body) > MOST_BODY:
        raise Refused(message(413, "Request Entity Too Large"))
    principal = believe(background, tx, http) if url.auth == "AWS_IAM" else ANONYMOUS
    function = function_of(tx, url.named)
    version = function and version_to_run(tx, function, url.qualifier)
    if not function or not version:
        raise Refused(message(404, "Not Found"))
    found = Found(url.named, function, guard_of(tx, POLICIES, place(url.named)))
    request_id = str(uuid.uuid4())
    gate = background.gate
    invoke: AnyOperation = background.operation("lambda", "Invoke")
    asked = Call(
        op=invoke,
        request_id=request_id,
        region=url.region,
        came=door.came(gate, http),
        principal=principal,
    )
    keys = {"lambda:functionurlauthtype": url.auth, "lambda:invokedviafunctionurl": "true"}
    ctx = gate.context(asked, tx)
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        if not gate.allows(ctx, action, found, keys):
            raise Refused(FORBIDDEN)
    return Admitted(url, path, principal, version, request_id)


def believe(background: Background, tx: Transaction, http: HttpRequest) -> Principal:
    """The principal who signed.

    Raises:
        Refused: Nobody who is believed.
    """
    settings = background.settings
    try:
        claim = sigv4.read_claim(http)
        if claim is None:
            raise Refused(FORBIDDEN)
        principal, secret = authenticate(
            tx, claim.access_key_id, claim.token, settings.clock(), background.gate.sealer
        )
        sigv4.verify(http, claim, secret, settings.wall(), service="lambda")
    except (sigv4.AuthError, UnknownKey, SessionEnded):
        raise Refused(FORBIDDEN) from None
    return principal


async def call(background: Background, http: HttpRequest, admitted: Admitted) -> HttpResponse:
    """Run the function, and make its answer a response."""
    url = admitted.url
    domain = urlsplit(background.settings.endpoint).netloc
    now = background.now()
    event = event_of(url, http, admitted.path, admitted.principal, admitted.request_id, now, domain)
    invocation = Invocation(
        id=admitted.request_id,
        payload=json.dumps(event).encode(),
        deadline=0.0,
        arn=url.named.arn,
    )
    try:
        result = await Functions.of(background).invoke(admitted.version, invocation)
        answer: Answer = result.answer
        response = response_of(answer)
    except ApiError as error:
        throttled = error.code == "TooManyRequestsException"
        response = message(429, "Rate Exceeded.") if throttled else message(502, "Bad Gateway")
    headers = {**response.headers, "x-amzn-requestid": admitted.request_id}
    headers.update(cors_headers(url, http.headers, preflight=False))
    return response._replace(headers=headers)


def cors_headers(url: Url, asked: Mapping[str, str], *, preflight: bool) -> dict[str, str]:
    """The headers that let a browser's page of another origin read the answer."""
    cors = url.cors
    origin = asked.get("origin", "")
    allowed = cors.get("AllowOrigins", [])
    if not origin or ("*" not in allowed and origin not in allowed):
        return {}
    headers = {"access-control-allow-origin": "*" if "*" in allowed else origin, "vary": "Origin"}
    if cors.get("AllowCredentials"):
        headers["access-control-allow-origin"] = origin
        headers["access-control-allow-credentials"] = "true"
    if cors.get("ExposeHeaders"):
        headers["access-control-expose-headers"] = ",".join(cors["ExposeHeaders"])
    if preflight:
        headers["access-control-allow-methods"] = ",".join(cors.get("AllowMethods", []))
        headers["access-control-allow-headers"] = ",".join(cors.get("AllowHeaders", []))
        headers["access-control-max-age"] = str(cors.get("MaxAge", 0))
    return headers


async def send_package(background: Background, http: HttpRequest) -> HttpResponse:
    """Send a package to whoever has its link, which `GetFunction` gave out and which ends soon."""
    token = http.path.removeprefix(CODE_PATH)
    try:
        id_, key, until = background.gate.pages.position(CODE_SCOPE, token)
    except BadToken:
        return FORBIDDEN
    if http.method != "GET" or background.now() > until:
        return FORBIDDEN
    shelf = Functions.of(background).shelf
    code = Code(id=id_, key=key, sha256="", size=0, unzipped=0)
    try:
        body = await background.in_thread(lambda: shelf.read(code))
    except FileNotFoundError:
        return message(404, "Not Found")
    return HttpResponse(200, {"content-type": "application/zip"}, body)


PATHS = (URL_PATH, CODE_PATH)
"""What the paths begin with that `serve` answers."""
