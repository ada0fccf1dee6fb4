"""IAM's quotas, and the words in which they are refused.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

from lodekey.services.iam.errors import LimitExceededException

USERS = 5000
GROUPS = 300
ROLES = 1000
POLICIES = 1500
INSTANCE_PROFILES = 1000
OIDC_PROVIDERS = 100
CLIENT_IDS_PER_PROVIDER = 100
ACCESS_KEYS_PER_USER = 2
GROUPS_PER_USER = 10
ATTACHED_PER_ENTITY = 10
VERSIONS_PER_POLICY = 5
TAGS_PER_ENTITY = 50
MFA_DEVICES_PER_USER = 8

USER_POLICY_SIZE = 2048
ROLE_POLICY_SIZE = 10240
GROUP_POLICY_SIZE = 5120
MANAGED_POLICY_SIZE = 6144
TRUST_POLICY_SIZE = 2048
"""Characters, white space left out."""


def size_of(document: str) -> int:
    """A policy document's size as IAM counts it: "IAM doesn't count white space"."""
    return sum(not character.isspace() for character in document)


def must_fit(quota: str, used: int, limit: int) -> None:
    """Refuse what goes past a quota.

    Raises:
        LimitExceededException: *used* is more than *limit*.
    """
    if used > limit:
        raise LimitExceededException(f"Cannot exceed quota for {quota}: {limit}")
