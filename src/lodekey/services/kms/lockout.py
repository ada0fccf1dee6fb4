"""The lockout safety check: whoever writes a key policy must be able to write the next one.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.policy.ask import Guard
from lodekey.policy.document import parse
from lodekey.services.kms import conditions, key_policies
from lodekey.services.kms.errors import MalformedPolicyDocumentException
from lodekey.services.kms.families import Family
from lodekey.services.kms.keys import Key
from lodekey.services.kms.named_keys import NamedKey


def must_not_lock_out(
    ctx: Context, request: Mapping[str, Any], key: Key, family: Family | None = None
) -> None:
    """Check that the policy of *key*, not yet written, lets the caller put another.

    Only the new policy is asked, as AWS does: grants do not count, nor does what an identity
    policy alone would allow.

    Raises:
        MalformedPolicyDocumentException: It does not, and the caller did not ask to bypass.
    """
    if request.get("BypassPolicyLockoutSafetyCheck"):
        return
    guard = Guard(policy=parse(key.policy, name="key policy", kind="key"), style="key")
    named = NamedKey(key=key, guard=guard, aliases=(), family=family)
    asked = {**conditions.of_key(named), "kms:policyname": key_policies.DEFAULT_NAME}
    if not ctx.allows("kms:PutKeyPolicy", Bare(key.arn, key.account, guard, key.tags), asked):
        raise MalformedPolicyDocumentException(key_policies.LOCKED_OUT)
