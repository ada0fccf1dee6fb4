"""HMAC, and the one comparison that does not tell where two values differ."""

from __future__ import annotations

import hmac

HASHES = {
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}
"""The hash behind each of KMS's MAC algorithms."""


class BadMac(ValueError):
    """The code is not this message's."""


def mac(key: bytes, algorithm: str, message: bytes) -> bytes:
    """Make the HMAC (RFC 2104) of *message*."""
    return hmac.digest(key, message, HASHES[algorithm])


def check(key: bytes, algorithm: str, message: bytes, code: bytes) -> None:
    """Check that *code* is the whole HMAC of *message*.

    Raises:
        BadMac: It is not, or is cut short.
    """
    if not hmac.compare_digest(mac(key, algorithm, message), code):
        raise BadMac
