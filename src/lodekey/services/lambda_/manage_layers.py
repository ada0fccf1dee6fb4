"""Publish, see, list and delete layer versions.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.services.lambda_.code import code_in, code_location, keep
from lodekey.services.lambda_.finding import everything
from lodekey.services.lambda_.functions import padded, shown_time
from lodekey.services.lambda_.layers import (
    LAYER_VERSIONS,
    LAYERS,
    FoundLayer,
    Layer,
    LayerVersion,
    find_layer,
    invalid,
)
from lodekey.services.lambda_.manage_permissions import layer_named
from lodekey.services.lambda_.names import LayerName, read_layer
from lodekey.services.lambda_.packages import check
from lodekey.services.lambda_.paging import page
from lodekey.services.lambda_.permissions import LAYER_POLICIES, layer_place
from lodekey.services.lambda_.shapes import (
    DeleteLayerVersionRequest,
    GetLayerVersionByArnRequest,
    GetLayerVersionRequest,
    GetLayerVersionResponse,
    LayersListItem,
    LayerVersionsListItem,
    ListLayersRequest,
    ListLayersResponse,
    ListLayerVersionsRequest,
    ListLayerVersionsResponse,
    PublishLayerVersionRequest,
    PublishLayerVersionResponse,
)


def layer_to_be(ctx: Context, request: PublishLayerVersionRequest) -> Bare:
    """The layer that gets a version."""
    name = read_layer(request["LayerName"], ctx.account, ctx.region)
    if (name.account, name.region) != (ctx.account, ctx.region):
        raise invalid(f"Invalid Layer name: {request['LayerName']}")
    return Bare(name.arn, name.account)


def layer_listed(ctx: Context, request: ListLayerVersionsRequest) -> Bare:
    """The layer whose versions are listed."""
    name = read_layer(request["LayerName"], ctx.account, ctx.region)
    return Bare(name.arn, name.account)


def layer_at(ctx: Context, request: GetLayerVersionByArnRequest) -> FoundLayer:
    """The layer version of an ARN."""
    return find_layer(ctx, read_layer(request["Arn"], ctx.account, ctx.region))


def checked_package(request: PublishLayerVersionRequest) -> Any:
    """The package of a request, checked before the transaction; None: it is in a bucket."""
    body = request["Content"].get("ZipFile")
    return None if body is None else check(body, direct=True)


@operation(
    "lambda:PublishLayerVersion",
    on=layer_to_be,
    writes=True,
    prepare=checked_package,
)
def publish_layer_version(
    ctx: Context, request: PublishLayerVersionRequest, resource: Bare
) -> PublishLayerVersionResponse:
    """Make a version of a layer; the first makes the layer."""
    name = read_layer(request["LayerName"], ctx.account, ctx.region)
    where = (name.account, name.region, name.name)
    layer = LAYERS.get(ctx.tx, *where) or Layer()
    version = LayerVersion(
        account=name.account,
        region=name.region,
        name=name.name,
        number=layer.next_version,
        code=keep(ctx, code_in(ctx, request["Content"]), ()),
        created=ctx.now,
        description=request.get("Description", ""),
        license=request.get("LicenseInfo", ""),
        runtimes=tuple(request.get("CompatibleRuntimes", ())),
        architectures=tuple(request.get("CompatibleArchitectures", ())),
    )
    changed = Layer(next_version=layer.next_version + 1)
    LAYERS.put(ctx.tx, *where, record=changed)
    LAYER_VERSIONS.put(ctx.tx, *where, padded(str(version.number)), record=version)
    return whole(ctx, version)


@operation("lambda:GetLayerVersion", on=layer_named)
def get_layer_version(
    ctx: Context, request: GetLayerVersionRequest, found: FoundLayer
) -> GetLayerVersionResponse:
    """Show a layer version, and where its package can be had."""
    return whole(ctx, found.layer)


@operation("lambda:GetLayerVersion", name="GetLayerVersionByArn", on=layer_at)
def get_layer_version_by_arn(
    ctx: Context, request: GetLayerVersionByArnRequest, found: FoundLayer
) -> GetLayerVersionResponse:
    """Show the layer version of an ARN."""
    return whole(ctx, found.layer)


@operation("lambda:DeleteLayerVersion", on=layer_named, writes=True)
def delete_layer_version(
    ctx: Context, request: DeleteLayerVersionRequest, found: FoundLayer
) -> None:
    """Delete a layer version; functions that use it keep its code."""
    name = found.layer.named
    LAYER_VERSIONS.delete(ctx.tx, *version_place(name))
    LAYER_POLICIES.delete(ctx.tx, *layer_place(name))


@operation("lambda:ListLayerVersions", on=layer_listed)
def list_layer_versions(
    ctx: Context, request: ListLayerVersionsRequest, resource: Bare
) -> ListLayerVersionsResponse:
    """List the versions of a layer, newest first."""
    name = read_layer(request["LayerName"], ctx.account, ctx.region)
    every = [
        (padded(str(10**9 - version.number)), version)
        for version in newest_first(ctx, name)
        if fits(version, request)
    ]
    listed = page(ctx, request, f"layer versions {name.arn}", every)
    answer: ListLayerVersionsResponse = {"LayerVersions": [item(each) for each in listed.items]}
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer


@operation("lambda:ListLayers", on=everything)
def list_layers(ctx: Context, request: ListLayersRequest, resource: Bare) -> ListLayersResponse:
    """List the layers of the account in this Region, each with its newest version that fits."""
    every: list[tuple[str, LayerVersion]] = []
    for (name,), _ in LAYERS.scan(ctx.tx, ctx.account, ctx.region):
        layer = LayerName(ctx.account, ctx.region, name)
        newest = next((each for each in newest_first(ctx, layer) if fits(each, request)), None)
        if newest is not None:
            every.append((name, newest))
    listed = page(ctx, request, "layers", every)
    shown: list[LayersListItem] = [
        {
            "LayerName": version.name,
            "LayerArn": version.named.arn,
            "LatestMatchingVersion": item(version),
        }
        for version in listed.items
    ]
    answer: ListLayersResponse = {"Layers": shown}
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer


def version_place(name: LayerName) -> tuple[str, ...]:
    """Where a layer version is filed."""
    return (name.account, name.region, name.name, padded(str(name.version)))


def newest_first(ctx: Context, name: LayerName) -> Iterator[LayerVersion]:
    """The versions of a layer, newest first."""
    where = (name.account, name.region, name.name)
    for _, version in LAYER_VERSIONS.scan(ctx.tx, *where, reverse=True):
        yield version


def fits(version: LayerVersion, request: Any) -> bool:
    """Whether a version is for the runtime and the architecture that a listing asks for."""
    runtime = request.get("CompatibleRuntime")
    architecture = request.get("CompatibleArchitecture")
    return (runtime is None or runtime in version.runtimes) and (
        architecture is None or architecture in version.architectures
    )


def item(version: LayerVersion) -> LayerVersionsListItem:
    """A layer version in a listing."""
    shown: LayerVersionsListItem = {
        "LayerVersionArn": version.named.version_arn,
        "Version": version.number,
        "Description": version.description,
        "CreatedDate": shown_time(version.created),
    }
    if version.architectures:
        shown["CompatibleArchitectures"] = list(version.architectures)
    if version.runtimes:
        shown["CompatibleRuntimes"] = list(version.runtimes)
    if version.license:
        shown["LicenseInfo"] = version.license
    return shown


def whole(ctx: Context, version: LayerVersion) -> PublishLayerVersionResponse:
    """A layer version with all that its readers see."""
    shown: PublishLayerVersionResponse = {
        "Content": {
            "Location": code_location(ctx, version.code),
            "CodeSha256": version.code.sha256,
            "CodeSize": version.code.size,
        },
        "LayerArn": version.named.arn,
        "LayerVersionArn": version.named.version_arn,
        "Description": version.description,
        "CreatedDate": shown_time(version.created),
        "Version": version.number,
    }
    if version.architectures:
        shown["CompatibleArchitectures"] = list(version.architectures)
    if version.runtimes:
        shown["CompatibleRuntimes"] = list(version.runtimes)
    if version.license:
        shown["LicenseInfo"] = version.license
    return shown
