"""Decide a request: one matching Deny ends it, then somebody must have allowed it.

The steps, in the order of AWS's own text:

0. ``sts:GetCallerIdentity`` needs no permission and cannot be denied.
1. A Deny that matches in any policy ends it: SCPs, RCPs, endpoint policy, resource policy,
   identity policies, boundary, session policies; the first in this order is the one named.
2. Resource control policies can only deny: AWS attaches a full Allow that nobody can detach.
3. Service control policies of the caller's account: at every level, some statement must allow.
4. The policy of the VPC endpoint that the request came through must allow.
5. Access must be granted. With I, B, S for an Allow in identity policies, boundary and session
   policies (no boundary, no session policies: true), and an Allow of the resource policy that means
   the caller *directly*, its *entity* (the role behind a session), or its *account*:

   a. services and the anonymous: directly;
   b. same account: directly, or entity and B and S, or I and B and S;
   c. same account, KMS key or role trust policy: directly, or entity and B and S, or
      account and I and B and S;
   d. across accounts: any of the three, and I and B and S.

   The root user of an account has I. A KMS grant stands beside the key policy, and means its
   grantee directly or as an entity.
6. What nobody granted is denied, and the type of policy that lacks the Allow is blamed: session,
   boundary, SCP, endpoint, resource, identity.

One pass over the policies does steps 1 to 5; the context keys are asked for at the first statement
that has a condition and matches otherwise.

Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from lodekey.policy.ask import Ask, Caller, Decision, Grant, Guard, PolicyType, Switches
from lodekey.policy.document import Document, Placed, among
from lodekey.policy.names import ACCOUNT, DIRECT, ENTITY, NOT, Named
from lodekey.policy.question import Question
from lodekey.policy.switches import (
    DEFAULT,
    DENY_ATTRIBUTION,
    DENY_BLAME,
    GRANT_ACROSS_NEEDS_IDENTITY,
    GRANT_TO_ROLE_IS_CUT,
    MANAGED_KEY_NEEDS_IDENTITY,
)

ALWAYS_ALLOWED = "sts:GetCallerIdentity"
AMAZON = "aws"
BLAME_ORDER: tuple[PolicyType, ...] = (
    "session",
    "boundary",
    "scp",
    "endpoint",
    "resource",
    "identity",
)
_NOTHING: tuple[PolicyType, ...] = ()


class Denied(Exception):
    """A matching Deny, while policies are read."""

    def __init__(self, policy_type: PolicyType, by: Placed) -> None:
        super().__init__(policy_type)
        self.policy_type = policy_type
        self.by = by


class Allows:
    """What allowed, while policies are read: the letters of the module's step 5."""

    scp: bool = True
    endpoint: bool = True
    closest: Named = NOT
    on_resource: Placed | None = None
    grant: Grant | None = None
    identity: Placed | None = None
    boundary: bool = True
    session: bool = True


def decide(ask: Ask, guard: Guard, switches: Switches = DEFAULT) -> Decision:
    """Decide *ask* on a resource guarded by *guard*.

    Never raises; asks for the context keys only if a statement that matches otherwise has a
    condition or a variable.
    """
    if ask.action == ALWAYS_ALLOWED:
        return Decision(allowed=True, explicit=False, policy_type="")
    return answer(Question(ask, switches), guard)


def answer(question: Question, guard: Guard) -> Decision:
    """Steps 1 to 6: what `decide` does, for any sort of `Question`."""
    try:
        allows = _read(question, guard)
    except Denied as denied:
        return _denied(question, guard, denied)
    return granted(question, guard, allows)


