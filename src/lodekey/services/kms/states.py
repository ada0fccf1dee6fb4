"""Which operation a key's state allows, and how the others are refused.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from typing import Final

from lodekey.errors import ApiError
from lodekey.services.kms.errors import DisabledException, KMSInvalidStateException

ENABLED, DISABLED = "Enabled", "Disabled"
PENDING_DELETION, PENDING_IMPORT = "PendingDeletion", "PendingImport"
PENDING_REPLICA_DELETION = "PendingReplicaDeletion"

_DELETION: Final = frozenset({PENDING_DELETION, PENDING_REPLICA_DELETION})

# AWS's words for each state, after the key's ARN.
_WORDS: Final = {
    DISABLED: "is disabled.",
    PENDING_DELETION: "is pending deletion.",
    PENDING_REPLICA_DELETION: "is pending replica deletion.",
    PENDING_IMPORT: "is pending import.",
}

_USE: Final = frozenset({DISABLED, PENDING_IMPORT}) | _DELETION

REFUSED_IN: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(
        (
            "Encrypt",
            "Decrypt",
            "ReEncrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "Sign",
            "Verify",
            "GenerateMac",
            "VerifyMac",
            "DeriveSharedSecret",
            "Encapsulate",
            "Decapsulate",
            "GetPublicKey",
            "CreateGrant",
            "ReplicateKey",
            "UpdatePrimaryRegion",
            "RotateKeyOnDemand",
            "EnableKeyRotation",
            "DisableKeyRotation",
        ),
        _USE,
    ),
    "EnableKey": frozenset({PENDING_IMPORT}) | _DELETION,
    "DisableKey": frozenset({PENDING_IMPORT}) | _DELETION,
    **dict.fromkeys(
        (
            "CreateAlias",
            "UpdateAlias",
            "ScheduleKeyDeletion",
            "TagResource",
            "UntagResource",
            "UpdateKeyDescription",
            "GetParametersForImport",
            "ImportKeyMaterial",
        ),
        _DELETION,
    ),
}
"""The states in which each operation is refused; what is not here is allowed in all of them."""


def must_allow(arn: str, state: str, operation: str) -> None:
    """Check that a key in *state* may undergo *operation*.

    Raises:
        DisabledException: It is disabled.
        KMSInvalidStateException: It is in another state that does not allow it.
    """
    if state in REFUSED_IN.get(operation, ()):
        raise refusal(arn, state)


def refusal(arn: str, state: str) -> ApiError:
    """The error that says in which state the key is."""
    error = DisabledException if state == DISABLED else KMSInvalidStateException
    return error(f"{arn} {_WORDS[state]}")


def must_await_deletion(arn: str, state: str) -> None:
    """Raise `KMSInvalidStateException` unless the key's deletion is scheduled."""
    if state not in _DELETION:
        raise KMSInvalidStateException(f"{arn} is not pending deletion.")
