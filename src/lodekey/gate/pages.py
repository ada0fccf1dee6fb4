"""Pagination tokens: where a listing goes on, sealed so that nobody can make one up.

A token is bound to its operation and caller's account; a token from elsewhere does not open.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from lodekey.identity.credentials import Sealer


class BadToken(Exception):
    """The token was not made here, or for something else."""


class Pages:
    """Seals and opens pagination tokens."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def token(self, scope: str, position: Any) -> str:
        """A token for *position* (msgpack-able) in *scope* (operation and account)."""
        sealed = self._sealer.seal(scope.encode(), msgspec.msgpack.encode(position))
        return base64.urlsafe_b64encode(sealed).decode()

    def position(self, scope: str, token: str) -> Any:
        """What `token` was given.

        Raises:
            BadToken: The token does not open in *scope*.
        """
        try:
            sealed = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
            return msgspec.msgpack.decode(self._sealer.open(scope.encode(), sealed))
        except Exception as error:  # whatever the sealer objects to, the token is bad
            raise BadToken from error
