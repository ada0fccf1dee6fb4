"""GetParametersByPath.

Authorised on the path alone, as AWS documents: whoever may read ``/a`` reads ``/a/b`` with it,
whatever a policy says of ``/a/b``.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
"""

from __future__ import annotations

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys
from lodekey.services.ssm import filters, listing, names, parameters
from lodekey.services.ssm.parameters import UNSHARED
from lodekey.services.ssm.read_parameters import position, shown
from lodekey.services.ssm.shapes import GetParametersByPathRequest, GetParametersByPathResult
from lodekey.services.ssm.shapes import Parameter as ParameterShown

PAGE = 10


def path_of(ctx: Context, request: GetParametersByPathRequest) -> Bare:
    """The path as a resource. Its tags do not count here, even if a parameter stands there."""
    names.path(request["Path"])
    return Bare(
        names.arn_of(ctx.region, ctx.account, request["Path"].strip()), ctx.account, UNSHARED
    )


def path_keys(ctx: Context, request: GetParametersByPathRequest, path: Bare) -> Keys:
    """``ssm:Recursive``."""
    return {"ssm:recursive": "true" if request.get("Recursive") else "false"}


@operation("ssm:GetParametersByPath", on=path_of, keys=path_keys, reveals=True)
def get_parameters_by_path(
    ctx: Context, request: GetParametersByPathRequest, path: Bare
) -> GetParametersByPathResult:
    """Read what stands below a path: its next level, or all levels when Recursive."""
    chosen = filters.by_path(request.get("ParameterFilters", []))
    scope = f"ssm:GetParametersByPath {path.arn}"
    after = position(ctx, scope, request["NextToken"]) if "NextToken" in request else None
    below = listing.Below(
        ctx.account, ctx.region, names.path(request["Path"]), deep=request.get("Recursive", False)
    )
    page = listing.page_of(
        ctx,
        below.walk(ctx.tx, after),
        chosen.holds,
        request.get("MaxResults", PAGE),
    )
    decrypt = request.get("WithDecryption", False)
    found: list[ParameterShown] = []
    for parameter in page.found:
        version = parameters.version_of(ctx.tx, parameter, chosen.label_of(parameter))
        if version is not None:
            found.append(
                shown(ctx, parameter, version, chosen.label_of(parameter), decrypt=decrypt)
            )
    answer: GetParametersByPathResult = {"Parameters": found}
    if page.after is not None:
        answer["NextToken"] = ctx.gate.pages.token(scope, page.after)
    return answer
