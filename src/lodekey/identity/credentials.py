"""Credentials: long-term access keys, and temporary ones that need no table.

A session token is the sealed description of its session. Only this installation can make one, it
belongs to one access key id (under whose name it is sealed), and the secret lies inside it. What a
session may do is not in it: policies are read from the current role or user, found by unique id, so
that a deleted or re-created entity ends its sessions at once.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from functools import lru_cache
from typing import Literal, NamedTuple, Protocol

import msgspec

from lodekey.identity.naming import new_access_key_id, new_secret
from lodekey.identity.records import ACCESS_KEYS, ACCOUNTS, USERS, AccessKey
from lodekey.store.port import Transaction

SessionKind = Literal["role", "federated", "user", "root"]

_PLAIN, _PACKED = b"\x01", b"\x02"
"""The first byte of a token: how its body was written before it was sealed."""
_WORTH_PACKING = 768
_PURPOSE = b"lodekey session token "


class Sealer(Protocol):
    """Seals bytes so that only we can open them, and only under the same name."""

    def seal(self, name: bytes, body: bytes) -> bytes:
        """Seal *body* under *name*."""

    def open(self, name: bytes, sealed: bytes) -> bytes:
        """Open what `seal` made for the same *name*; raises any exception otherwise."""

    def __hash__(self) -> int:
        """What it opened is remembered by it."""


class InvalidToken(Exception):
    """The session token was not made here, or belongs to another access key id."""


class TokenExpired(Exception):
    """The session has ended."""


class SessionClaims(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a session token says. New fields go to the end, with a default: old tokens stay good.

    Args:
        kind: ``role`` (assumed, by whatever road), ``federated`` (GetFederationToken), ``user`` or
            ``root`` (GetSessionToken, by a user or the root).
        account: The account of the role or user.
        name: The role's or user's friendly name; empty for root.
        id: The role's or user's unique id; the account id for root.
        issued: Seconds since the epoch.
        expires: Seconds since the epoch.
        session: The role session's or the federated user's name.
        policies: Session policies: their texts.
        policy_arns: Session policies: managed policies' ARNs.
        tags: Session tags.
        transitive: Names of the tags that go along when roles are chained.
        source_identity: ``sts:SourceIdentity`` as set; empty: none.
        mfa: When a second factor was shown; None: never.
        source_function_arn: ``lambda:SourceFunctionArn``.
        federated_provider: ``aws:FederatedProvider``: the OIDC provider's ARN.
        chained: Whether credentials of a role made it.
        keys: Further context keys of the session, lower case.
    """

    kind: SessionKind
    account: str
    name: str
    id: str
    issued: int
    expires: int
    session: str = ""
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    transitive: tuple[str, ...] = ()
    source_identity: str = ""
    mfa: int | None = None
    source_function_arn: str = ""
    federated_provider: str = ""
    chained: bool = False
    keys: dict[str, str] = {}


class TemporaryCredentials(NamedTuple):
    """What STS hands out."""

    access_key_id: str
    secret: str
    token: str
    expiration: int


class Opened(NamedTuple):
    """A session token, opened."""

    claims: SessionClaims
    secret: str


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    secret: str
    claims: SessionClaims


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Sealed).decode


def mint(sealer: Sealer, claims: SessionClaims) -> TemporaryCredentials:
    """Make the credentials of a session."""
    access_key_id = new_access_key_id("ASIA", claims.account)
    secret = new_secret()
    body = _encode(_Sealed(secret, claims))
    form = _PACKED if len(body) > _WORTH_PACKING else _PLAIN
    sealed = sealer.seal(_name(access_key_id), zlib.compress(body) if form == _PACKED else body)
    token = base64.b64encode(form + sealed).decode()
    return TemporaryCredentials(access_key_id, secret, token, claims.expires)


def read_token(sealer: Sealer, access_key_id: str, token: str, now: float) -> Opened:
    """Open a session token.

    Raises:
        InvalidToken: it was not made here for *access_key_id*.
        TokenExpired: its session has ended.
    """
    opened = _open(sealer, access_key_id, token)
    if now >= opened.claims.expires:
        raise TokenExpired
    return opened


@lru_cache(maxsize=4096)
def _open(sealer: Sealer, access_key_id: str, token: str) -> Opened:
    """Open a session token, ended or not. A function sends the same one with every call it makes.

    Raises:
        InvalidToken: it was not made here for *access_key_id*.
    """
    try:
        raw = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidToken from None
    form = raw[:1]
    if form not in {_PLAIN, _PACKED}:
        raise InvalidToken
    try:
        body = sealer.open(_name(access_key_id), raw[1:])
        sealed = _decode(zlib.decompress(body) if form == _PACKED else body)
    except Exception:  # noqa: BLE001 - whatever the sealer or the decoder objects to, we refuse
        raise InvalidToken from None
    return Opened(sealed.claims, sealed.secret)


def _name(access_key_id: str) -> bytes:
    return _PURPOSE + access_key_id.encode()


def new_access_key(
    tx: Transaction,
    account: str,
    user: str,
    now: float,
    *,
    access_key_id: str = "",
    secret: str = "",
) -> AccessKey:
    """Make a long-term access key and file it with its owner.

    Args:
        tx: A writing transaction.
        account: The account's id.
        user: The user's name; empty: the account's root.
        now: Seconds since the epoch.
        access_key_id: An id given from outside (the root's, set by a script); empty: a new one.
        secret: Likewise.

    Raises:
        Exists: there is such an access key already.
        LookupError: there is no such account or user.
    """
    key = AccessKey(
        id=access_key_id or new_access_key_id("AKIA", account),
        secret=secret or new_secret(),
        account=account,
        created=now,
        user=user,
    )
    ACCESS_KEYS.put(tx, key.id, record=key, create=True)
    if user:
        owner = USERS.get(tx, account, user.lower())
        if owner is None:
            raise LookupError(user)
        keys = (*owner.access_keys, key.id)
        changed = msgspec.structs.replace(owner, access_keys=keys)
        USERS.put(tx, account, user.lower(), record=changed)
    else:
        home = ACCOUNTS.get(tx, account)
        if home is None:
            raise LookupError(account)
        keys = (*home.access_keys, key.id)
        ACCOUNTS.put(tx, account, record=msgspec.structs.replace(home, access_keys=keys))
    return key
