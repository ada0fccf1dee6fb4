"""The wire's door: from bytes to a believed, fitted call, and from a result to bytes."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING

from lodekey.errors import ApiError, InternalFailure, InvalidAction, UnknownOperationException
from lodekey.gate.call import Call, Respond
from lodekey.gate.context import Came
from lodekey.identity.authenticate import ANONYMOUS, SessionEnded, UnknownKey, authenticate
from lodekey.identity.principals import Principal
from lodekey.identity.principals_of import root_principal
from lodekey.identity.restrictions import may_call
from lodekey.ids import new_id
from lodekey.store.port import Transaction
from lodekey.wire import routing, sigv4
from lodekey.wire.codec import write_error
from lodekey.wire.error_codes import QUERY
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.models import model
from lodekey.wire.refusals import AuthError, word

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate

# What `lodekey up --dev` accepts as access key and secret, as other local servers do.
DEV_KEY = "test"
GLOBAL_REGION = "us-east-1"
GLOBAL_SERVICES = frozenset({"iam"})
OWN_PATHS = {"/_lodekey/reset": routing.Route("lodekey", "Reset", {})}


def open_call(gate: Gate, http: HttpRequest, respond: Respond | None = None) -> Call:
    """Find out which operation *http* asks for, and who it claims to be from.

    Raises:
        NoRoute: No such operation, or none that is offered.
    """
    own = OWN_PATHS.get(http.path) if http.method == "POST" else None
    route = own or routing.route(http)
    offered = gate.catalog.offered(route.service, route.operation)
    if offered is None:
        protocol = model(route.service).metadata.protocol
        error = InvalidAction if protocol == QUERY else UnknownOperationException
        raise routing.NoRoute(error(), protocol, route.service)
    op, shapes = offered
    try:
        claim = sigv4.read_claim(http)
    except AuthError as error:
        protocol = shapes.model.metadata.protocol
        raise routing.NoRoute(word(error, protocol), protocol, route.service) from None
    region = claim.region if claim is not None else gate.settings.region
    return Call(
        op,
        new_id(),
        GLOBAL_REGION if route.service in GLOBAL_SERVICES else region,
        came(gate, http),
        http,
        shapes,
        route.captures,
        claim,
        respond=respond,
    )


def came(gate: Gate, http: HttpRequest) -> Came:
    """What the condition keys about the network say of a request."""
    agent = http.headers.get("user-agent", "")
    return _came(http.peer, agent, http.secure, gate.settings.secure_loopback)


@lru_cache(maxsize=1024)
def _came(peer: str, agent: str, secure: bool, secure_loopback: bool) -> Came:  # noqa: FBT001 - by position, as a cache wants them
    return Came(peer, agent, secure or (secure_loopback and is_loopback(peer)))


def is_loopback(address: str) -> bool:
    """Whether *address* is this machine's own."""
    if address == "127.0.0.1":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def believe_and_fit(gate: Gate, tx: Transaction, call: Call) -> None:
    """Steps 3 and 4: believe the signature, then fit the body.

    Raises:
        ApiError: Not believed, or the body does not fit.
    """
    http = call.http
    if http is None:
        raise AssertionError("only a call from the wire has to be believed")
    try:
        if call.claim is not None:
            call.principal, secret = _believe(gate, tx, call.claim)
            service = call.codec.signing_name
            sigv4.verify(http, call.claim, secret, gate.settings.wall(), service=service)
            if not may_call(call.principal, service, call.op.name):
                raise AuthError("bad token")
            gate.last_used.note(call.principal, gate.settings.clock(), call.region, service)
            http = sigv4.decode_body(http, call.claim, secret)
        elif call.op.unsigned:
            call.principal = ANONYMOUS
            http = sigv4.decode_body(http, None, "")
        else:
            raise AuthError("missing")
    except AuthError as error:
        raise word(error, call.codec.model.metadata.protocol) from None
    call.request = call.codec.read(http, call.captures)


def _believe(gate: Gate, tx: Transaction, claim: sigv4.Claim) -> tuple[Principal, str]:
    settings = gate.settings
    if settings.dev and claim.access_key_id == DEV_KEY:
        return root_principal(tx, settings.account, DEV_KEY), DEV_KEY
    try:
        return authenticate(tx, claim.access_key_id, claim.token, settings.clock(), gate.sealer)
    except UnknownKey:
        raise AuthError("bad token" if claim.token else "unknown key") from None
    except SessionEnded:
        raise AuthError("expired token") from None


def answer(call: Call) -> HttpResponse:
    """The response to a finished call."""
    if call.failure is not None:
        return refuse(call, call.failure)
    try:
        written: HttpResponse = call.codec.write(call.result, call.request_id)
    except ApiError as error:
        return refuse(call, error)
    return written


def refuse(call: Call, failure: BaseException) -> HttpResponse:
    """The response to a failed call; a fault of ours shows nothing but its id."""
    error = failure if isinstance(failure, ApiError) else InternalFailure("Internal failure")
    response: HttpResponse = call.codec.write_error(error, call.request_id)
    if not error.headers:
        return response
    return response._replace(headers={**response.headers, **error.headers})


def refuse_unrouted(refusal: routing.NoRoute) -> HttpResponse:
    """The response to a request of which no operation is known."""
    request_id = new_id()
    return write_error(refusal.protocol, refusal.error, request_id, service=refusal.service)
