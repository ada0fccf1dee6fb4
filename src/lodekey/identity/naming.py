"""New identifiers: unique ids, access key ids, secrets.

An access key id carries its account, as AWS's do: ``GetAccessKeyInfo`` can name the account of any
id, and temporary credentials need no table for it.
"""

from __future__ import annotations

import base64
import secrets

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MARK = 1 << 47
"""Set in the ids that carry an account; ids older than 2019 do not."""
_ACCOUNT_SHIFT = 7


def new_unique_id(prefix: str) -> str:
    """A unique id: *prefix* (``AIDA``, ``AROA``, ``AGPA``, ``ANPA``) and 17 characters."""
    return prefix + "".join(secrets.choice(_BASE32) for _ in range(17))


def new_access_key_id(prefix: str, account: str) -> str:
    """An access key id: *prefix* (``AKIA`` long-term, ``ASIA`` temporary) and 16 characters."""
    head = _MARK | int(account) << _ACCOUNT_SHIFT | secrets.randbits(_ACCOUNT_SHIFT)
    return prefix + base64.b32encode(head.to_bytes(6, "big") + secrets.token_bytes(4)).decode()


def account_of_access_key(access_key_id: str) -> str:
    """The account that an access key id carries; empty where the id has not our form."""
    if len(access_key_id) != 20:
        return ""
    try:
        raw = base64.b32decode(access_key_id[4:])
    except ValueError:
        return ""
    head = int.from_bytes(raw[:6], "big")
    return f"{(head & ~_MARK) >> _ACCOUNT_SHIFT:012d}" if head & _MARK else ""


def new_secret() -> str:
    """A secret access key: 40 characters, 240 random bits."""
    return base64.b64encode(secrets.token_bytes(30)).decode()
