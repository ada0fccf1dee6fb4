"""GetParameter, GetParameters, GetParameterHistory.

How each is authorised:
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
"""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.gate.pages import BadToken
from lodekey.services.ssm import names, parameters, policies, references
from lodekey.services.ssm.errors import (
    InvalidNextToken,
    ParameterNotFound,
    ParameterVersionNotFound,
)
from lodekey.services.ssm.names import Named
from lodekey.services.ssm.parameters import Parameter, Place, Version
from lodekey.services.ssm.seal_values import SECURE, text_of
from lodekey.services.ssm.shapes import (
    GetParameterHistoryRequest,
    GetParameterHistoryResult,
    GetParameterRequest,
    GetParameterResult,
    GetParametersRequest,
    GetParametersResult,
    ParameterHistory,
)
from lodekey.services.ssm.shapes import Parameter as ParameterShown
from lodekey.services.ssm.tag_keys import tag_keys

HISTORY_PAGE = 50


def place_named(ctx: Context, name: Named) -> Place:
    """The place that a read names, in the caller's account or in one that shares it."""
    account = name.account or ctx.account
    found = None
    if name.region in {"", ctx.region}:
        found = parameters.find(ctx.tx, account, ctx.region, name.place, ctx.now)
    return Place(account, ctx.region, name.place, found)


def _elsewhere(ctx: Context, place: str) -> Bare | None:
    """What is no parameter of anybody: a secret by reference, a public parameter."""
    if place.startswith(names.REFERENCE):
        return Bare(names.arn_of(ctx.region, ctx.account, place), ctx.account)
    if place.startswith(names.PUBLIC):
        return Bare(names.arn_of(ctx.region, "", place), ctx.account)
    return None


class _Named(TypedDict):
    Name: str


R = TypeVar("R", bound=_Named)


def parameter_read(ctx: Context, request: R) -> Parameter | Bare:
    """The parameter that a read names."""
    name = names.named(request["Name"])
    if (elsewhere := _elsewhere(ctx, name.place)) is not None:
        return elsewhere
    place = place_named(ctx, name)
    if place.parameter is None:
        raise Missing(place.arn, ParameterNotFound())
    return place.parameter


@operation(
    "ssm:GetParameter",
    on=parameter_read,
    keys=tag_keys,
    reveals=True,
)
def get_parameter(
    ctx: Context, request: GetParameterRequest, parameter: Parameter | Bare
) -> GetParameterResult:
    """Read a parameter, newest version or the one selected. WithDecryption takes kms:Decrypt."""
    decrypt = request.get("WithDecryption", False)
    if isinstance(parameter, Bare):
        place = names.named(request["Name"]).place
        if place.startswith(names.PUBLIC):
            raise ParameterNotFound("Public parameters are not offered by this server.")
        return {"Parameter": references.read(ctx, place, decrypt=decrypt)}
    selector = names.named(request["Name"]).selector
    version = parameters.version_of(ctx.tx, parameter, selector)
    if version is None:
        raise no_version(parameter.name, selector)
    return {"Parameter": shown(ctx, parameter, version, selector, decrypt=decrypt)}


def no_version(name: str, selector: str) -> ParameterVersionNotFound:
    """The error for a version or label that is not there."""
    kind = "version" if selector.isdigit() else "label"
    return ParameterVersionNotFound(
        f"Systems Manager could not find {kind} {selector} of {name}. "
        f"Verify the {kind} and try again."
    )


def shown(
    ctx: Context, parameter: Parameter, version: Version, selector: str, *, decrypt: bool
) -> ParameterShown:
    """One version as the reads answer it."""
    arn = parameter.arn
    answer: ParameterShown = {
        "Name": parameter.name,
        "Type": version.type,
        "Value": text_of(ctx, arn, version, decrypt=decrypt),
        "Version": version.number,
        "LastModifiedDate": version.modified,
        "ARN": arn,
        "DataType": version.data_type,
    }
    if selector:
        answer["Selector"] = f":{selector}"
    return answer


