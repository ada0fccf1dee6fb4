"""A claim becomes a principal: whose access key it is, and which secret must have signed."""

from __future__ import annotations

from lodekey.identity.credentials import InvalidToken, Sealer, TokenExpired, read_token
from lodekey.identity.principals import Principal
from lodekey.identity.principals_of import Gone, principal_of_key, principal_of_session
from lodekey.identity.records import ACCESS_KEYS
from lodekey.policy.ask import Caller
from lodekey.store.port import Transaction

ANONYMOUS = Principal(
    caller=Caller(kind="anonymous", arn="anonymous", account="", direct=frozenset()),
    access_key_id="",
    user_id="anonymous",
    name="",
    principal_arn="anonymous",
    type="Anonymous",
    keys={"aws:principaltype": "Anonymous", "aws:principalisawsservice": "false"},
)


class UnknownKey(Exception):
    """There is no such access key, it is inactive, or its token does not belong to it."""


class SessionEnded(Exception):
    """The temporary credentials have expired."""


def authenticate(
    tx: Transaction, access_key_id: str, token: str, now: float, sealer: Sealer
) -> tuple[Principal, str]:
    """The principal that an access key belongs to, and the secret that must have signed.

    The caller verifies the signature with that secret before believing any of it.

    Args:
        tx: Where the records are.
        access_key_id: As claimed.
        token: The session token; empty: none was sent.
        now: Seconds since the epoch.
        sealer: What session tokens are sealed with.

    Raises:
        UnknownKey: No such key; an inactive one; a token that is not this key's, or a long-term
            key that comes with a token.
        SessionEnded: The session has expired.
    """
    if token:
        return _of_session(tx, access_key_id, token, now, sealer)
    key = ACCESS_KEYS.get(tx, access_key_id)
    if key is None or not key.active:
        raise UnknownKey(access_key_id)
    try:
        return principal_of_key(tx, key.account, key.user, key.id), key.secret
    except Gone:
        raise UnknownKey(access_key_id) from None


def _of_session(
    tx: Transaction, access_key_id: str, token: str, now: float, sealer: Sealer
) -> tuple[Principal, str]:
    try:
        opened = read_token(sealer, access_key_id, token, now)
        principal = principal_of_session(tx, opened.claims, access_key_id, token)
    except TokenExpired:
        raise SessionEnded(access_key_id) from None
    except (InvalidToken, Gone):
        raise UnknownKey(access_key_id) from None
    return principal, opened.secret