def _read(question: Question, guard: Guard) -> Allows:
    """Read all policies once, in the order of step 1.

    Raises:
        Denied: A statement denies.
    """
    allows = Allows()
    caller, action = question.caller, question.action
    if caller.scps:
        levels = [_allowing(question, level, "scp") for level in caller.scps]
        allows.scp = None not in levels
    if guard.rcps or guard.endpoint is not None:
        allows.endpoint = _surroundings(question, guard)
    if guard.policy is not None:
        denying, allowing = among((guard.policy,), action)
        if denying and (by := question.first_denying(denying)):
            raise Denied("resource", by)
        if allowing:
            allows.closest, allows.on_resource = question.closest(allowing)
    if caller.identity:
        allows.identity = _allowing(question, caller.identity, "identity")
    if caller.boundary is not None:
        allows.boundary = _allowing(question, (caller.boundary,), "boundary") is not None
    if caller.session is not None:
        allows.session = _allowing(question, caller.session, "session") is not None
    return allows


def _allowing(
    question: Question, documents: tuple[Document, ...], policy_type: PolicyType
) -> Placed | None:
    """The first statement that allows, of *documents* that hang on the caller.

    Raises:
        Denied: A statement denies, be it in the last of the documents.
    """
    denying, allowing = among(documents, question.action)
    if denying and (by := question.first(denying)):
        raise Denied(policy_type, by)
    return question.first(allowing) if allowing else None


def _surroundings(question: Question, guard: Guard) -> bool:
    """Read RCPs and the endpoint's policy; whether the latter allows, or there is none.

    Raises:
        Denied: A statement denies.
    """
    for level in guard.rcps:
        _refuse(question, level, "rcp")
    if guard.endpoint is None:
        return True
    _refuse(question, (guard.endpoint,), "endpoint")
    return question.closest(among((guard.endpoint,), question.action)[1])[0] > NOT


def _refuse(question: Question, documents: tuple[Document, ...], policy_type: PolicyType) -> None:
    """Look for a Deny in *documents* that hang on the resource's side.

    Raises:
        Denied: There is one.
    """
    denying = among(documents, question.action)[0]
    if denying and (by := question.first_denying(denying)):
        raise Denied(policy_type, by)


def granted(question: Question, guard: Guard, allows: Allows) -> Decision:
    """Steps 3 to 6, once no statement denies."""
    if guard.managed and question.switches.on(MANAGED_KEY_NEEDS_IDENTITY):
        allows.closest = min(allows.closest, ACCOUNT)
    if guard.grants and allows.closest != DIRECT:
        _look_at_grants(question, guard, allows)
    within = is_within(question.ask)
    lacking = lacks(question, guard, allows, within=within)
    if lacking or not allows.scp or not allows.endpoint:
        blamed = blame(lacking, allows, question.switches)
        return Decision(allowed=False, explicit=False, policy_type=blamed)
    if allows.closest > ACCOUNT or not within:
        return _by_resource(allows)
    if allows.identity is not None:
        return decision("identity", allows.identity)
    return Decision(allowed=True, explicit=False, policy_type="root")


def _look_at_grants(question: Question, guard: Guard, allows: Allows) -> None:
    """Note in *allows* a grant that means the caller closer than any statement."""
    closest, grant = through_grants(question, guard.grants)
    if closest > allows.closest:
        allows.closest, allows.grant = closest, grant


def _by_resource(allows: Allows) -> Decision:
    """The Decision of the grant or statement that means the caller closest."""
    if allows.grant is not None:
        name = allows.grant.name
        return Decision(allowed=True, explicit=False, policy_type="grant", policy=name)
    if allows.on_resource is None:  # pragma: no cover (whoever is meant is meant by something)
        raise AssertionError
    return decision("resource", allows.on_resource)


def is_within(ask: Ask) -> bool:
    """Whether the resource is the caller's account's, or Amazon's, so that one account decides."""
    return ask.account in (ask.caller.account, AMAZON)


