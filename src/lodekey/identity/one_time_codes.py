"""The six digits that a virtual MFA device shows (RFC 6238: HMAC-SHA-1, 30 seconds)."""

from __future__ import annotations

import hmac
import secrets

from msgspec.structs import replace

from lodekey.identity.records import MfaDevice

STEP = 30
SEED_BYTES = 20
DRIFT = 1
"""How many steps a device's clock may be off, either way."""


def new_seed() -> bytes:
    """A device's shared secret."""
    return secrets.token_bytes(SEED_BYTES)


def code_at(seed: bytes, step: int) -> str:
    """The code of one time step.

    Source: https://www.rfc-editor.org/rfc/rfc4226#section-5.3
    """
    digest = hmac.digest(seed, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


def take_code(device: MfaDevice, code: str, now: float) -> MfaDevice | None:
    """Check a code: the device as it is to be filed, or None where the code is not good.

    A code is good once: a step that was taken, and those before it, are not taken again.
    """
    current = int(now) // STEP
    for step in range(current - DRIFT, current + DRIFT + 1):
        is_right = hmac.compare_digest(code_at(device.seed, step), code)
        if is_right and step > device.last_step:
            return replace(device, last_step=step)
    return None


def enable(device: MfaDevice, first: str, second: str, now: float) -> MfaDevice | None:
    """Check two codes that follow each other; None where they do not."""
    current = int(now) // STEP
    for step in range(current - 10, current + DRIFT + 1):
        if hmac.compare_digest(code_at(device.seed, step), first) and hmac.compare_digest(
            code_at(device.seed, step + 1), second
        ):
            return replace(device, last_step=step + 1, enabled=now)
    return None
