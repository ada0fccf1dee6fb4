"""GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage."""

from __future__ import annotations

from typing import TypeVar

from lodekey.errors import ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.naming import account_of_access_key
from lodekey.identity.records import ACCESS_KEYS, NOT_SHARED
from lodekey.services.sts.shapes import (
    GetAccessKeyInfoRequest,
    GetAccessKeyInfoResponse,
    GetCallerIdentityRequest,
    GetCallerIdentityResponse,
)

A = TypeVar("A")


def everything(ctx: Context, request: A) -> Bare:
    """``*``."""
    return Bare("*", ctx.account, NOT_SHARED)


@operation("sts:GetCallerIdentity", on=everything, open_to_all=True)
def get_caller_identity(
    ctx: Context, request: GetCallerIdentityRequest, nothing: Bare
) -> GetCallerIdentityResponse:
    """Say who asks; "no permissions are required", and no policy can deny it."""
    principal = ctx.principal
    return {"UserId": principal.user_id, "Account": principal.account, "Arn": principal.arn}


@operation("sts:GetAccessKeyInfo", on=everything)
def get_access_key_info(
    ctx: Context, request: GetAccessKeyInfoRequest, nothing: Bare
) -> GetAccessKeyInfoResponse:
    """Say which account an access key belongs to; not whether it still is good."""
    access_key_id = request["AccessKeyId"]
    key = ACCESS_KEYS.get(ctx.tx, access_key_id)
    account = account_of_access_key(access_key_id) if key is None else key.account
    if not account:
        raise ValidationError(f"The access key {access_key_id} is not valid")
    return {"Account": account}
