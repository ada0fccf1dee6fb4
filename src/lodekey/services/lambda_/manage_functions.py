"""Make, see, list and delete functions.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

from typing import Any

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys, Value
from lodekey.services.lambda_ import environment
from lodekey.services.lambda_.code import code_in, code_location, keep
from lodekey.services.lambda_.errors import ResourceConflictException
from lodekey.services.lambda_.event_config import EVENT_CONFIGS
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.finding import (
    Found,
    FoundVersion,
    everything,
    qualified_named,
    version_named,
)
from lodekey.services.lambda_.functions import (
    ALIASES,
    FUNCTIONS,
    VERSIONS,
    Function,
    Version,
    configuration,
    function_of,
    new_revision,
    padded,
)
from lodekey.services.lambda_.layers import layers_used
from lodekey.services.lambda_.manage_tags import must_be_own_tags
from lodekey.services.lambda_.names import LATEST, FunctionName, read_name
from lodekey.services.lambda_.packages import check
from lodekey.services.lambda_.paging import page
from lodekey.services.lambda_.permissions import POLICIES
from lodekey.services.lambda_.publishing import publish
from lodekey.services.lambda_.roles import must_be_passed
from lodekey.services.lambda_.settings import (
    MOST_NAME,
    invalid,
    must_be_offered,
    plain_fields,
)
from lodekey.services.lambda_.shapes import (
    CreateFunctionRequest,
    DeleteFunctionRequest,
    DeleteFunctionResponse,
    FunctionConfiguration,
    GetFunctionConfigurationRequest,
    GetFunctionRequest,
    GetFunctionResponse,
    ListFunctionsRequest,
    ListFunctionsResponse,
)
from lodekey.services.lambda_.urls import URL_IDS, URLS
from lodekey.system_tags import with_system_tags


def new_function(ctx: Context, request: CreateFunctionRequest) -> Bare:
    """The function to be."""
    name = name_of_new(ctx, request)
    return Bare(name.unqualified_arn, name.account)


def name_of_new(ctx: Context, request: CreateFunctionRequest) -> FunctionName:
    """The name of a function to be, in the caller's account."""
    name = read_name(request["FunctionName"], "", ctx.account, ctx.region)
    if len(name.name) > MOST_NAME:
        raise invalid(
            f"1 validation error detected: Value '{name.name}' at 'functionName' failed to "
            f"satisfy constraint: Member must have length less than or equal to {MOST_NAME}"
        )
    if name.account != ctx.account or name.qualifier:
        raise invalid(f"The provided function name is not valid: {request['FunctionName']}")
    return name


def of_new(ctx: Context, request: CreateFunctionRequest, name: Bare) -> Keys:
    """The context keys of a function to be: its tags, its layers."""
    keys: dict[str, Value] = {}
    tags = request.get("Tags", {})
    if tags:
        keys["aws:tagkeys"] = tuple(tags)
        keys.update({f"aws:requesttag/{each.lower()}": value for each, value in tags.items()})
    if request.get("Layers"):
        keys["lambda:layer"] = tuple(request["Layers"])
    return keys


def checked_package(request: CreateFunctionRequest) -> Any:
    """The package of a request, checked before the transaction; None: it is in a bucket."""
    body = request["Code"].get("ZipFile")
    return None if body is None else check(body, direct=True)


@operation(
    "lambda:CreateFunction",
    on=new_function,
    keys=of_new,
    writes=True,
    also=("iam:PassRole", "lambda:TagResource", "lambda:GetLayerVersion"),
    prepare=checked_package,
    ignores=("PublishTo", "RuntimeConfig"),
)
def create_function(
    ctx: Context, request: CreateFunctionRequest, resource: Bare
) -> FunctionConfiguration:
    """Make a function."""
    name = name_of_new(ctx, request)
    must_be_offered(request)
    if "Runtime" not in request or "Handler" not in request:
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )
    if function_of(ctx.tx, name) is not None:
        raise ResourceConflictException(f"Function already exist: {name.name}", Type="User")
    must_be_passed(ctx, request["Role"], name)
    tags = request.get("Tags", {})
    must_be_own_tags(tags)
    if tags:
        ctx.require("lambda:TagResource", resource, of_new(ctx, request, resource))
    variables = (request.get("Environment") or {}).get("Variables", {})
    key = request.get("KMSKeyArn", "")
    sealed = environment.seal(ctx, name, variables, key, request["Role"])
    layers = layers_used(ctx, request.get("Layers", []))
    code = keep(ctx, code_in(ctx, request["Code"]), layers)
    latest = Version(
        account=name.account,
        region=name.region,
        name=name.name,
        number=LATEST,
        code=code,
        revision=new_revision(),
        modified=ctx.now,
        environment=sealed.blob,
        environment_key=sealed.key,
        kms_key=key,
        layers=layers,
        architecture=(request.get("Architectures") or ["x86_64"])[0],
        **plain_fields(request),
    )
    function = Function(
        account=name.account,
        region=name.region,
        name=name.name,
        latest=latest,
        created=ctx.now,
        tags=with_system_tags(tags, ctx.system_tags),
    )
    FUNCTIONS.put(ctx.tx, name.account, name.region, name.name, record=function)
    if request.get("Publish"):
        _, latest = publish(ctx, function, request.get("Description", ""))
    return configuration(
        latest,
        qualifier="" if latest.number == LATEST else latest.number,
        variables=variables or None,
    )


