"""Everybody who could ask: each principal of each account of the server, and those outside.

A role is taken as a session of it, and once more for each function that has it: what Lambda hands
to a function carries ``lambda:SourceFunctionArn``. Whoever is not on the server stands for all that
are like them: each account and principal that a policy names, and one account that none names,
with everything allowed on the identity side.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lodekey.gate.context import Context
from lodekey.identity.credentials import SessionClaims
from lodekey.identity.principal_named import SUPPOSED_SESSION
from lodekey.identity.principals import Principal, service_principal
from lodekey.identity.principals_of import (
    role_claims,
    root_principal,
    session_principal,
    user_principal,
)
from lodekey.identity.records import ACCOUNTS, ROLES, USERS, Role
from lodekey.policy.ask import Caller, Guard
from lodekey.policy.document import Document, parse
from lodekey.policy.statement import keys_of_resource
from lodekey.policy.together import documents
from lodekey.services.admin.reads import ASSUMED, SESSIONS, Subject
from lodekey.services.lambda_.functions import FUNCTIONS, VERSIONS

LAMBDA = "lambda.amazonaws.com"
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
NEW_FUNCTION = "a-new-function"
_NAMED = re.compile(
    r'(?:arn:aws:(?:iam|sts)::([\w*?]*):|"[*?][^"]*?)((?:user|role|assumed-role)/[\w+=,.@/*?-]+)'
)
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")
_SESSION = re.compile(r":assumed-role/([^/\"]+)/([\w+=,.@-]+)")


@dataclass(frozen=True, slots=True)
class Running:
    """A function with the role that some version of it has."""

    arn: str
    account: str
    region: str
    name: str
    role: str


def running(ctx: Context) -> list[Running]:
    """Every function of the server, once for each role of its versions."""
    latest = (function.latest for _, function in FUNCTIONS.scan(ctx.tx))
    published = (version for _, version in VERSIONS.scan(ctx.tx))
    found = {
        Running(
            each.named._replace(qualifier="").arn, each.account, each.region, each.name, each.role
        ): None
        for versions in (latest, published)
        for each in versions
    }
    return list(found)


def everybody(
    ctx: Context, guards: Collection[Document], functions: list[Running]
) -> Iterator[Subject]:
    """Every subject, those who could only come to be among them (`Subject.present`)."""
    texts = "\n".join(document.text for document in guards)
    vague = ("aws:userid",) if minds_session_name(guards) else ()
    roles = [role for _, role in ROLES.scan(ctx.tx)]
    accounts = [account.id for _, account in ACCOUNTS.scan(ctx.tx)]
    for account in accounts:
        root = root_principal(ctx.tx, account)
        yield _plain(root, "root")
        yield _federated(ctx, root, account, "")
    for _, user in USERS.scan(ctx.tx):
        yield _plain(user_principal(ctx.tx, user), "user")
        yield _federated(ctx, user_principal(ctx.tx, user), user.id, user.name)
    for role in roles:
        yield from _of_role(ctx, role, texts, functions, vague)
    everything = "\n".join([texts, *(role.trust for role in roles)])
    yield from _outside(everything, set(accounts))
    for name in sorted(set(re.findall(r"[a-z0-9.-]+\.amazonaws\.com", texts))):
        service = service_principal(name, {})
        yield Subject(
            name=name,
            caller=service.caller,
            known=service.keys,
            free=("aws:source", "aws:principal"),
            kind="service",
        )


def _plain(principal: Principal, kind: str) -> Subject:
    return Subject(
        name=principal.principal_arn,
        caller=principal.caller,
        known=principal.keys,
        free=SESSIONS,
        kind=kind,
    )


def _federated(ctx: Context, behind: Principal, entity: str, name: str) -> Subject:
    """What GetFederationToken would make of somebody, with everything in the session policy."""
    claims = SessionClaims(
        kind="federated",
        account=behind.account,
        name=name,
        id=entity,
        issued=int(ctx.now),
        expires=int(ctx.now) + 3600,
        session=SUPPOSED_SESSION,
        policies=(ALL,),
    )
    made = session_principal(ctx.tx, claims)
    return Subject(
        name=made.arn,
        caller=made.caller,
        known=_without(made, *SESSIONS, "aws:principaltag/"),
        free=(*SESSIONS, "aws:principaltag/"),
        kind="federated",
        user=behind.principal_arn,
        present=False,
    )


def _without(principal: Principal, *prefixes: str) -> dict[str, str | tuple[str, ...]]:
    found = principal.keys.items()
    return {
        key: value if isinstance(value, str) else tuple(value)
        for key, value in found
        if not key.startswith(prefixes)
    }


# Roles.


def _of_role(
    ctx: Context, role: Role, texts: str, functions: list[Running], vague: tuple[str, ...]
) -> Iterator[Subject]:
    only_lambda = trusts_only_lambda(role)
    having = [each for each in functions if each.role == role.arn]
    sessions = [SUPPOSED_SESSION]
    sessions += sorted({name for of, name in _SESSION.findall(texts) if of == role.name})
    for session in sessions:
        yield _generic(ctx, role, session, vague, present=not only_lambda)
    for each in having:
        yield _function(ctx, role, each.arn, each.name)
    if LAMBDA in role.trust:
        arn = f"arn:aws:lambda:{ctx.region}:{role.account}:function:{NEW_FUNCTION}"
        yield _function(ctx, role, arn, NEW_FUNCTION, present=only_lambda and not having)


def _session(ctx: Context, role: Role, name: str, function: str = "") -> Principal:
    claims = role_claims(role, name, ctx.now, role.max_session, source_function_arn=function)
    return session_principal(ctx.tx, claims)


def _generic(
    ctx: Context, role: Role, session: str, vague: tuple[str, ...], *, present: bool
) -> Subject:
    made = _session(ctx, role, session)
    if minds_session_name(documents(made.caller, Guard())):
        vague = ("aws:userid",)
    known = _without(made, *ASSUMED, *vague)
    return Subject(
        name=role.arn if session == SUPPOSED_SESSION else made.arn,
        caller=made.caller,
        known=known,
        free=(*ASSUMED, *vague),
        any_provider=True,
        kind="role",
        role=role.arn,
        present=present,
    )


def _function(ctx: Context, role: Role, arn: str, name: str, *, present: bool = True) -> Subject:
    made = _session(ctx, role, name, arn)
    return Subject(
        name=role.arn,
        caller=made.caller,
        known=_without(made, "aws:tokenissuetime"),
        free=("aws:tokenissuetime",),
        kind="function",
        function=arn,
        role=role.arn,
        present=present,
    )


def trusts_only_lambda(role: Role) -> bool:
    """Whether no statement of the trust policy allows anybody but Lambda."""
    trust = parse(role.trust, name=role.arn, kind="trust")
    allowing = [each.names for each in trust.statements if each.allows]
    return bool(allowing) and all(
        names is not None
        and not names.excluded
        and not (names.everyone or names.aws or names.accounts or names.providers)
        and names.services == {LAMBDA}
        for names in allowing
    )


def minds_session_name(policies: Iterable[Document]) -> bool:
    """Whether a policy tells sessions of one role apart by ``aws:userid``."""
    for document in policies:
        for statement in document.statements:
            if "aws:userid" in keys_of_resource(statement):
                return True
            for condition in statement.conditions:
                if "aws:userid" in condition.reads:
                    return True
                if condition.key == "aws:userid" and not all(map(_whole, condition.wanted)):
                    return True
    return False


def _whole(wanted: str) -> bool:
    """Whether a value means all sessions of a role, or none."""
    plain = "*" not in wanted[:-1] and "?" not in wanted
    return plain and wanted.rpartition(":")[2] in {"*", wanted}


# Those outside.


def _outside(texts: str, known: set[str]) -> Iterator[Subject]:
    accounts = set(_ACCOUNT.findall(texts)) - known
    unnamed = next(
        number
        for number in map(str, range(999_999_999_999, 0, -1))
        if number not in known | accounts
    )
    names = {
        f"arn:aws:iam::{account if _ACCOUNT.fullmatch(account) else unnamed}:{_filled(rest)}"
        for account, rest in _NAMED.findall(texts)
        if account not in known
    }
    names |= {f"arn:aws:iam::{account}:user/anybody" for account in (*accounts, unnamed)}
    for name in sorted(names):
        yield outsider(name)


def _filled(resource: str) -> str:
    kind, _, rest = resource.replace("*", "x").replace("?", "x").partition("/")
    return f"role/{rest.partition('/')[0]}" if kind == "assumed-role" else f"{kind}/{rest}"


def outsider(arn: str) -> Subject:
    """Somebody of an account that is not on this server, whose own side allows everything."""
    account, is_role = arn.split(":")[4], ":role/" in arn
    name = arn.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{SUPPOSED_SESSION}"
    caller = Caller(
        kind="role" if is_role else "user",
        arn=session if is_role else arn,
        account=account,
        direct=frozenset({session if is_role else arn}),
        entity=frozenset({arn}) if is_role else frozenset(),
        identity=(parse(ALL, name="whatever they have"),),
    )
    return Subject(
        name=arn,
        caller=caller,
        known={
            "aws:principalarn": arn,
            "aws:principalaccount": account,
            "aws:principaltype": "AssumedRole" if is_role else "User",
            "aws:principalisawsservice": "false",
        },
        free=("aws:",),
        any_provider=True,
        kind="outsider",
    )
