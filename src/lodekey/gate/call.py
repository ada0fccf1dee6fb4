"""One request on its way through the gate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.gate.context import NOWHERE, Came
from lodekey.gate.operation import AnyOperation, Deferred
from lodekey.identity.principals import Principal
from lodekey.store.port import Transaction
from lodekey.system_tags import SystemTags
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.sigv4 import Claim

Respond = Callable[[HttpResponse], None]


class Call(msgspec.Struct, eq=False):
    """What is known of a request so far; each step of the gate adds to it.

    A call that came over the wire has `http`; one of the house (a job, a stack) has `principal`
    and `request` from the start; `then` keeps what the caller of the house wants kept with the
    operation's own writes, or not at all.
    """

    op: AnyOperation
    request_id: str
    region: str
    came: Came = NOWHERE
    http: HttpRequest | None = None
    codec: Any = None
    captures: Any = None
    claim: Claim | None = None
    principal: Principal | None = None
    request: Any = None
    prepared: Any = None
    is_prepared: bool = False
    respond: Respond | None = None
    keys: dict[str, Any] = {}
    via: str = ""
    system_tags: SystemTags = ()
    then: Callable[[Transaction, Any], None] | None = None
    result: Any = None
    failure: BaseException | None = None
    events: list[AuditEvent] = []
    after: list[Callable[[], None]] = []

    @property
    def deferred(self) -> Deferred[Any] | None:
        """The rest of the answer, where it is finished after the commit."""
        return self.result if isinstance(self.result, Deferred) else None

    def wants_preparation(self) -> bool:
        """Whether slow work has to be done before the transaction."""
        return self.op.prepare is not None and not self.is_prepared
