"""Policy documents in requests and answers.

Answers carry a document "URL-encoded compliant with RFC 3986".
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from lodekey.identity.principals_in import InvalidPrincipal, remember_principals, show_principals
from lodekey.policy.document import MalformedPolicy, validate
from lodekey.services.iam.errors import LimitExceededException, MalformedPolicyDocumentException
from lodekey.services.iam.quotas import TRUST_POLICY_SIZE, must_fit, size_of
from lodekey.store.port import Transaction


def must_be_policy(text: str, kind: Literal["identity", "resource", "trust"] = "identity") -> None:
    """Refuse what is not a policy of its kind.

    Raises:
        MalformedPolicyDocumentException: with what is wrong, in AWS's words.
    """
    try:
        validate(text, kind)
    except MalformedPolicy as error:
        raise MalformedPolicyDocumentException(error.message) from None


def must_not_exceed(text: str, used: int, limit: int, owner: str) -> None:
    """Refuse an inline policy that is too long together with the others of its *owner*.

    Raises:
        LimitExceededException: it is.
    """
    if used + size_of(text) > limit:
        raise LimitExceededException(f"Maximum policy size of {limit} bytes exceeded for {owner}")


def trust_policy(tx: Transaction, text: str) -> str:
    """A role's trust policy as it is to be stored.

    Raises:
        MalformedPolicyDocumentException: it is none, or names a principal that is not.
        LimitExceededException: it is too long.
    """
    must_be_policy(text, "trust")
    must_fit("ACLSizePerRole", size_of(text), TRUST_POLICY_SIZE)
    try:
        return remember_principals(tx, text)
    except InvalidPrincipal as error:
        raise MalformedPolicyDocumentException(f"Invalid principal in policy: {error}") from None


def shown(text: str) -> str:
    """A document as answers carry it."""
    return quote(text, safe="")


def shown_trust(tx: Transaction, text: str) -> str:
    """A stored trust policy as answers carry it."""
    return shown(show_principals(tx, text))
