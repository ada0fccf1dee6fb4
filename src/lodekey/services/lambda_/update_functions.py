"""Change a function's code and settings.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.policy.ask import Keys
from lodekey.services.lambda_ import environment
from lodekey.services.lambda_.code import code_in, keep, must_fit
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.execution import Functions
from lodekey.services.lambda_.finding import Found, function_named
from lodekey.services.lambda_.functions import (
    FUNCTIONS,
    Code,
    Function,
    Version,
    configuration,
    new_revision,
)
from lodekey.services.lambda_.layers import layers_used
from lodekey.services.lambda_.names import LATEST
from lodekey.services.lambda_.packages import Package, check
from lodekey.services.lambda_.permissions import stale_revision
from lodekey.services.lambda_.publishing import publish
from lodekey.services.lambda_.roles import must_be_passed
from lodekey.services.lambda_.settings import must_be_offered, plain_fields
from lodekey.services.lambda_.shapes import (
    FunctionConfiguration,
    UpdateFunctionCodeRequest,
    UpdateFunctionConfigurationRequest,
)


def checked_package(request: UpdateFunctionCodeRequest) -> Any:
    """The package of a request, checked before the transaction; None: it is in a bucket."""
    body = request.get("ZipFile")
    return None if body is None else check(body, direct=True)


def must_be_latest(found: Found, request: Any) -> None:
    """Check that the request means ``$LATEST``, and the revision that it knows.

    Raises:
        InvalidParameterValueException: It names a version or an alias.
        PreconditionFailedException: The revision is an old one.
    """
    if found.name.qualifier not in {"", LATEST}:
        raise InvalidParameterValueException(
            f"This operation is permitted on Lambda functions only. Aliases and versions do not "
            f"support this operation. Please specify either a function name or an unqualified "
            f"function ARN: {found.name.arn}",
            Type="User",
        )
    revision = request.get("RevisionId")
    if revision and revision != found.function.latest.revision:
        raise stale_revision()


@operation(
    "lambda:UpdateFunctionCode",
    on=function_named,
    writes=True,
    reveals=True,
    prepare=checked_package,
    ignores=("PublishTo", "SourceKMSKeyArn", "S3ObjectStorageMode"),
)
def update_function_code(
    ctx: Context, request: UpdateFunctionCodeRequest, found: Found
) -> FunctionConfiguration:
    """Give a function another package."""
    must_be_latest(found, request)
    package = code_in(ctx, request)
    latest = found.function.latest
    if request.get("DryRun"):
        must_fit(package.unzipped, latest.layers)
        return shown(ctx, replace(latest, code=described(package)), "")
    changed = replace(
        latest,
        code=keep(ctx, package, latest.layers),
        revision=new_revision(),
        modified=ctx.now,
    )
    if "Architectures" in request:
        changed = replace(changed, architecture=request["Architectures"][0])
    function = save(ctx, found, changed)
    if request.get("Publish"):
        _, published = publish(ctx, function, "")
        return shown(ctx, published, published.number)
    return shown(ctx, changed, "")


def described(package: Package) -> Code:
    """What a package would be if it were kept."""
    return Code(
        id="",
        key=b"",
        sha256=package.sha256,
        size=len(package.body),
        unzipped=package.unzipped,
    )


def of_change(ctx: Context, request: UpdateFunctionConfigurationRequest, found: Found) -> Keys:
    """The context keys of a change: the layers to be used."""
    layers = request.get("Layers")
    return {"lambda:layer": tuple(layers)} if layers else {}


@operation(
    "lambda:UpdateFunctionConfiguration",
    on=function_named,
    keys=of_change,
    writes=True,
    reveals=True,
    also=("iam:PassRole", "lambda:GetLayerVersion"),
    ignores=("RuntimeConfig",),
)
def update_function_configuration(
    ctx: Context, request: UpdateFunctionConfigurationRequest, found: Found
) -> FunctionConfiguration:
    """Change a function's settings; what the request leaves unsaid stays."""
    must_be_latest(found, request)
    must_be_offered(request)
    latest = found.function.latest
    role = request.get("Role", latest.role)
    if "Role" in request:
        must_be_passed(ctx, role, found.name)
    changes: dict[str, Any] = plain_fields(request)
    if "Layers" in request:
        changes["layers"] = layers_used(ctx, request["Layers"])
        must_fit(latest.code.unzipped, changes["layers"])
    changes |= environment_changes(ctx, request, found, latest, role)
    changed = replace(latest, **changes, revision=new_revision(), modified=ctx.now)
    save(ctx, found, changed)
    return shown(ctx, changed, "")


def environment_changes(
    ctx: Context, request: Any, found: Found, latest: Version, role: str
) -> dict[str, Any]:
    """The fields that change with the environment, its key, or the role that opens it."""
    key = request.get("KMSKeyArn", latest.kms_key)
    if "Environment" in request:
        variables = request["Environment"].get("Variables", {})
    elif latest.environment and (key != latest.kms_key or role != latest.role):
        opened, error = environment.open_for_reader(ctx, latest)
        if opened is None:
            raise InvalidParameterValueException(error, Type="User")
        variables = opened
    else:
        return {"kms_key": key}
    sealed = environment.seal(ctx, found.name, variables, key, role)
    return {"kms_key": key, "environment": sealed.blob, "environment_key": sealed.key}


def save(ctx: Context, found: Found, latest: Version) -> Function:
    """Keep a changed ``$LATEST``, and end what runs the old one."""
    function = replace(found.function, latest=latest)
    FUNCTIONS.put(ctx.tx, *found.where, record=function)
    functions = Functions.of(ctx.gate.background)
    ctx.later(lambda: functions.retire_soon(found.name))
    return function


def shown(ctx: Context, version: Version, qualifier: str) -> FunctionConfiguration:
    """A version as the caller may see it."""
    variables, error = environment.open_for_reader(ctx, version)
    return configuration(version, qualifier=qualifier, variables=variables, error=error)
