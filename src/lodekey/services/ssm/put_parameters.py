"""PutParameter, DeleteParameter, DeleteParameters."""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

import msgspec

from lodekey.errors import Missing, ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.ssm import data_types, names, parameters, policies, settings, tiers
from lodekey.services.ssm.allowed_patterns import must_match
from lodekey.services.ssm.errors import ParameterAlreadyExists, ParameterNotFound
from lodekey.services.ssm.parameters import DEFAULT_KEY, MAX_TAGS, Parameter, Place, Version
from lodekey.services.ssm.seal_values import SECURE, seal
from lodekey.services.ssm.shapes import (
    DeleteParameterRequest,
    DeleteParameterResult,
    DeleteParametersRequest,
    DeleteParametersResult,
    PutParameterRequest,
    PutParameterResult,
)
from lodekey.services.ssm.tag_keys import (
    must_be_own_tags,
    request_tag_keys,
    resource_tag_keys,
    tag_keys,
)
from lodekey.system_tags import with_system_tags


class _Named(TypedDict):
    Name: str


R = TypeVar("R", bound=_Named)


def own_place(ctx: Context, name: str) -> Place:
    """The place that a name means in the caller's account, and what stands there."""
    place = names.named(name)
    if place.account or place.selector:
        raise ValidationException(names.UNFIT)
    found = parameters.find(ctx.tx, ctx.account, ctx.region, place.place, ctx.now)
    return Place(ctx.account, ctx.region, place.place, found)


def parameter_of(ctx: Context, request: R) -> Parameter:
    """The caller's own parameter that the request names."""
    place = own_place(ctx, request["Name"])
    if place.parameter is None:
        raise Missing(place.arn, ParameterNotFound())
    return place.parameter


def place_to_write(ctx: Context, request: PutParameterRequest) -> Place:
    """Where the request puts a parameter."""
    prefix = len(names.arn_of(ctx.region, ctx.account, "/"))
    place = names.writable(request["Name"], prefix)
    found = parameters.find(ctx.tx, ctx.account, ctx.region, place, ctx.now)
    return Place(ctx.account, ctx.region, place, found)


def put_keys(ctx: Context, request: PutParameterRequest, place: Place) -> Keys:
    """``ssm:Overwrite``, ``ssm:Policies``, and the tags of the request and of the parameter."""
    return {
        "ssm:overwrite": _flag(request.get("Overwrite")),
        "ssm:policies": _flag(request.get("Policies")),
        **request_tag_keys(request.get("Tags", [])),
        **resource_tag_keys(place),
    }


def _flag(value: Any) -> str:
    return "true" if value else "false"


@operation(
    "ssm:PutParameter",
    on=place_to_write,
    keys=put_keys,
    writes=True,
    also=("ssm:AddTagsToResource",),
)
def put_parameter(ctx: Context, request: PutParameterRequest, place: Place) -> PutParameterResult:
    """Add a parameter, or a version to one.

    A SecureString is sealed as the caller: it takes ``kms:Encrypt`` too, or
    ``kms:GenerateDataKey`` in the advanced tier.
    """
    old = place.parameter
    _must_be_consistent(request, old)
    version = _next_version(ctx, request, old)
    length = len(request["Value"].encode())
    version = msgspec.structs.replace(version, tier=_tier(ctx, request, version, old, length))
    version = msgspec.structs.replace(version, value=_stored(ctx, request, version, place.arn))
    if request.get("Tags"):
        ctx.require("ssm:AddTagsToResource", place, request_tag_keys(request["Tags"]))
    if old is None:
        _clear(ctx, place)
        new = Parameter(
            account=place.account,
            region=place.region,
            name=request["Name"].strip(),
            newest=version,
            tags=with_system_tags(
                {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])}, ctx.system_tags
            ),
            expires=parameters.expiry(version),
        )
        parameters.store(ctx.tx, new, create=True)
    else:
        new = parameters.add_version(ctx.tx, old, version)
    tiers.recount(
        ctx.tx,
        place.account,
        place.region,
        gone=old.newest.tier if old else "",
        come=version.tier,
    )
    policies.schedule(ctx.tx, old, new)
    return {"Version": version.number, "Tier": version.tier}


