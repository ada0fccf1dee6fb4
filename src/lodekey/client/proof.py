"""Prove a plan before and after it is carried out.

The reader reads, nobody else does, and somebody can still repair the key policy.

The policies are decided here, by the same engine that the server decides with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lodekey.client.places import Place
from lodekey.client.plan import Plan
from lodekey.policy.ask import UNGUARDED, Ask, Caller, Guard
from lodekey.policy.document import Document, parse
from lodekey.policy.evaluate import decide

EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
READ_ACTION = {"ssm": "ssm:GetParameter", "sm": "secretsmanager:GetSecretValue"}
"""What reading a value takes, by its place's scheme."""


@dataclass(frozen=True, slots=True)
class Proved:
    """One thing that must be true.

    Args:
        what: In words.
        holds: Whether it is.
        vital: Whether nobody could repair the key if it is not.
    """

    what: str
    holds: bool
    vital: bool = False


def prove(plan: Plan, key_policy: str, role_policy: str, key: str = "") -> list[Proved]:
    """Decide who can do what under these documents.

    Args:
        plan: What is meant.
        key_policy: The key policy, as planned or as stored.
        role_policy: The reader's policy.
        key: The key's ARN, where it is known.
    """
    guard = Guard(policy=parse(key_policy, name="key policy", kind="key"), style="key")
    trial = _Trial(
        plan, guard, key or f"arn:{plan.partition}:kms:{plan.region}:{plan.account}:key/k"
    )
    reader = _principal(plan.reader, plan.account, parse(role_policy, name=plan.policy_name))
    stranger = _principal(
        f"arn:{plan.partition}:iam::{plan.account}:user/somebody-with-every-permission",
        plan.account,
        parse(EVERYTHING, name="AdministratorAccess"),
    )
    admins = [_principal(each, plan.account) for each in plan.admins]
    proofs = [
        Proved(
            "somebody can repair the key policy",
            any(trial.may(each, "kms:PutKeyPolicy") for each in admins),
            vital=True,
        ),
        Proved(
            "an administrator of the account who is not named opens nothing",
            not any(
                trial.may(stranger, action, keys)
                for action in ("kms:Decrypt", "kms:CreateGrant", "kms:ReEncryptFrom")
                for keys in ({}, *trial.contexts())
            ),
        ),
        Proved("a named administrator opens nothing", not trial.opens(admins, plan)),
    ]
    for place, keys in zip(plan.places, trial.contexts(), strict=True):
        allowed = trial.may(reader, "kms:Decrypt", keys) and trial.reads(
            reader, place.scheme, place
        )
        proofs.append(Proved(f"{plan.role_name} opens {place}", allowed))
    proofs.append(
        Proved(
            f"{plan.role_name} opens nothing past the stores",
            not trial.may(reader, "kms:Decrypt"),
        )
    )
    return proofs


class _Trial:
    """The plan's key, and requests for it."""

    def __init__(self, plan: Plan, guard: Guard, key: str) -> None:
        self._plan = plan
        self._guard = guard
        self._key = key

    def may(self, caller: Caller, action: str, keys: Mapping[str, str] | None = None) -> bool:
        """Whether *caller* may do *action* to the key."""
        known = {"aws:principalarn": _arn(caller), **(keys or {})}
        ask = Ask(caller, action, self._key, self._plan.account, lambda: known)
        return decide(ask, self._guard).allowed

    def reads(self, caller: Caller, scheme: str, place: Place) -> bool:
        """Whether *caller*'s own policies let it read the value."""
        action = READ_ACTION[scheme]
        keys = {"lambda:sourcefunctionarn": self._plan.function}
        arn = example(self._plan.arn(place))
        ask = Ask(caller, action, arn, self._plan.account, lambda: keys)
        return decide(ask, UNGUARDED).allowed

    def opens(self, callers: list[Caller], plan: Plan) -> bool:
        """Whether one of *callers*, writers and reader left out, opens a value."""
        users = {plan.reader, *plan.writers}
        return any(
            self.may(each, "kms:Decrypt", keys)
            for each in callers
            if _arn(each) not in users
            for keys in ({}, *self.contexts())
        )

    def contexts(self) -> list[dict[str, str]]:
        """The context keys with which each value's store asks the key."""
        made = []
        for place in self._plan.places:
            arn = example(self._plan.arn(place))
            service, member = (
                ("ssm", "parameter_arn")
                if place.scheme == "ssm"
                else ("secretsmanager", "secretarn")
            )
            via = f"{service}.{self._plan.region}.amazonaws.com"
            made.append({"kms:viaservice": via, f"kms:encryptioncontext:{member}": arn})
        return made


def example(arn: str) -> str:
    """An ARN that a pattern means."""
    return arn.replace("-??????", "-AbCdEf").replace("*", "x")


def _principal(arn: str, account: str, *identity: Document) -> Caller:
    if arn.endswith(":root"):
        return Caller(kind="root", arn=arn, account=account, direct=frozenset({arn}))
    if ":role/" in arn:
        session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/proof"
        return Caller(
            kind="role",
            arn=session,
            account=account,
            direct=frozenset({session}),
            entity=frozenset({arn}),
            identity=identity,
        )
    return Caller(kind="user", arn=arn, account=account, direct=frozenset({arn}), identity=identity)


def _arn(caller: Caller) -> str:
    """What aws:PrincipalArn says: the role's own ARN for its sessions."""
    return next(iter(caller.entity), caller.arn)
