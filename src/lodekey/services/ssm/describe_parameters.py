"""DescribeParameters: what parameters there are, without their values."""

from __future__ import annotations

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.ssm import filters, listing, parameters, policies
from lodekey.services.ssm.filters import Chosen
from lodekey.services.ssm.listing import Walk
from lodekey.services.ssm.parameters import UNSHARED, Parameter
from lodekey.services.ssm.read_parameters import position
from lodekey.services.ssm.seal_values import SECURE
from lodekey.services.ssm.shapes import (
    DescribeParametersRequest,
    DescribeParametersResult,
    ParameterMetadata,
)

PAGE = 10


def everything(ctx: Context, request: DescribeParametersRequest) -> Bare:
    """All of SSM's resources: the operation knows no narrower one."""
    return Bare(f"arn:aws:ssm:{ctx.region}:{ctx.account}:*", ctx.account, UNSHARED)


@operation("ssm:DescribeParameters", on=everything)
def describe_parameters(
    ctx: Context, request: DescribeParametersRequest, all_: Bare
) -> DescribeParametersResult:
    """List parameters, in order of name."""
    if request.get("Filters") and request.get("ParameterFilters"):
        raise ValidationException(
            "You can use either Filters or ParameterFilters in a single request."
        )
    chosen = filters.described(request.get("ParameterFilters", []), request.get("Filters", []))
    scope = f"ssm:DescribeParameters {ctx.account} {ctx.region}"
    after = position(ctx, scope, request["NextToken"]) if "NextToken" in request else None
    if request.get("Shared"):
        # Only shares of Resource Access Manager are listed, and there is none here.
        return {"Parameters": []}
    page = listing.page_of(
        ctx, walk(ctx, chosen, after), chosen.holds, request.get("MaxResults", PAGE)
    )
    answer: DescribeParametersResult = {"Parameters": [metadata(one) for one in page.found]}
    if page.after is not None:
        answer["NextToken"] = ctx.gate.pages.token(scope, page.after)
    return answer


def walk(ctx: Context, chosen: Chosen, after: str | None) -> Walk:
    """The parameters among which the filters choose, as few as the filters let us know."""
    name, path = chosen.the("Name"), chosen.the("Path")
    if name is not None and name.option == "Equals":
        yield from _named(ctx, name.values, after)
    elif name is not None and name.option == "BeginsWith" and len(name.values) == 1:
        beginning = name.values[0]
        prefix = beginning if beginning.startswith("/") else "/" + beginning
        yield from listing.Below(ctx.account, ctx.region, prefix, deep=True).walk(ctx.tx, after)
    elif path is not None and len(path.values) == 1:
        deep = path.option == "Recursive"
        yield from listing.Below(ctx.account, ctx.region, path.values[0], deep=deep).walk(
            ctx.tx, after
        )
    else:
        yield from listing.Below(ctx.account, ctx.region, "/", deep=True).walk(ctx.tx, after)


def _named(ctx: Context, names: tuple[str, ...], after: str | None) -> Walk:
    places = {name if name.startswith("/") else "/" + name for name in names}
    for place in sorted(places):
        if after is None or place > after:
            found = parameters.find(ctx.tx, ctx.account, ctx.region, place, ctx.now)
            if found is not None:
                yield place, found


def metadata(parameter: Parameter) -> ParameterMetadata:
    """A parameter as DescribeParameters shows it."""
    newest = parameter.newest
    shown: ParameterMetadata = {
        "Name": parameter.name,
        "ARN": parameter.arn,
        "Type": newest.type,
        "LastModifiedDate": newest.modified,
        "LastModifiedUser": newest.modified_by,
        "Version": newest.number,
        "Tier": newest.tier,
        "Policies": policies.shown(newest),
        "DataType": newest.data_type,
    }
    if newest.type == SECURE:
        shown["KeyId"] = newest.key_id
    if newest.description:
        shown["Description"] = newest.description
    if newest.allowed_pattern:
        shown["AllowedPattern"] = newest.allowed_pattern
    return shown
