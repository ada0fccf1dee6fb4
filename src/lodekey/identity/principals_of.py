"""Believed credentials become principals: the policies that hang on them, and their context keys.

Everything here depends on records and on the session alone, so a principal is made once and kept
until one of those records changes. What depends on the moment (``aws:CurrentTime``,
``aws:MultiFactorAuthAge``) is the gate's to add.

Source of the keys: POLICY §6 and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lodekey.identity.credentials import SessionClaims
from lodekey.identity.organization import Levels, levels_of
from lodekey.identity.policies_of import (
    boundary_of,
    document_named,
    policies_of_role,
    policies_of_user,
)
from lodekey.identity.principals import Principal, Session
from lodekey.identity.records import ROLES, UNIQUE_IDS, USERS, Role, User, root_arn
from lodekey.policy.ask import Caller, Value
from lodekey.policy.document import Document, parse
from lodekey.store.port import Transaction


class Gone(Exception):
    """The user or role behind the credentials is no longer, or is another of the same name."""


def principal_of_key(tx: Transaction, account: str, user: str, access_key_id: str) -> Principal:
    """The principal of a long-term access key: of a user, or the root where *user* is empty.

    Raises:
        Gone: there is no such user.
    """

    def compute() -> Principal:
        if not user:
            return root_principal(tx, account, access_key_id)
        found = USERS.get(tx, account, user.lower())
        if found is None:
            raise Gone(user)
        return user_principal(tx, found, access_key_id)

    return tx.derive(("principal of key", access_key_id), compute)


def principal_of_session(
    tx: Transaction, claims: SessionClaims, access_key_id: str, token: str
) -> Principal:
    """The principal of temporary credentials; *token* tells sessions apart.

    Raises:
        Gone: the role or user is no longer, or was made anew.
    """
    return tx.derive(
        ("principal of session", access_key_id, token),
        lambda: session_principal(tx, claims, access_key_id),
    )


def root_principal(tx: Transaction, account: str, access_key_id: str = "") -> Principal:
    """The root of *account*."""
    levels = levels_of(tx, account)
    arn = root_arn(account)
    return Principal(
        caller=Caller(
            kind="root", arn=arn, account=account, direct=frozenset({arn}), scps=levels.scps
        ),
        access_key_id=access_key_id,
        user_id=account,
        name="",
        principal_arn=arn,
        type="Account",
        keys=_keys(arn, account, "Account", account, levels),
    )


def user_principal(tx: Transaction, user: User, access_key_id: str = "") -> Principal:
    """An IAM user."""
    levels = levels_of(tx, user.account)
    return Principal(
        caller=Caller(
            kind="user",
            arn=user.arn,
            account=user.account,
            direct=frozenset({user.arn, user.id}),
            identity=policies_of_user(tx, user),
            boundary=boundary_of(tx, user),
            scps=levels.scps,
        ),
        access_key_id=access_key_id,
        user_id=user.id,
        name=user.name,
        principal_arn=user.arn,
        type="User",
        keys={
            **_keys(user.arn, user.account, "User", user.id, levels),
            **_principal_tags(user.tags),
            "aws:username": user.name,
        },
    )


def session_principal(tx: Transaction, claims: SessionClaims, access_key_id: str = "") -> Principal:
    """Whoever holds temporary credentials with these claims.

    Raises:
        Gone: the role or user is no longer, or was made anew.
    """
    if claims.kind == "role":
        return _role_session(tx, claims, access_key_id)
    if claims.kind == "federated":
        return _federated(tx, claims, access_key_id)
    plain = (
        root_principal(tx, claims.account, access_key_id)
        if claims.kind == "root"
        else user_principal(tx, _user_of(tx, claims), access_key_id)
    )
    return Principal(
        caller=plain.caller,
        access_key_id=access_key_id,
        user_id=plain.user_id,
        name=plain.name,
        principal_arn=plain.principal_arn,
        type=plain.type,
        keys={**plain.keys, **_session_keys(claims)},
        session=_session(claims),
    )


def role_claims(role: Role, session: str, now: float, seconds: int, **more: Any) -> SessionClaims:
    """What the token of a session of *role* says.

    Args:
        role: Who is assumed.
        session: The session's name.
        now: Seconds since the epoch.
        seconds: How long it lasts.
        **more: Further members of `SessionClaims`.
    """
    return SessionClaims(
        kind="role",
        account=role.account,
        name=role.name,
        id=role.id,
        issued=int(now),
        expires=int(now) + seconds,
        session=session,
        **more,
    )


def role_of(tx: Transaction, claims: SessionClaims) -> Role:
    """The role of a role session, if it still is the same.

    Raises:
        Gone: it is not.
    """
    role = ROLES.get(tx, claims.account, claims.name.lower())
    if role is None or role.id != claims.id:
        raise Gone(claims.name)
    return role


def _user_of(tx: Transaction, claims: SessionClaims) -> User:
    """The user behind a session, under whatever name it has now."""
    named = UNIQUE_IDS.get(tx, claims.id)
    user = None if named is None else USERS.get(tx, claims.account, named.name.lower())
    if user is None or user.id != claims.id:
        raise Gone(claims.name)
    return user


def _role_session(tx: Transaction, claims: SessionClaims, access_key_id: str) -> Principal:
    role = role_of(tx, claims)
    levels = levels_of(tx, role.account)
    arn, user_id = role.session_arn(claims.session), f"{role.id}:{claims.session}"
    return Principal(
        caller=Caller(
            kind="role",
            arn=arn,
            account=role.account,
            direct=frozenset({arn, user_id}),
            entity=frozenset({role.arn, role.id}),
            identity=policies_of_role(tx, role),
            boundary=boundary_of(tx, role),
            session=_session_policies(tx, claims),
            scps=() if role.service else levels.scps,
        ),
        access_key_id=access_key_id,
        user_id=user_id,
        name=role.name,
        principal_arn=role.arn,
        type="AssumedRole",
        keys={
            **_keys(role.arn, role.account, "AssumedRole", user_id, levels),
            **_principal_tags(role.tags),
            **_session_keys(claims),
        },
        session=_session(claims),
    )


def _federated(tx: Transaction, claims: SessionClaims, access_key_id: str) -> Principal:
    levels = levels_of(tx, claims.account)
    arn = f"arn:aws:sts::{claims.account}:federated-user/{claims.session}"
    user_id = f"{claims.account}:{claims.session}"
    keys = _keys(arn, claims.account, "FederatedUser", user_id, levels)
    behind = None if not claims.name else _user_of(tx, claims)
    entity = {root_arn(claims.account)} if behind is None else {behind.arn, behind.id}
    return Principal(
        caller=Caller(
            kind="federated",
            arn=arn,
            account=claims.account,
            direct=frozenset({arn}),
            entity=frozenset(entity),
            identity=_everything() if behind is None else policies_of_user(tx, behind),
            boundary=None if behind is None else boundary_of(tx, behind),
            # "The federated user session has no permissions" without a policy, save by resource
            # policies that name it.
            session=_session_policies(tx, claims) or (),
            scps=levels.scps,
        ),
        access_key_id=access_key_id,
        user_id=user_id,
        name=claims.session,
        principal_arn=arn,
        type="FederatedUser",
        keys={
            **keys,
            **_principal_tags({} if behind is None else behind.tags),
            **_session_keys(claims),
        },
        session=_session(claims),
    )


def _everything() -> tuple[Document, ...]:
    """What a root may hand to a federated user: all that the session policy lets through."""
    text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    return (parse(text, name="root"),)


def _session_policies(tx: Transaction, claims: SessionClaims) -> tuple[Document, ...] | None:
    if not claims.policies and not claims.policy_arns:
        return None
    inline = tuple(parse(text, name="session policy", kind="session") for text in claims.policies)
    return inline + tuple(document_named(tx, arn, "session") for arn in claims.policy_arns)


def _session(claims: SessionClaims) -> Session:
    return Session(
        issued=claims.issued,
        expires=claims.expires,
        name=claims.session,
        mfa=claims.mfa,
        source_identity=claims.source_identity,
        tags=claims.tags,
        transitive=claims.transitive,
        source_function_arn=claims.source_function_arn,
        federated_provider=claims.federated_provider,
        chained=claims.chained,
        keys=claims.keys,
        claims=claims,
    )


def _keys(arn: str, account: str, type: str, user_id: str, levels: Levels) -> dict[str, Value]:
    keys: dict[str, Value] = {
        "aws:principalarn": arn,
        "aws:principalaccount": account,
        "aws:principaltype": type,
        "aws:userid": user_id,
        "aws:principalisawsservice": "false",
    }
    if levels.organization:
        keys["aws:principalorgid"] = levels.organization
        keys["aws:principalorgpaths"] = (levels.path,)
    return keys


def _principal_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:principaltag/{name.lower()}": value for name, value in tags.items()}


def _session_keys(claims: SessionClaims) -> dict[str, str]:
    """The keys that only temporary credentials carry; session tags override the entity's."""
    issued = datetime.fromtimestamp(claims.issued, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = {
        **claims.keys,
        **_principal_tags(claims.tags),
        "aws:tokenissuetime": issued,
        "aws:multifactorauthpresent": "false" if claims.mfa is None else "true",
    }
    if claims.source_identity:
        keys["aws:sourceidentity"] = claims.source_identity
    if claims.federated_provider:
        keys["aws:federatedprovider"] = claims.federated_provider
    if claims.source_function_arn:
        keys["lambda:sourcefunctionarn"] = claims.source_function_arn
    return keys