def lacks(
    question: Question, guard: Guard, allows: Allows, *, within: bool
) -> Sequence[PolicyType]:
    """The types of policy whose Allow step 5 still wants; empty: access is granted."""
    caller, closest = question.caller, allows.closest
    if caller.kind in ("service", "anonymous"):
        return _NOTHING if closest == DIRECT else ("resource",)
    if within and closest == DIRECT:
        return _NOTHING
    has_identity = allows.identity is not None or caller.kind == "root"
    lacking: list[PolicyType] = []
    if not allows.session:
        lacking.append("session")
    if not allows.boundary:
        lacking.append("boundary")
    if within and closest == ENTITY:
        return lacking
    if _wants_resource(guard, closest, within=within):
        lacking.append("resource")
    if not has_identity:
        through_grant = not within and allows.grant is not None
        if not through_grant or question.switches.on(GRANT_ACROSS_NEEDS_IDENTITY):
            lacking.append("identity")
    return lacking


def _wants_resource(guard: Guard, closest: Named, *, within: bool) -> bool:
    """Whether the resource's side had to allow and did not."""
    if within:
        return guard.style != "ordinary" and closest == NOT
    return closest == NOT or not guard.shareable


def blame(lacking: Sequence[PolicyType], allows: Allows, switches: Switches) -> PolicyType:
    """The type of policy that an implicit deny names; step 6."""
    lacks_all: set[PolicyType] = set(lacking)
    if not allows.scp:
        lacks_all.add("scp")
    if not allows.endpoint:
        lacks_all.add("endpoint")
    named = [each for each in BLAME_ORDER if each in lacks_all]
    return named[0] if switches.on(DENY_BLAME) else named[-1]


@lru_cache(maxsize=65536)
def decision(policy_type: PolicyType, by: Placed) -> Decision:
    """The Decision that a statement makes."""
    document, statement = by
    return Decision(
        allowed=statement.allows,
        explicit=not statement.allows,
        policy_type=policy_type,
        policy=document.name,
        sid=statement.sid,
    )


def through_grants(question: Question, grants: tuple[Grant, ...]) -> tuple[Named, Grant | None]:
    """The grant that means the caller closest, of those that cover the action and hold."""
    closest: Named = NOT
    through = None
    action = question.action.lower()
    cut = question.switches.on(GRANT_TO_ROLE_IS_CUT)
    for grant in grants:
        if action in grant.actions:
            named = grantee(question.caller, grant)
            if named == ENTITY and not cut:
                named = DIRECT
            if named > closest and question.holds(grant):
                closest, through = named, grant
    return closest, through


def grantee(caller: Caller, grant: Grant) -> Named:
    """How closely *grant* means *caller*."""
    if not grant.grantees.isdisjoint(caller.direct):
        return DIRECT
    if not grant.grantees.isdisjoint(caller.entity):
        return ENTITY
    if caller.account and not grant.grantees.isdisjoint(caller.account_names):
        return ACCOUNT
    return NOT


def _denied(question: Question, guard: Guard, denied: Denied) -> Decision:
    """Name the Deny: the first that was met or, with the switch off, the last there is."""
    if question.switches.on(DENY_ATTRIBUTION):
        return decision(denied.policy_type, denied.by)
    *_, last = denials(question, guard)
    return decision(*last)


def denials(question: Question, guard: Guard) -> Iterator[tuple[PolicyType, Placed]]:
    """Every Deny that matches, in the order of step 1."""
    caller = question.caller
    everywhere: tuple[tuple[PolicyType, tuple[Document, ...]], ...] = (
        ("scp", sum(caller.scps, ())),
        ("rcp", sum(guard.rcps, ())),
        ("endpoint", (guard.endpoint,) if guard.endpoint else ()),
        ("resource", (guard.policy,) if guard.policy else ()),
        ("identity", caller.identity),
        ("boundary", (caller.boundary,) if caller.boundary else ()),
        ("session", caller.session or ()),
    )
    for policy_type, documents in everywhere:
        for placed in among(documents, question.action)[0]:
            reaches = placed[1].names is None or placed[1].names.denies(caller)
            if reaches and question.fits(*placed):
                yield policy_type, placed