@operation("lambda:GetFunctionConfiguration", on=version_named, reveals=True)
def get_function_configuration(
    ctx: Context, request: GetFunctionConfigurationRequest, found: FoundVersion
) -> FunctionConfiguration:
    """Show the settings of a function or version."""
    return shown(ctx, found.version, found.name.qualifier)


@operation("lambda:GetFunction", on=version_named, reveals=True)
def get_function(
    ctx: Context, request: GetFunctionRequest, found: FoundVersion
) -> GetFunctionResponse:
    """Show a function or version, and where its code can be had."""
    answer: GetFunctionResponse = {
        "Configuration": shown(ctx, found.version, found.name.qualifier),
        "Code": {"RepositoryType": "S3", "Location": code_location(ctx, found.version.code)},
    }
    if found.function.tags:
        answer["Tags"] = dict(found.function.tags)
    if found.function.reserved is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": found.function.reserved}
    return answer


def shown(ctx: Context, version: Version, qualifier: str) -> FunctionConfiguration:
    """A version as the caller may see it."""
    variables, error = environment.open_for_reader(ctx, version)
    return configuration(version, qualifier=qualifier, variables=variables, error=error)


@operation("lambda:ListFunctions", on=everything, reveals=True)
def list_functions(
    ctx: Context, request: ListFunctionsRequest, resource: Bare
) -> ListFunctionsResponse:
    """List the functions of the account in this Region; with ``ALL``, their versions too."""
    if request.get("MasterRegion", ctx.region) not in {ctx.region, "ALL"}:
        return {"Functions": []}
    every = request.get("FunctionVersion") == "ALL"
    versions: list[tuple[str, Version]] = []
    for _, function in FUNCTIONS.scan(ctx.tx, ctx.account, ctx.region):
        versions.append((f"{function.name}\x02", function.latest))
        if every:
            where = (ctx.account, ctx.region, function.name)
            versions += [
                (f"{function.name}\x02{parts[0]}", version)
                for parts, version in VERSIONS.scan(ctx.tx, *where)
            ]
    found = page(ctx, request, "functions", versions)
    listed = [shown(ctx, each, each.number if every else "") for each in found.items]
    answer: ListFunctionsResponse = {"Functions": listed}
    if found.marker:
        answer["NextMarker"] = found.marker
    return answer


@operation("lambda:DeleteFunction", on=qualified_named, writes=True)
def delete_function(
    ctx: Context, request: DeleteFunctionRequest, found: Found
) -> DeleteFunctionResponse:
    """Delete a function with all that belongs to it, or one of its versions."""
    qualifier = found.name.qualifier
    if qualifier:
        delete_version(ctx, found, qualifier)
    else:
        where = found.where
        for _, url in URLS.scan(ctx.tx, *where):
            URL_IDS.delete(ctx.tx, url.id)
        for collection in (VERSIONS, ALIASES, POLICIES, EVENT_CONFIGS, URLS):
            for parts, _ in list(collection.scan(ctx.tx, *where)):
                collection.delete(ctx.tx, *where, *parts)
        FUNCTIONS.delete(ctx.tx, *where)
    functions = Functions.of(ctx.gate.background)
    ctx.later(lambda: functions.retire_soon(found.name))
    return {"StatusCode": 204}


def delete_version(ctx: Context, found: Found, qualifier: str) -> None:
    """Delete one version, which no alias may use.

    Raises:
        InvalidParameterValueException: It is ``$LATEST`` or an alias.
        ResourceConflictException: An alias uses it.
        ResourceNotFoundException: It is not there.
    """
    if qualifier == LATEST:
        raise invalid("$LATEST version cannot be deleted without deleting the function.")
    if not qualifier.isdigit():
        raise invalid(
            "Deletion of aliases is not currently supported. "
            "Please use the DeleteAlias API to delete an alias."
        )
    if VERSIONS.get(ctx.tx, *found.where, padded(qualifier)) is None:
        raise found.name.not_found()
    users = [
        alias.name
        for _, alias in ALIASES.scan(ctx.tx, *found.where)
        if qualifier == alias.version or qualifier in alias.weights
    ]
    if users:
        raise ResourceConflictException(
            f"Version can not be deleted as it is being used by the following aliases: {users}",
            Type="User",
        )
    VERSIONS.delete(ctx.tx, *found.where, padded(qualifier))
    POLICIES.delete(ctx.tx, *found.where, qualifier)
    EVENT_CONFIGS.delete(ctx.tx, *found.where, qualifier)
