"""Publish and list versions; make, see, change, delete and list aliases.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceConflictException,
    ResourceNotFoundException,
)
from lodekey.services.lambda_.event_config import EVENT_CONFIGS
from lodekey.services.lambda_.finding import Found, function_named
from lodekey.services.lambda_.functions import (
    ALIASES,
    VERSIONS,
    Alias,
    Function,
    alias_shown,
    new_revision,
    version_of,
)
from lodekey.services.lambda_.manage_functions import shown
from lodekey.services.lambda_.names import LATEST
from lodekey.services.lambda_.paging import page
from lodekey.services.lambda_.permissions import POLICIES, stale_revision
from lodekey.services.lambda_.publishing import publish
from lodekey.services.lambda_.shapes import (
    AliasConfiguration,
    AliasRoutingConfiguration,
    CreateAliasRequest,
    DeleteAliasRequest,
    FunctionConfiguration,
    GetAliasRequest,
    ListAliasesRequest,
    ListAliasesResponse,
    ListVersionsByFunctionRequest,
    ListVersionsByFunctionResponse,
    PublishVersionRequest,
    UpdateAliasRequest,
)
from lodekey.services.lambda_.urls import URL_IDS, URLS


@operation(
    "lambda:PublishVersion",
    on=function_named,
    writes=True,
    reveals=True,
    ignores=("PublishTo",),
)
def publish_version(
    ctx: Context, request: PublishVersionRequest, found: Found
) -> FunctionConfiguration:
    """Make a version of the function as it is now."""
    latest = found.function.latest
    if request.get("RevisionId") not in {None, "", latest.revision}:
        raise stale_revision()
    digest = request.get("CodeSha256", latest.code.sha256)
    if digest != latest.code.sha256:
        raise InvalidParameterValueException(
            f"CodeSHA256 ({digest}) is different from current CodeSHA256 in $LATEST "
            f"({latest.code.sha256}). Please try again with the CodeSHA256 in $LATEST.",
            Type="User",
        )
    _, version = publish(ctx, found.function, request.get("Description", ""))
    return shown(ctx, version, version.number)


@operation("lambda:ListVersionsByFunction", on=function_named, reveals=True)
def list_versions_by_function(
    ctx: Context, request: ListVersionsByFunctionRequest, found: Found
) -> ListVersionsByFunctionResponse:
    """List ``$LATEST`` and every version, oldest first."""
    every = [("", found.function.latest)]
    every += [(parts[0], version) for parts, version in VERSIONS.scan(ctx.tx, *found.where)]
    listed = page(ctx, request, f"versions {found.function.name}", every)
    answer: ListVersionsByFunctionResponse = {
        "Versions": [shown(ctx, version, version.number) for version in listed.items]
    }
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer


@operation("lambda:CreateAlias", on=function_named, writes=True)
def create_alias(ctx: Context, request: CreateAliasRequest, found: Found) -> AliasConfiguration:
    """Name a version."""
    name = found.name._replace(qualifier=request["Name"])
    if ALIASES.get(ctx.tx, *found.where, request["Name"]) is not None:
        raise ResourceConflictException(f"Alias already exists: {name.arn}", Type="User")
    alias = Alias(
        account=name.account,
        region=name.region,
        function=name.name,
        name=request["Name"],
        version=request["FunctionVersion"],
        revision=new_revision(),
        description=request.get("Description", ""),
        weights=weights_in(request.get("RoutingConfig")),
    )
    must_lead_somewhere(ctx, found.function, alias)
    ALIASES.put(ctx.tx, *found.where, alias.name, record=alias)
    return alias_shown(alias)


def weights_in(config: AliasRoutingConfiguration | None) -> dict[str, float]:
    """The weights of a routing configuration.

    Raises:
        InvalidParameterValueException: There are too many, or one is no weight.
    """
    weights = dict((config or {}).get("AdditionalVersionWeights", {}))
    if len(weights) > 1:
        raise InvalidParameterValueException(
            "Number of items in AdditionalVersionWeights cannot be greater than 1", Type="User"
        )
    if any(not 0.0 <= weight <= 1.0 for weight in weights.values()):
        raise InvalidParameterValueException(
            "Value for routing weight has to be between 0.0 and 1.0", Type="User"
        )
    return weights


def must_lead_somewhere(ctx: Context, function: Function, alias: Alias) -> None:
    """Check the versions that an alias names.

    Raises:
        ResourceNotFoundException: One is not there.
        InvalidParameterValueException: ``$LATEST`` or the main version has a weight.
    """
    for number in (alias.version, *alias.weights):
        if version_of(ctx.tx, function, number) is None:
            raise function.named._replace(qualifier=number).not_found()
    if alias.weights and LATEST in {alias.version, *alias.weights}:
        raise InvalidParameterValueException(
            "$LATEST is not supported for an alias pointing to more than 1 version", Type="User"
        )
    if alias.version in alias.weights:
        raise InvalidParameterValueException(
            f"Invalid function version {alias.version}. Function version {alias.version} is "
            "already included in routing configuration.",
            Type="User",
        )


def alias_in(ctx: Context, found: Found, request_name: str) -> Alias:
    """The alias that a request names.

    Raises:
        ResourceNotFoundException: There is none.
    """
    alias = ALIASES.get(ctx.tx, *found.where, request_name)
    if alias is None:
        raise ResourceNotFoundException(
            f"Cannot find alias arn: {found.name._replace(qualifier=request_name).arn}",
            Type="User",
        )
    return alias


@operation("lambda:GetAlias", on=function_named)
def get_alias(ctx: Context, request: GetAliasRequest, found: Found) -> AliasConfiguration:
    """Show an alias."""
    return alias_shown(alias_in(ctx, found, request["Name"]))


@operation("lambda:UpdateAlias", on=function_named, writes=True)
def update_alias(ctx: Context, request: UpdateAliasRequest, found: Found) -> AliasConfiguration:
    """Let an alias name another version."""
    alias = alias_in(ctx, found, request["Name"])
    if request.get("RevisionId") not in {None, "", alias.revision}:
        raise stale_revision()
    weights = alias.weights
    if "RoutingConfig" in request:
        weights = weights_in(request["RoutingConfig"])
    changed = replace(
        alias,
        version=request.get("FunctionVersion", alias.version),
        description=request.get("Description", alias.description),
        weights=weights,
        revision=new_revision(),
    )
    must_lead_somewhere(ctx, found.function, changed)
    ALIASES.put(ctx.tx, *found.where, alias.name, record=changed)
    return alias_shown(changed)


@operation("lambda:DeleteAlias", on=function_named, writes=True)
def delete_alias(ctx: Context, request: DeleteAliasRequest, found: Found) -> None:
    """Delete an alias, with what belongs to it; nothing happens where there is none."""
    name = request["Name"]
    ALIASES.delete(ctx.tx, *found.where, name)
    POLICIES.delete(ctx.tx, *found.where, name)
    EVENT_CONFIGS.delete(ctx.tx, *found.where, name)
    url = URLS.get(ctx.tx, *found.where, name)
    if url is not None:
        URLS.delete(ctx.tx, *found.where, name)
        URL_IDS.delete(ctx.tx, url.id)


@operation("lambda:ListAliases", on=function_named)
def list_aliases(ctx: Context, request: ListAliasesRequest, found: Found) -> ListAliasesResponse:
    """List the aliases of a function, or of one of its versions."""
    wanted = request.get("FunctionVersion")
    every = [
        (alias.name, alias)
        for _, alias in ALIASES.scan(ctx.tx, *found.where)
        if wanted is None or wanted == alias.version or wanted in alias.weights
    ]
    listed = page(ctx, request, f"aliases {found.function.name}", every)
    answer: ListAliasesResponse = {"Aliases": [alias_shown(alias) for alias in listed.items]}
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer
