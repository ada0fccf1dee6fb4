"""Was a second factor shown with this request?"""

from __future__ import annotations

from lodekey.errors import AccessDenied
from lodekey.gate.context import Context
from lodekey.identity.one_time_codes import take_code
from lodekey.identity.records import MFA_DEVICES

REFUSED = "MultiFactorAuthentication failed with invalid MFA one time pass code. "


def shown_now(ctx: Context, serial: str, code: str) -> bool:
    """Whether the caller shows an MFA code with this request; two empty texts: none was sent.

    Raises:
        AccessDenied: one was sent, and it is wrong, used up, or of a device that is not the
            caller's.
    """
    if not serial and not code:
        return False
    if not serial or not code:
        raise AccessDenied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time "
            "pass code."
        )
    name = serial.rpartition("/")[2]
    device = MFA_DEVICES.get(ctx.tx, ctx.account, name.lower())
    owner = ctx.principal.name if ctx.principal.type == "User" else ""
    is_callers = ctx.principal.type in {"User", "Account"} and ctx.principal.session is None
    if device is None or not is_callers or device.arn != serial or device.enabled is None:
        raise AccessDenied(REFUSED)
    taken = take_code(device, code, ctx.now)
    if taken is None or device.user != owner:
        raise AccessDenied(REFUSED)
    MFA_DEVICES.put(ctx.tx, ctx.account, name.lower(), record=taken)
    return True
