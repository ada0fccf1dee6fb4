"""Virtual MFA devices: made, enabled for a user with two codes, taken away."""

from __future__ import annotations

import base64
from typing import TypedDict, TypeVar

from msgspec.structs import replace

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.one_time_codes import enable, new_seed
from lodekey.identity.records import MFA_DEVICES, NOT_SHARED, USERS, MfaDevice, User
from lodekey.services.iam import quotas, shown
from lodekey.services.iam.errors import (
    DeleteConflictException,
    EntityAlreadyExistsException,
    InvalidAuthenticationCodeException,
    InvalidInputException,
    NoSuchEntityException,
)
from lodekey.services.iam.finding import everything, user_named, user_or_root
from lodekey.services.iam.keys import of_entity, of_tags
from lodekey.services.iam.paging import page
from lodekey.services.iam.quotas import must_fit
from lodekey.services.iam.shapes import (
    CreateVirtualMFADeviceRequest,
    CreateVirtualMFADeviceResponse,
    DeactivateMFADeviceRequest,
    DeleteVirtualMFADeviceRequest,
    EnableMFADeviceRequest,
    GetMFADeviceRequest,
    GetMFADeviceResponse,
    ListMFADevicesRequest,
    ListMFADevicesResponse,
    ListVirtualMFADevicesRequest,
    ListVirtualMFADevicesResponse,
    ResyncMFADeviceRequest,
    VirtualMFADevice,
)
from lodekey.services.iam.tags import shown_tags, tags_given


class NamesDevice(TypedDict):
    """A request about an MFA device."""

    SerialNumber: str


D = TypeVar("D", bound=NamesDevice)


def device_named(ctx: Context, request: D) -> MfaDevice:
    """The device that the request names."""
    serial = request["SerialNumber"]
    name = serial.rpartition("/")[2]
    found = MFA_DEVICES.get(ctx.tx, ctx.account, name.lower())
    if found is None or found.arn != serial:
        raise Missing(f"arn:aws:iam::{ctx.account}:mfa/{name}", no_device(serial))
    return found


def no_device(serial: str) -> NoSuchEntityException:
    """What an allowed caller reads where there is no such device."""
    return NoSuchEntityException(f"VirtualMFADevice with serial number {serial} doesn't exist.")


def new_device(ctx: Context, request: CreateVirtualMFADeviceRequest) -> Bare:
    """The device to be."""
    path = request.get("Path", "/")
    arn = f"arn:aws:iam::{ctx.account}:mfa{path}{request['VirtualMFADeviceName']}"
    return Bare(arn, ctx.account, NOT_SHARED)


def save_device(ctx: Context, device: MfaDevice) -> None:
    """File a device."""
    MFA_DEVICES.put(ctx.tx, ctx.account, device.name.lower(), record=device)


def devices_of(ctx: Context, user: str) -> list[MfaDevice]:
    """The devices enabled for a user; an empty name: for the root."""
    found = (device for _, device in MFA_DEVICES.scan(ctx.tx, ctx.account))
    return [device for device in found if device.user == user and device.enabled is not None]


@operation("iam:CreateVirtualMFADevice", on=new_device, keys=of_tags, writes=True, reveals=True)
def create_virtual_mfa_device(
    ctx: Context, request: CreateVirtualMFADeviceRequest, name: Bare
) -> CreateVirtualMFADeviceResponse:
    """Make a device; its secret is shown this once."""
    device = MfaDevice(
        account=ctx.account,
        name=request["VirtualMFADeviceName"],
        seed=new_seed(),
        created=int(ctx.now),
        path=request.get("Path", "/"),
        tags=tags_given(request.get("Tags", [])),
    )
    if MFA_DEVICES.get(ctx.tx, ctx.account, device.name.lower()) is not None:
        raise EntityAlreadyExistsException(
            "MFADevice entity at the same path and name already exists."
        )
    save_device(ctx, device)
    seed = base64.b32encode(device.seed)
    return {"VirtualMFADevice": {"SerialNumber": device.arn, "Base32StringSeed": seed}}


@operation("iam:DeleteVirtualMFADevice", on=device_named, writes=True)
def delete_virtual_mfa_device(
    ctx: Context, request: DeleteVirtualMFADeviceRequest, device: MfaDevice
) -> None:
    """Delete a device that nobody uses."""
    if device.enabled is not None:
        raise DeleteConflictException("MFA VirtualDevice is in use. Please deactivate it first.")
    MFA_DEVICES.delete(ctx.tx, ctx.account, device.name.lower())