def parameters_read(ctx: Context, request: GetParametersRequest) -> tuple[Place | Bare, ...]:
    """The places that the request names, whether or not a parameter stands there."""
    asked = [names.named(name) for name in dict.fromkeys(request["Names"])]
    return tuple(_elsewhere(ctx, name.place) or place_named(ctx, name) for name in asked)


@operation("ssm:GetParameters", on=parameters_read, keys=tag_keys, reveals=True)
def get_parameters(
    ctx: Context, request: GetParametersRequest, places: tuple[Place | Bare, ...]
) -> GetParametersResult:
    """Read several parameters; those that are not there are named in the answer."""
    decrypt = request.get("WithDecryption", False)
    found: list[ParameterShown] = []
    invalid: list[str] = []
    for name, place in zip(dict.fromkeys(request["Names"]), places, strict=True):
        one = _one_of_many(ctx, names.named(name), place, decrypt=decrypt)
        if one is None:
            invalid.append(name)
        else:
            found.append(one)
    found.sort(key=lambda one: one["Name"])
    return {"Parameters": found, "InvalidParameters": invalid}


def _one_of_many(
    ctx: Context, name: Named, place: Place | Bare, *, decrypt: bool
) -> ParameterShown | None:
    if isinstance(place, Bare):
        if name.place.startswith(names.PUBLIC):
            return None
        try:
            return references.read(ctx, name.place, decrypt=decrypt)
        except ParameterNotFound:
            return None
    if place.parameter is None:
        return None
    version = parameters.version_of(ctx.tx, place.parameter, name.selector)
    if version is None:
        return None
    return shown(ctx, place.parameter, version, name.selector, decrypt=decrypt)


@operation(
    "ssm:GetParameterHistory",
    on=parameter_read,
    keys=tag_keys,
    reveals=True,
)
def get_parameter_history(
    ctx: Context, request: GetParameterHistoryRequest, parameter: Parameter | Bare
) -> GetParameterHistoryResult:
    """All versions of a parameter that are still there, the oldest first."""
    if isinstance(parameter, Bare):
        raise ParameterNotFound
    scope = f"ssm:GetParameterHistory {parameter.arn}"
    first = parameter.oldest
    if "NextToken" in request:
        first = max(first, position(ctx, scope, request["NextToken"]))
    last = min(first + request.get("MaxResults", HISTORY_PAGE) - 1, parameter.newest.number)
    decrypt = request.get("WithDecryption", False)
    versions = (
        parameters.version_numbered(ctx.tx, parameter, number) for number in range(first, last + 1)
    )
    answer: GetParameterHistoryResult = {
        "Parameters": [
            history_entry(ctx, parameter, version, decrypt=decrypt)
            for version in versions
            if version is not None
        ]
    }
    if last < parameter.newest.number:
        answer["NextToken"] = ctx.gate.pages.token(scope, last + 1)
    return answer


def position(ctx: Context, scope: str, token: str) -> Any:
    """Where a listing goes on.

    Raises:
        InvalidNextToken: The token was not given out for it.
    """
    try:
        return ctx.gate.pages.position(scope, token)
    except BadToken as error:
        raise InvalidNextToken("The specified token isn't valid.") from error


def history_entry(
    ctx: Context, parameter: Parameter, version: Version, *, decrypt: bool
) -> ParameterHistory:
    """One version as GetParameterHistory shows it."""
    entry: ParameterHistory = {
        "Name": parameter.name,
        "Type": version.type,
        "LastModifiedDate": version.modified,
        "LastModifiedUser": version.modified_by,
        "Value": text_of(ctx, parameter.arn, version, decrypt=decrypt),
        "Version": version.number,
        "Labels": parameter.labels_of(version.number),
        "Tier": version.tier,
        "Policies": policies.shown(version),
        "DataType": version.data_type,
    }
    if version.type == SECURE:
        entry["KeyId"] = version.key_id
    if version.description:
        entry["Description"] = version.description
    if version.allowed_pattern:
        entry["AllowedPattern"] = version.allowed_pattern
    return entry
