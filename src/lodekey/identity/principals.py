"""Who asks, once believed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lodekey.identity.credentials import SessionClaims
from lodekey.policy.ask import Caller, Keys


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What a temporary credential remembers (POLICY §1, §6).

    Args:
        issued: Seconds since the epoch.
        expires: Seconds since the epoch.
        name: The role session's name, or the federated user's.
        mfa: Whether, and when, a second factor was shown; None: never.
        source_identity: ``aws:SourceIdentity``; empty: none.
        tags: Session tags.
        transitive: Names of the tags that go along when roles are chained.
        source_function_arn: ``lambda:SourceFunctionArn``, for credentials handed to a function.
        federated_provider: ``aws:FederatedProvider``; empty: none.
        chained: Whether role credentials made it (role chaining: one hour at most).
        keys: Further session context keys, lower case, as STS put them there.
        claims: What the session token says: by it, work begun now is gone on with later.
    """

    issued: int
    expires: int
    name: str = ""
    mfa: int | None = None
    source_identity: str = ""
    tags: Mapping[str, str] = {}
    transitive: tuple[str, ...] = ()
    source_function_arn: str = ""
    federated_provider: str = ""
    chained: bool = False
    keys: Mapping[str, str] = {}
    claims: SessionClaims | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A believed caller: what the policies ask, and what the audit trail writes.

    Args:
        caller: The policies' view.
        access_key_id: The key that signed; empty for services and the anonymous.
        user_id: ``aws:userid``: ``AIDA…``, ``AROA…:session``, the account id for root.
        name: The user's or role's friendly name; empty for root.
        principal_arn: ``aws:PrincipalArn``: the role's ARN for a session.
        type: ``aws:PrincipalType``: Account, User, AssumedRole, FederatedUser, Service, Anonymous.
        keys: The context keys that depend on the caller alone (``aws:PrincipalArn``,
            ``aws:PrincipalTag/…``, ``aws:TokenIssueTime`` …), lower-case names.
        session: For temporary credentials.
        memo: What others made of this principal and may keep as long as it lives.
    """

    caller: Caller
    access_key_id: str
    user_id: str
    name: str
    principal_arn: str
    type: str
    keys: Keys
    session: Session | None = None
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def arn(self) -> str:
        """The ARN that denials, GetCallerIdentity and the trail show."""
        return self.caller.arn

    @property
    def account(self) -> str:
        """The account that the principal belongs to."""
        return self.caller.account


def service_principal(name: str, keys: Keys) -> Principal:
    """An AWS service acting by itself: ``logs.us-east-1.amazonaws.com``.

    Args:
        name: The service principal's name.
        keys: ``aws:sourcearn``, ``aws:sourceaccount``: what it acts for.
    """
    caller = Caller(kind="service", arn=name, account="", direct=frozenset({name}))
    own = {"aws:principalisawsservice": "true", "aws:principalservicename": name}
    return Principal(
        caller=caller,
        access_key_id="",
        user_id=name,
        name=name,
        principal_arn=name,
        type="Service",
        keys={**own, **keys},
    )