def _must_be_consistent(request: PutParameterRequest, old: Parameter | None) -> None:
    """What can be refused before anything is worked out, in AWS's order."""
    tags = request.get("Tags", [])
    if request.get("Overwrite") and tags:
        raise ValidationException(
            "Invalid request: tags and overwrite can't be used together. To create a parameter "
            "with tags, please remove overwrite flag. To update tags for an existing parameter, "
            "please use AddTagsToResource or RemoveTagsFromResource."
        )
    must_be_own_tags(tag["Key"] for tag in tags)
    if len({tag["Key"] for tag in tags}) > MAX_TAGS:
        raise ValidationException(f"A parameter can have {MAX_TAGS} tags at most.")
    if old is not None and not request.get("Overwrite"):
        raise ParameterAlreadyExists(
            "The parameter already exists. To overwrite this value, set the overwrite option in "
            "the request to true."
        )
    if old is None and "Type" not in request:
        raise ValidationException("A parameter type is required when you create a parameter.")
    if not request["Value"]:
        raise ValidationException(
            "1 validation error detected: Value '' at 'value' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        )
    opening = request["Value"].find("{{")
    if opening >= 0 and request["Value"].find("}}", opening) >= 0:
        raise ValidationException(
            'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.'
        )


def _next_version(ctx: Context, request: PutParameterRequest, old: Parameter | None) -> Version:
    """What the request makes of the newest version; what it leaves unsaid stays as it was."""
    was = old.newest if old else Version(number=0, type="", value=b"", modified=0, modified_by="")
    type_ = request.get("Type", was.type)
    if old is not None:
        parameters.must_keep_type(old, type_)
    if type_ != SECURE and "KeyId" in request:
        raise ValidationException("KeyId is required for SecureString type parameter only.")
    data_type = request.get("DataType") or was.data_type
    data_types.must_hold(data_type, type_, request["Value"])
    if old is not None:
        data_types.must_change(was.data_type, data_type)
    pattern = request.get("AllowedPattern", was.allowed_pattern)
    if pattern:
        must_match(pattern, request["Value"])
    return Version(
        number=was.number + 1,
        type=type_,
        value=b"",
        modified=ctx.now,
        modified_by=ctx.principal.arn,
        tier=was.tier,
        data_type=data_type,
        key_id=request.get("KeyId") or was.key_id or DEFAULT_KEY if type_ == SECURE else "",
        description=request.get("Description", was.description),
        allowed_pattern=pattern,
        policies=(
            policies.read(request["Policies"], ctx.now)
            if "Policies" in request
            else policies.carried_on(was.policies, ctx.now)
        ),
    )


def _tier(
    ctx: Context,
    request: PutParameterRequest,
    version: Version,
    old: Parameter | None,
    length: int,
) -> str:
    """The tier of the new version, which it fits."""
    current = old.newest.tier if old else ""
    asked = request.get("Tier", "")
    tiers.must_not_step_down(asked, current)
    if not asked:
        asked = settings.default_tier(ctx.tx, ctx.account, ctx.region)
        if current == tiers.ADVANCED:
            asked = tiers.ADVANCED
    tier = tiers.tier_for(
        asked,
        current,
        length=length,
        has_policies=bool(version.policies),
        data_type=version.data_type,
        count=tiers.count_of(ctx.tx, ctx.account, ctx.region),
    )
    tiers.must_fit(
        tier,
        length=length,
        has_policies=bool(version.policies),
        data_type=version.data_type,
    )
    return tier


def _stored(ctx: Context, request: PutParameterRequest, version: Version, arn: str) -> bytes:
    value = request["Value"].encode()
    return seal(ctx, arn, version.key_id, version.tier, value) if version.type == SECURE else value


def _clear(ctx: Context, place: Place) -> None:
    """Forget what has expired where a parameter is about to be made."""
    dead = parameters.PARAMETERS.get(ctx.tx, place.account, place.region, place.name)
    if dead is not None:
        remove(ctx, dead)


def remove(ctx: Context, parameter: Parameter) -> None:
    """Take a parameter away with all that hangs on it."""
    parameters.forget(ctx.tx, parameter)
    policies.schedule(ctx.tx, parameter, None)
    tiers.recount(ctx.tx, parameter.account, parameter.region, gone=parameter.newest.tier, come="")


@operation("ssm:DeleteParameter", on=parameter_of, keys=tag_keys, writes=True)
def delete_parameter(
    ctx: Context, request: DeleteParameterRequest, parameter: Parameter
) -> DeleteParameterResult:
    """Delete a parameter with its history."""
    remove(ctx, parameter)
    return {}


def places_of(ctx: Context, request: DeleteParametersRequest) -> tuple[Place, ...]:
    """The places that the request names, whether or not a parameter stands there."""
    return tuple(own_place(ctx, name) for name in dict.fromkeys(request["Names"]))


@operation("ssm:DeleteParameters", on=places_of, keys=tag_keys, writes=True)
def delete_parameters(
    ctx: Context, request: DeleteParametersRequest, places: tuple[Place, ...]
) -> DeleteParametersResult:
    """Delete several parameters; those that are not there are named in the answer."""
    deleted, invalid = [], []
    seen: set[str] = set()
    for name, place in zip(dict.fromkeys(request["Names"]), places, strict=True):
        if place.parameter is None or place.name in seen:
            invalid.append(name)
        else:
            seen.add(place.name)
            remove(ctx, place.parameter)
            deleted.append(name)
    return {"DeletedParameters": deleted, "InvalidParameters": invalid}
