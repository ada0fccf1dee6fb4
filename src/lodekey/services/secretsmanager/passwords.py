"""Random passwords: GetRandomPassword's rules.

Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
"""

from __future__ import annotations

import secrets
import string

from lodekey.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
)
from lodekey.services.secretsmanager.shapes import GetRandomPasswordRequest

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
DEFAULT_LENGTH = 32

_KINDS = (
    ("ExcludeLowercase", string.ascii_lowercase),
    ("ExcludeUppercase", string.ascii_uppercase),
    ("ExcludeNumbers", string.digits),
    ("ExcludePunctuation", PUNCTUATION),
)


def alphabets(request: GetRandomPasswordRequest) -> list[str]:
    """The kinds of characters that the request leaves in, each without what it excludes.

    Raises:
        InvalidRequestException: Nothing is left.
    """
    unwanted = set(request.get("ExcludeCharacters", ""))
    kinds = [letters for switch, letters in _KINDS if not request.get(switch)]
    if request.get("IncludeSpace"):
        kinds.append(" ")
    left = ["".join(one for one in letters if one not in unwanted) for letters in kinds]
    left = [letters for letters in left if letters]
    if not left:
        raise InvalidRequestException(
            "The password can't be generated: every character type is excluded."
        )
    return left


def random_password(request: GetRandomPasswordRequest) -> str:
    """Draw a password from the operating system's randomness.

    A character of each kind that the request leaves in is there, unless
    ``RequireEachIncludedType`` is false; the places are drawn too.

    Raises:
        InvalidParameterException: The length leaves no room for one of each kind.
        InvalidRequestException: Every kind of character is excluded.
    """
    length = request.get("PasswordLength", DEFAULT_LENGTH)
    kinds = alphabets(request)
    must = kinds if request.get("RequireEachIncludedType", True) else []
    if length < len(must):
        raise InvalidParameterException(
            f"Password length {length} is too short based on the required types."
        )
    letters = "".join(kinds)
    drawn = [secrets.choice(kind) for kind in must]
    drawn += [secrets.choice(letters) for _ in range(length - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)
