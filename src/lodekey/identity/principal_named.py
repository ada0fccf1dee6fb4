"""The principal that an ARN names, for questions about what it might do."""

from __future__ import annotations

from lodekey.arn import Arn
from lodekey.identity.principals import Principal, service_principal
from lodekey.identity.principals_of import (
    role_claims,
    root_principal,
    session_principal,
    user_principal,
)
from lodekey.identity.records import ACCOUNTS, ROLES, USERS
from lodekey.store.port import Transaction

SUPPOSED_SESSION = "supposed"


def principal_named(tx: Transaction, arn: str, now: float) -> Principal | None:
    """The root, user, role (as a session of it) or service that *arn* names; None: there is none.

    Args:
        tx: Where the records are.
        arn: ``arn:aws:iam::…:root``, ``…:user/…``, ``…:role/…``, an assumed-role session's ARN, or
            a service's name (``lambda.amazonaws.com``).
        now: When the supposed session begins, seconds since the epoch.
    """
    if not arn.startswith("arn:"):
        return service_principal(arn, {}) if arn.endswith(".amazonaws.com") else None
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return None
    kind, _, rest = parsed.resource.partition("/")
    name = rest.rpartition("/")[2].lower()
    if parsed.service == "iam" and kind == "root" and ACCOUNTS.get(tx, parsed.account):
        return root_principal(tx, parsed.account)
    if parsed.service == "iam" and kind == "user":
        user = USERS.get(tx, parsed.account, name)
        return None if user is None else user_principal(tx, user)
    if parsed.service == "iam" and kind == "role":
        return _session(tx, parsed.account, name, SUPPOSED_SESSION, now)
    if parsed.service == "sts" and kind == "assumed-role":
        role, _, session = rest.partition("/")
        return _session(tx, parsed.account, role.lower(), session or SUPPOSED_SESSION, now)
    return None


def _session(
    tx: Transaction, account: str, name: str, session: str, now: float
) -> Principal | None:
    role = ROLES.get(tx, account, name)
    if role is None:
        return None
    return session_principal(tx, role_claims(role, session, now, role.max_session))
