"""Sessions: what goes into a session token, and how much of it.

Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from lodekey.errors import ValidationError
from lodekey.identity.credentials import TemporaryCredentials
from lodekey.identity.policies_of import managed_policy
from lodekey.identity.principals import Session
from lodekey.policy.document import MalformedPolicy, validate
from lodekey.services.sts.errors import (
    InvalidParameterValue,
    MalformedPolicyDocumentException,
    PackedPolicyTooLargeException,
)
from lodekey.services.sts.shapes import Credentials, PolicyDescriptorType, Tag
from lodekey.store.port import Transaction

HOUR = 3600
MOST_POLICY_ARNS = 10
MOST_TAGS = 50
PACKED_LIMIT = 1536
"""Bytes of compressed policies and tags. AWS keeps its own limit and packing to itself."""


class SessionPolicies(NamedTuple):
    """The session policies of a request: an inline one's text, and managed ones' ARNs."""

    texts: tuple[str, ...]
    arns: tuple[str, ...]
    plain: tuple[str, ...]
    """All their texts, for what they weigh."""


class SessionTags(NamedTuple):
    """The tags of a session to be, those handed on by the calling session among them."""

    tags: dict[str, str]
    transitive: tuple[str, ...]


def session_policies(
    tx: Transaction, account: str, text: str, arns: Sequence[PolicyDescriptorType]
) -> SessionPolicies:
    """The session policies that a request passes; an empty *text* passes none.

    Raises:
        MalformedPolicyDocumentException: one is no policy, or is not there.
        ValidationError: more managed policies than a session takes.
    """
    names = tuple(arn["arn"] for arn in arns if "arn" in arn)
    if len(names) > MOST_POLICY_ARNS:
        raise ValidationError(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_POLICY_ARNS}"
        )
    if text:
        try:
            validate(text, "session")
        except MalformedPolicy as error:
            raise MalformedPolicyDocumentException(error.message) from None
    managed = tuple(_managed_text(tx, account, arn) for arn in names)
    texts = (text,) if text else ()
    return SessionPolicies(texts, names, texts + managed)


def _managed_text(tx: Transaction, account: str, arn: str) -> str:
    policy = managed_policy(tx, arn)
    if policy is None or policy.account not in {account, "aws"}:
        raise MalformedPolicyDocumentException(f"Policy {arn} does not exist or is not attachable.")
    return policy.text


def session_tags(
    tags: Mapping[str, str], transitive: Iterable[str], calling: Session | None
) -> SessionTags:
    """The tags of a session that *calling* makes: those given, and those handed on.

    Raises:
        InvalidParameterValue: tags contradict each other, or those handed on.
    """
    handed = {} if calling is None else {name: calling.tags[name] for name in calling.transitive}
    given = {name.lower() for name in tags}
    if any(name.lower() in given for name in handed):
        raise InvalidParameterValue(
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )
    going_on = tuple(dict.fromkeys(transitive))
    if not {name.lower() for name in going_on} <= given:
        raise InvalidParameterValue(
            "The specified transitive tag key must be included in the requested tags."
        )
    spelled = {name.lower(): name for name in tags}
    return SessionTags({**handed, **tags}, (*handed, *(spelled[name.lower()] for name in going_on)))


def tags_given(tags: Sequence[Tag]) -> dict[str, str]:
    """The tags of a request.

    Raises:
        InvalidParameterValue: a name comes twice, or is AWS's.
    """
    made = {tag["Key"]: tag["Value"] for tag in tags}
    if len({name.lower() for name in made}) != len(tags):
        raise InvalidParameterValue(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(name.lower().startswith("aws:") for name in made):
        raise InvalidParameterValue("Tag keys beginning with aws: are reserved for system use.")
    return made


def packed_size(policies: SessionPolicies, tags: Mapping[str, str]) -> int | None:
    """How full policies and tags make a session token, in percent; None: there are none.

    Raises:
        PackedPolicyTooLargeException: more than full.
    """
    if not policies.plain and not tags:
        return None
    body = msgspec.msgpack.encode((policies.plain, policies.arns, dict(tags)))
    percent = -(-100 * len(zlib.compress(body, 9)) // PACKED_LIMIT)
    if percent > 100:
        what = "Packed policy" if policies.plain else "Packed size of session tags"
        rest = ", please use smaller policy." if policies.plain else "."
        raise PackedPolicyTooLargeException(f"{what} consumes {percent}% of allotted space{rest}")
    return percent


def role_duration(wanted: int, most: int, *, chained: bool) -> int:
    """The length of a role session, seconds.

    Raises:
        ValidationError: longer than the role lets it be, or than chained roles may.
    """
    if chained and wanted > HOUR:
        raise ValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining"
        )
    if wanted > most:
        raise ValidationError(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return wanted


def shown(made: TemporaryCredentials) -> Credentials:
    """Temporary credentials as answers show them."""
    return {
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret,
        "SessionToken": made.token,
        "Expiration": made.expiration,
    }
