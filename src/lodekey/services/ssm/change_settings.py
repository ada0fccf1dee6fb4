"""GetServiceSetting, UpdateServiceSetting, ResetServiceSetting."""

from __future__ import annotations

from typing import TypedDict, TypeVar

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.ssm import settings
from lodekey.services.ssm.parameters import UNSHARED
from lodekey.services.ssm.settings import SETTINGS, Setting
from lodekey.services.ssm.shapes import (
    GetServiceSettingRequest,
    GetServiceSettingResult,
    ResetServiceSettingRequest,
    ResetServiceSettingResult,
    ServiceSetting,
    UpdateServiceSettingRequest,
    UpdateServiceSettingResult,
)


class _Setting(TypedDict):
    SettingId: str


R = TypeVar("R", bound=_Setting)


def setting_of(ctx: Context, request: R) -> Bare:
    """The setting as a resource."""
    return Bare(_arn(ctx, settings.setting_named(request["SettingId"])), ctx.account, UNSHARED)


def _arn(ctx: Context, id_: str) -> str:
    return f"arn:aws:ssm:{ctx.region}:{ctx.account}:servicesetting{id_}"


def _shown(ctx: Context, id_: str) -> ServiceSetting:
    changed = SETTINGS.get(ctx.tx, ctx.account, ctx.region, id_)
    shown: ServiceSetting = {"SettingId": id_, "ARN": _arn(ctx, id_)}
    if changed is None:
        return {
            **shown,
            "SettingValue": settings.default_of(id_),
            "LastModifiedUser": "System",
            "Status": "Default",
        }
    return {
        **shown,
        "SettingValue": changed.value,
        "LastModifiedDate": changed.modified,
        "LastModifiedUser": changed.modified_by,
        "Status": "Customized",
    }


@operation("ssm:GetServiceSetting", on=setting_of)
def get_service_setting(
    ctx: Context, request: GetServiceSettingRequest, setting: Bare
) -> GetServiceSettingResult:
    """Read a setting."""
    return {"ServiceSetting": _shown(ctx, settings.setting_named(request["SettingId"]))}


@operation("ssm:UpdateServiceSetting", on=setting_of, writes=True)
def update_service_setting(
    ctx: Context, request: UpdateServiceSettingRequest, setting: Bare
) -> UpdateServiceSettingResult:
    """Change a setting."""
    id_ = settings.setting_named(request["SettingId"])
    settings.must_be_value(id_, request["SettingValue"])
    SETTINGS.put(
        ctx.tx,
        ctx.account,
        ctx.region,
        id_,
        record=Setting(request["SettingValue"], ctx.now, ctx.principal.arn),
    )
    return {}


@operation("ssm:ResetServiceSetting", on=setting_of, writes=True)
def reset_service_setting(
    ctx: Context, request: ResetServiceSettingRequest, setting: Bare
) -> ResetServiceSettingResult:
    """Give a setting its first value again."""
    id_ = settings.setting_named(request["SettingId"])
    SETTINGS.delete(ctx.tx, ctx.account, ctx.region, id_)
    return {"ServiceSetting": _shown(ctx, id_)}
