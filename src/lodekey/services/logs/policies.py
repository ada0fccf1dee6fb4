"""Resource policies: which AWS services may write logs here.

AWS: "Resource policies with actions invoked by non-Amazon Web Services service principals will not
be enforced." No service of this server writes logs as itself, so a policy is checked, kept and
shown, and lets nobody in.
"""

from __future__ import annotations

import msgspec

from lodekey.store.port import Collection, Transaction

ACCOUNT_SCOPE = "ACCOUNT"
RESOURCE_SCOPE = "RESOURCE"
MAX_ACCOUNT_POLICIES = 10


class LogPolicy(msgspec.Struct, frozen=True, omit_defaults=True):
    """A resource policy of the account, or of one log group.

    Args:
        name: Its name; empty for a log group's.
        document: Its JSON.
        updated: Milliseconds since the epoch.
        resource: The log group's ARN; empty for the account's.
        revision: What a change of a log group's policy has to name.
    """

    name: str
    document: str
    updated: int
    resource: str = ""
    revision: str = ""

    @property
    def scope(self) -> str:
        """Whether it holds for the account or for one resource."""
        return RESOURCE_SCOPE if self.resource else ACCOUNT_SCOPE


POLICIES = Collection("logs/policy", LogPolicy)


def policies_in(tx: Transaction, account: str, region: str, scope: str) -> list[LogPolicy]:
    """The policies of a scope, in order of name."""
    return [policy for _, policy in POLICIES.scan(tx, account, region, scope)]
