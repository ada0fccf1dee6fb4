"""The one road to an operation, with two doors: the wire's and the house's.

A request's way, in AWS's order:

1. route       which service and operation                                    `lodekey.wire.routing`
2. begin       one transaction for a batch of requests, a savepoint for each  `lodekey.store`
3. believe     claim, access key, signature: a principal                  `lodekey.identity`
4. fit         the body, by the operation's shape                             `lodekey.wire.codec`
5. find        the resource that the request names                            the room
6. authorise   every policy on both sides                                     `lodekey.policy`
7. run         the operation                                                  the room
8. audit       an event for each decision, in the same transaction        `lodekey.audit`
9. write       the answer, after the commit                                   `lodekey.wire.codec`

A body is parsed only after its signature is believed. Steps 5 to 8 are `run_inside`, which
forwarded calls take as well. The trail has the event before the answer leaves.
"""

from __future__ import annotations

import logging
from typing import Any

from lodekey.arn import Arn, is_arn
from lodekey.audit.trail import Trail
from lodekey.errors import ApiError, Missing
from lodekey.gate import authorize
from lodekey.gate.background import Background
from lodekey.gate.call import Call
from lodekey.gate.catalog import Catalog
from lodekey.gate.context import Context
from lodekey.gate.operation import AnyOperation, Bare, In, On, Operation, Out, Resource, Service
from lodekey.gate.pages import Pages
from lodekey.gate.record import event_of
from lodekey.gate.settings import Settings
from lodekey.identity.credentials import Sealer
from lodekey.identity.last_used import LastUsed
from lodekey.policy.ask import Ask, Decision, Keys
from lodekey.store.port import Store, Transaction

log = logging.getLogger("lodekey.gate")


class Gate:
    """Let requests in; every one passes the same checks."""

    def __init__(
        self,
        catalog: Catalog,
        store: Store,
        trail: Trail,
        settings: Settings,
        pages: Pages,
        sealer: Sealer,
    ) -> None:
        self.catalog = catalog
        self.store = store
        self.trail = trail
        self.settings = settings
        self.pages = pages
        self.sealer = sealer
        self.last_used = LastUsed()
        self.background = Background(self)

    def operation(self, service: str, name: str) -> AnyOperation:
        """An operation by its service's and its own name, for rooms that may not import it.

        Raises:
            KeyError: It is not offered.
        """
        return self.catalog[service, name]

    def context(self, call: Call, tx: Transaction) -> Context:
        """The surroundings of *call*, whose principal is known."""
        if call.principal is None:
            raise AssertionError("a call without a principal came past authentication")
        return Context(
            call.principal,
            call.region,
            self.settings.clock(),
            call.request_id,
            tx,
            self,
            call.came,
            call.via,
            call.keys,
            call.prepared,
            call.after,
            call.events,
            call.http,
            call.system_tags,
        )

    def run_inside(self, ctx: Context, op: Operation[In, On, Out], request: In) -> Out:
        """Steps 5 to 8: find, authorise, run, audit.

        Raises:
            ApiError: The answer, where it is not success.
        """
        resources: list[Resource] = []
        denial: list[tuple[Ask, Decision]] = []
        try:
            target = self._find(ctx, op, request, resources, denial)
            result: Any = op.run(ctx, request, target)
        except BaseException as error:
            ctx.events.append(event_of(ctx, op, request, None, resources, denial, error))
            raise
        ctx.events.append(event_of(ctx, op, request, result, resources, denial, None))
        return result  # type: ignore[no-any-return]

    def _find(
        self,
        ctx: Context,
        op: AnyOperation,
        request: Any,
        resources: list[Resource],
        denial: list[tuple[Ask, Decision]],
    ) -> Any:
        try:
            target = op.on(ctx, request)
        except Missing as missing:
            bare = Bare(missing.arn, account_in(missing.arn) or ctx.account)
            resources.append(bare)
            self._authorise(ctx, op, request, bare, denial)
            raise missing.error from None
        if type(target) is tuple:
            resources.extend(target)
        else:
            resources.append(target)
        for resource in resources:
            self._authorise(ctx, op, request, resource, denial)
        return target

    def _authorise(
        self,
        ctx: Context,
        op: AnyOperation,
        request: Any,
        resource: Resource,
        denial: list[tuple[Ask, Decision]],
    ) -> None:
        if op.open_to_all:
            return
        refused = authorize.refused(ctx, op, request, resource)
        if refused is not None:
            denial.append(refused)
            raise self.refusal(ctx, op, *refused)

    def refusal(self, ctx: Context, op: AnyOperation, ask: Ask, decision: Decision) -> ApiError:
        """The refusal in the service's words, with the id by which it can be explained."""
        return self._worded(ctx, self.catalog.service_of(op), op.service, ask, decision)

    def _worded(
        self, ctx: Context, service: Service | None, prefix: str, ask: Ask, decision: Decision
    ) -> ApiError:
        if service is not None and service.refuse is not None:
            error = service.refuse(ctx, ask, decision)
        else:
            error = authorize.refusal(prefix, ask, decision)
        error.headers["x-lodekey-decision-id"] = ctx.request_id
        return error

    def require(self, ctx: Context, action: str, resource: Resource, keys: Keys) -> None:
        """Ask for a second permission. See `Context.require`."""
        ask, decision = _second_question(ctx, action, resource, keys)
        if not decision.allowed:
            prefix = action.partition(":")[0]
            error = self._worded(ctx, self.catalog.service(prefix), prefix, ask, decision)
            error.denial = (ask, decision)
            raise error

    def allows(self, ctx: Context, action: str, resource: Resource, keys: Keys) -> bool:
        """Whether the policies allow *action*; nothing is recorded."""
        return _second_question(ctx, action, resource, keys)[1].allowed


def _second_question(
    ctx: Context, action: str, resource: Resource, keys: Keys
) -> tuple[Ask, Decision]:
    """A question beside the operation's own, decided; *keys* are the context keys of it alone."""
    ask = authorize.question(ctx, action, resource, (lambda: keys) if keys else None)
    return ask, authorize.decide_on(ctx, ask, resource)


def account_in(arn: str) -> str:
    """The account that an ARN names; empty where it names none."""
    return Arn.parse(arn).account if is_arn(arn) else ""
