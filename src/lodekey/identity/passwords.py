"""Console passwords: only their hashes are kept, and what a password policy asks of one.

scrypt with the parameters of RFC 7914's interactive use, a fresh salt each, in a text that says all
that checking needs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string

from lodekey.identity.records import PasswordPolicy

_N, _R, _P = 2**14, 8, 1
_SYMBOLS = set("!@#$%^&*()_+-=[]{}|'")


def hash_password(password: str) -> str:
    """The hash of *password*, with its salt."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_password(password: str, hashed: str) -> bool:
    """Whether *hashed* is the hash of *password*."""
    _, salt, digest = hashed.split("$")
    made = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), n=_N, r=_R, p=_P)
    return hmac.compare_digest(made, base64.b64decode(digest))


def faults_of(password: str, policy: PasswordPolicy) -> list[str]:
    """What the policy asks for and *password* has not, in AWS's words."""
    marks = set(password)
    asked = (
        (
            len(password) < policy.minimum_length,
            f"Password should have a minimum length of {policy.minimum_length}",
        ),
        (
            policy.uppercase and not marks & set(string.ascii_uppercase),
            "Password should have at least one uppercase letter",
        ),
        (
            policy.lowercase and not marks & set(string.ascii_lowercase),
            "Password should have at least one lowercase letter",
        ),
        (
            policy.symbols and not marks & _SYMBOLS,
            "Password should have at least one symbol",
        ),
        (
            policy.numbers and not marks & set(string.digits),
            "Password should have at least one number",
        ),
    )
    return [words for is_fault, words in asked if is_fault]
