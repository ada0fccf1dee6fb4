"""How KMS words a denial: who may not use a key does not learn whether there is one."""

from __future__ import annotations

from typing import Any, Final

from lodekey.errors import AccessDeniedException, ApiError
from lodekey.policy.ask import Ask, Decision
from lodekey.policy.denial import kms_denial_message

# Ours alone, and in no policy: the caller named no key, the ciphertext did.
BY_CIPHERTEXT: Final = "lodekey:byciphertext"

NOT_IN_CIPHERTEXT: Final = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this"
    " region, or you are not allowed to access."
)


def refuse(ctx: Any, ask: Ask, decision: Decision) -> ApiError:
    """Word a denial."""
    keys = ask.keys()
    by_ciphertext = BY_CIPHERTEXT in keys
    return AccessDeniedException(kms_denial_message(ask, decision, by_ciphertext=by_ciphertext))
