"""One request on its way through the gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lodekey.audit.event import AuditEvent
from lodekey.gate.context import Came
from lodekey.gate.operation import AnyOperation, Deferred
from lodekey.identity.principals import Principal
from lodekey.store.port import Transaction
from lodekey.system_tags import SystemTags
from lodekey.wire.http import HttpRequest, HttpResponse
from lodekey.wire.sigv4 import Claim

Respond = Callable[[HttpResponse], None]


@dataclass(slots=True)
class Call:
    """What is known of a request so far; each step of the gate adds to it.

    A call that came over the wire has `http`; one of the house (a job, a stack) has `principal`
    and `request` from the start; `then` keeps what the caller of the house wants kept with the
    operation's own writes, or not at all.
    """

    op: AnyOperation
    request_id: str
    region: str
    came: Came = field(default_factory=Came)
    http: HttpRequest | None = None
    codec: Any = None
    captures: Any = None
    claim: Claim | None = None
    principal: Principal | None = None
    request: Any = None
    prepared: Any = None
    is_prepared: bool = False
    respond: Respond | None = None
    keys: dict[str, Any] = field(default_factory=dict)
    via: str = ""
    system_tags: SystemTags = ()
    then: Callable[[Transaction, Any], None] | None = None
    result: Any = None
    failure: BaseException | None = None
    events: list[AuditEvent] = field(default_factory=list)
    after: list[Callable[[], None]] = field(default_factory=list)

    @property
    def deferred(self) -> Deferred[Any] | None:
        """The rest of the answer, where it is finished after the commit."""
        return self.result if isinstance(self.result, Deferred) else None

    def wants_preparation(self) -> bool:
        """Whether slow work has to be done before the transaction."""
        return self.op.prepare is not None and not self.is_prepared
