"""SimulatePrincipalPolicy and SimulateCustomPolicy: what would be allowed, and by what."""

from __future__ import annotations

from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.organization import levels_of
from lodekey.identity.policies_of import boundary_of
from lodekey.identity.principal_named import principal_named
from lodekey.identity.records import Group, Role, User
from lodekey.policy.ask import Caller, Keys
from lodekey.policy.document import Document, MalformedPolicy, validate
from lodekey.services.iam.errors import InvalidInputException
from lodekey.services.iam.finding import everything
from lodekey.services.iam.labeled import Labeled, excludes, given, of_entity, without
from lodekey.services.iam.paging import page
from lodekey.services.iam.policy_sources import entity_of, source_named
from lodekey.services.iam.shapes import (
    EvaluationResult,
    SimulateCustomPolicyRequest,
    SimulatePolicyResponse,
    SimulatePrincipalPolicyRequest,
)
from lodekey.services.iam.simulations import Simulation, context_of

MORE_THAN_ONE_BOUNDARY = "Only one permissions boundary policy can be simulated."


@operation("iam:SimulatePrincipalPolicy", on=source_named, ignores=("ResourceHandlingOption",))
def simulate_principal_policy(
    ctx: Context, request: SimulatePrincipalPolicyRequest, source: User | Group | Role
) -> SimulatePolicyResponse:
    """Ask an entity's policies, and those given besides, about actions on resources."""
    excluded = request.get("PolicyExclusionList", [])
    policies = [
        *without(of_entity(ctx.tx, source), excluded),
        *given(request.get("PolicyInputList", []), "PolicyInputList"),
    ]
    boundary = _boundary(request)
    if boundary is None and not isinstance(source, Group) and source.boundary:
        boundary = boundary_of(ctx.tx, source)
    if excludes(excluded, "permission-boundary"):
        boundary = None
    levels = levels_of(ctx.tx, source.account)
    scps = () if excludes(excluded, "scp") else levels.scps
    caller = _caller(ctx, request, source, policies, boundary, scps)
    supposed = principal_named(ctx.tx, source.arn, ctx.now)
    known = {} if supposed is None else supposed.keys
    return _answer(ctx, request, caller, policies, known, in_organization=bool(levels.organization))


@operation("iam:SimulateCustomPolicy", on=everything, ignores=("ResourceHandlingOption",))
def simulate_custom_policy(
    ctx: Context, request: SimulateCustomPolicyRequest, nothing: Bare
) -> SimulatePolicyResponse:
    """Ask the policies given about actions on resources."""
    policies = given(request["PolicyInputList"], "PolicyInputList")
    levels = request.get("OrderedOrganizationPolicyInputList", [])
    scps = tuple(
        tuple(
            each.document("scp")
            for each in given(
                level.get("ServiceControlPolicyInputList", []),
                "ServiceControlPolicyInputList",
                "scp",
            )
        )
        for level in levels
    )
    caller = _caller(ctx, request, None, policies, _boundary(request), scps)
    return _answer(ctx, request, caller, policies, {}, in_organization=bool(scps))


def _boundary(request: Any) -> Document | None:
    """The permissions boundary that the request brings."""
    texts = request.get("PermissionsBoundaryPolicyInputList", [])
    if len(texts) > 1:
        raise InvalidInputException(MORE_THAN_ONE_BOUNDARY)
    found = given(texts, "PermissionsBoundaryPolicyInputList", "boundary")
    return found[0].document("boundary") if found else None


def _caller(
    ctx: Context,
    request: Any,
    source: User | Group | Role | None,
    policies: list[Labeled],
    boundary: Document | None,
    scps: tuple[tuple[Document, ...], ...],
) -> Caller:
    """The caller that is simulated: the entity, or whom ``CallerArn`` names with its policies."""
    arn = request.get("CallerArn", "")
    if arn and arn.split(":", 5)[-1].partition("/")[0] not in {"user", "group", "role"}:
        raise InvalidInputException(f"Invalid caller ARN {arn}")
    if request.get("ResourcePolicy") and not arn and not isinstance(source, User | Role):
        raise InvalidInputException("CallerArn is required when a ResourcePolicy is simulated.")
    entity = entity_of(ctx.tx, arn) if arn else source
    arn = arn or (f"arn:aws:iam::{ctx.account}:user/simulated" if entity is None else entity.arn)
    names = frozenset({arn} if entity is None else {entity.arn, entity.id})
    is_role = ":role/" in arn
    return Caller(
        kind="role" if is_role else "user",
        arn=arn,
        account=arn.split(":")[4],
        direct=frozenset() if is_role else names,
        entity=names if is_role else frozenset(),
        identity=tuple(each.document("identity") for each in policies),
        boundary=boundary,
        scps=scps,
    )


def _answer(
    ctx: Context,
    request: Any,
    caller: Caller,
    policies: list[Labeled],
    known: Keys,
    *,
    in_organization: bool,
) -> SimulatePolicyResponse:
    resource_policy = request.get("ResourcePolicy", "")
    if resource_policy:
        _must_be_resource_policy(resource_policy)
    owner = request.get("ResourceOwner", "")
    simulation = Simulation(
        caller=caller,
        policies=tuple(policies),
        keys={**known, **context_of(request.get("ContextEntries", []))},
        resource_policy=resource_policy,
        owner=owner.split(":")[4] if owner.startswith("arn:") else owner,
        in_organization=in_organization,
    )
    for action in request["ActionNames"]:
        if action != "*" and ":" not in action:
            raise InvalidInputException(f"Invalid action: {action}")
    resources = request.get("ResourceArns") or ["*"]
    results: list[tuple[str, EvaluationResult]] = [
        (f"{number:06}", simulation.result(action, resources))
        for number, action in enumerate(request["ActionNames"])
    ]
    found = page(ctx, request, f"simulation {caller.arn}", results, lambda row: row[0])
    return {"EvaluationResults": [result for _, result in found.items], **found.tail}


def _must_be_resource_policy(text: str) -> None:
    try:
        validate(text, "resource")
    except MalformedPolicy as error:
        raise InvalidInputException(f"ResourcePolicy: {error.message}") from None
