"""What a handler may use: who asks, where, when, the store, and other operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.identity.principals import Principal
from lodekey.policy.ask import Keys
from lodekey.store.port import Transaction
from lodekey.system_tags import SystemTags

if TYPE_CHECKING:
    from lodekey.gate.gate import Gate
    from lodekey.gate.operation import In, On, Operation, Out, Resource


class Came(NamedTuple):
    """How a request came to us: what the condition keys about the network say."""

    source_ip: str = ""
    user_agent: str = ""
    secure: bool = True


NOWHERE = Came()


class Context(msgspec.Struct, eq=False):
    """One request's surroundings; never changed once made.

    Every request makes one or two, so it is a struct, which takes a third of the time that a
    dataclass takes to be made.

    Args:
        principal: Who asks.
        region: The region that the request works in.
        now: Seconds since the epoch, from the server's clock (tests set it).
        request_id: The id that the answer and the trail carry.
        tx: The transaction that everything of this request happens in.
        gate: The one road; handlers use `call`, `require` and `later`, not the gate itself.
        came: The network's side of the request.
        via: The service that forwards this call for the caller (``ssm``); empty: none does.
        keys: Further context keys that hold for every decision of this request.
        prepared: What the operation's `prepare` made.
        after: Called after the commit, on the loop, in order.
        events: The audit events of this request and of what it forwarded, in order of ending.
        http: The raw request for the few operations that need it (presigned hosts); else None.
        system_tags: What the service that asks puts on what is made; calls forwarded from here
            have none.
    """

    principal: Principal
    region: str
    now: float
    request_id: str
    tx: Transaction
    gate: Gate
    came: Came = NOWHERE
    via: str = ""
    keys: Keys = {}
    prepared: Any = None
    after: list[Callable[[], None]] = []
    events: list[AuditEvent] = []
    http: Any = None
    system_tags: SystemTags = ()

    @property
    def account(self) -> str:
        """The account that the request works in: the caller's."""
        return self.principal.account

    def call(self, op: Operation[In, On, Out], request: In, *, via: str) -> Out:
        """Run another service's operation as the same caller: a forwarded call (FAS).

        Authorised and audited like any request, with ``aws:ViaAWSService``, ``aws:CalledVia`` and
        ``kms:ViaService`` set; *via* is the forwarding service's name (``ssm``).

        Raises:
            ApiError: What the called operation answered.
        """
        return self.gate.run_inside(self._as(self.principal, via), op, request)

    def call_as(
        self, principal: Principal, op: Operation[In, On, Out], request: In, *, via: str = ""
    ) -> Out:
        """Run another operation as *principal* (a service, a role), in this transaction."""
        return self.gate.run_inside(self._as(principal, via), op, request)

    def _as(self, principal: Principal, via: str) -> Context:
        """The surroundings of a call from within."""
        return Context(
            principal,
            self.region,
            self.now,
            self.request_id,
            self.tx,
            self.gate,
            self.came,
            via,
            self.keys,
            None,
            self.after,
            self.events,
            self.http,
        )

    def require(self, action: str, resource: Resource, keys: Keys | None = None) -> None:
        """Ask the policies for a second permission (``iam:PassRole``).

        Args:
            action: Named in the operation's ``also=``.
            resource: What it is asked on.
            keys: The context keys of this question alone.

        Raises:
            ApiError: AccessDenied, in the calling service's words.
        """
        self.gate.require(self, action, resource, keys or {})

    def allows(self, action: str, resource: Resource, keys: Keys | None = None) -> bool:
        """Whether the policies allow *action*, without raising."""
        return self.gate.allows(self, action, resource, keys or {})

    def later(self, work: Callable[[], None]) -> None:
        """Call *work* after the commit, on the loop; never if the request fails."""
        self.after.append(work)