@operation("iam:EnableMFADevice", on=user_named, keys=of_entity, writes=True)
def enable_mfa_device(ctx: Context, request: EnableMFADeviceRequest, user: User) -> None:
    """Bind a device to a user, who shows two codes that follow each other."""
    device = _device(ctx, request["SerialNumber"])
    if device.enabled is not None:
        raise EntityAlreadyExistsException("MFA Device is already in use.")
    must_fit("MFADevicesPerUser", len(devices_of(ctx, user.name)) + 1, quotas.MFA_DEVICES_PER_USER)
    codes = request["AuthenticationCode1"], request["AuthenticationCode2"]
    save_device(ctx, replace(_proven(ctx, device, *codes), user=user.name))


@operation("iam:ResyncMFADevice", on=user_named, keys=of_entity, writes=True)
def resync_mfa_device(ctx: Context, request: ResyncMFADeviceRequest, user: User) -> None:
    """Prove a user's device once more."""
    device = _of_user(ctx, request["SerialNumber"], user)
    codes = request["AuthenticationCode1"], request["AuthenticationCode2"]
    save_device(ctx, replace(_proven(ctx, device, *codes), enabled=device.enabled))


@operation("iam:DeactivateMFADevice", on=user_or_root, keys=of_entity, writes=True)
def deactivate_mfa_device(
    ctx: Context, request: DeactivateMFADeviceRequest, user: User | Bare
) -> None:
    """Release a device from its user."""
    device = _of_user(ctx, request["SerialNumber"], user)
    save_device(ctx, replace(device, user="", enabled=None))


@operation("iam:GetMFADevice", on=device_named)
def get_mfa_device(
    ctx: Context, request: GetMFADeviceRequest, device: MfaDevice
) -> GetMFADeviceResponse:
    """Show a device."""
    made: GetMFADeviceResponse = {"SerialNumber": device.arn}
    if device.user:
        made["UserName"] = device.user
    if device.enabled is not None:
        made["EnableDate"] = device.enabled
    return made


@operation("iam:ListMFADevices", on=user_or_root, keys=of_entity)
def list_mfa_devices(
    ctx: Context, request: ListMFADevicesRequest, user: User | Bare
) -> ListMFADevicesResponse:
    """List a user's devices."""
    name = user.name if isinstance(user, User) else ""
    found = page(
        ctx, request, f"ListMFADevices {user.arn}", devices_of(ctx, name), lambda each: each.name
    )
    return {
        "MFADevices": [
            {"UserName": each.user, "SerialNumber": each.arn, "EnableDate": each.enabled or 0.0}
            for each in found.items
        ],
        **found.tail,
    }


@operation("iam:ListVirtualMFADevices", on=everything)
def list_virtual_mfa_devices(
    ctx: Context, request: ListVirtualMFADevicesRequest, nothing: Bare
) -> ListVirtualMFADevicesResponse:
    """List the account's devices: all, those in use, or those that are not."""
    status = request.get("AssignmentStatus", "Any")
    devices = [
        device
        for _, device in MFA_DEVICES.scan(ctx.tx, ctx.account)
        if status == "Any" or (device.enabled is not None) == (status == "Assigned")
    ]
    found = page(ctx, request, "ListVirtualMFADevices", devices, lambda each: each.name.lower())
    return {
        "VirtualMFADevices": [_shown(ctx, device) for device in found.items],
        **found.tail,
    }


def _shown(ctx: Context, device: MfaDevice) -> VirtualMFADevice:
    made: VirtualMFADevice = {"SerialNumber": device.arn}
    if device.enabled is not None:
        made["EnableDate"] = device.enabled
    user = USERS.get(ctx.tx, ctx.account, device.user.lower()) if device.user else None
    if user is not None:
        made["User"] = shown.user(user)
    if device.tags:
        made["Tags"] = shown_tags(device.tags)
    return made


def _device(ctx: Context, serial: str) -> MfaDevice:
    found = MFA_DEVICES.get(ctx.tx, ctx.account, serial.rpartition("/")[2].lower())
    if found is None or found.arn != serial:
        raise no_device(serial)
    return found


def _of_user(ctx: Context, serial: str, user: User | Bare) -> MfaDevice:
    device = _device(ctx, serial)
    name = user.name if isinstance(user, User) else ""
    if device.enabled is None or device.user != name:
        raise NoSuchEntityException("MFA Device invalid for user.")
    return device


def _proven(ctx: Context, device: MfaDevice, first: str, second: str) -> MfaDevice:
    if first == second:
        raise InvalidInputException("The two authentication codes must follow each other.")
    proven = enable(device, first, second, ctx.now)
    if proven is None:
        raise InvalidAuthenticationCodeException("Authentication code for device is not valid")
    return proven
