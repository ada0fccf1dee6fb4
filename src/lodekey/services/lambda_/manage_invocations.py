"""How functions are invoked: concurrency, asynchronous invocations, recursion, runtime updates.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html and neighbours
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.policy.ask import Keys
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from lodekey.services.lambda_.event_config import (
    EVENT_CONFIGS,
    EventConfig,
    destination_in,
    filed,
    shown,
)
from lodekey.services.lambda_.execution import CONCURRENT_EXECUTIONS
from lodekey.services.lambda_.finding import (
    Found,
    FoundVersion,
    Q,
    everything,
    find,
    function_named,
    name_in,
    version_named,
)
from lodekey.services.lambda_.functions import (
    FUNCTIONS,
    VERSIONS,
    Function,
    runtime_version_arn,
    version_of,
)
from lodekey.services.lambda_.names import FunctionName
from lodekey.services.lambda_.packages import MOST_UNZIPPED, MOST_ZIPPED
from lodekey.services.lambda_.paging import page
from lodekey.services.lambda_.shapes import (
    Concurrency,
    DeleteFunctionConcurrencyRequest,
    DeleteFunctionEventInvokeConfigRequest,
    FunctionEventInvokeConfig,
    GetAccountSettingsRequest,
    GetAccountSettingsResponse,
    GetFunctionConcurrencyRequest,
    GetFunctionConcurrencyResponse,
    GetFunctionEventInvokeConfigRequest,
    GetFunctionRecursionConfigRequest,
    GetFunctionRecursionConfigResponse,
    GetRuntimeManagementConfigRequest,
    GetRuntimeManagementConfigResponse,
    ListFunctionEventInvokeConfigsRequest,
    ListFunctionEventInvokeConfigsResponse,
    PutFunctionConcurrencyRequest,
    PutFunctionEventInvokeConfigRequest,
    PutFunctionRecursionConfigRequest,
    PutFunctionRecursionConfigResponse,
    PutRuntimeManagementConfigRequest,
    PutRuntimeManagementConfigResponse,
    UpdateFunctionEventInvokeConfigRequest,
)

LEAST_UNRESERVED = 100
TOTAL_CODE = 80_530_636_800


def reserved_of_others(ctx: Context, name: FunctionName) -> int:
    """What the account's other functions in this Region have reserved."""
    return sum(
        function.reserved or 0
        for _, function in FUNCTIONS.scan(ctx.tx, name.account, name.region)
        if function.name != name.name
    )


def save(ctx: Context, found: Found, **changes: Any) -> Function:
    """Change what all versions of a function share."""
    changed = replace(found.function, **changes)
    FUNCTIONS.put(ctx.tx, *found.where, record=changed)
    return changed


@operation("lambda:PutFunctionConcurrency", on=function_named, writes=True)
def put_function_concurrency(
    ctx: Context, request: PutFunctionConcurrencyRequest, found: Found
) -> Concurrency:
    """Reserve concurrency for a function: as much as it may have, and nobody else."""
    wanted = request["ReservedConcurrentExecutions"]
    left = CONCURRENT_EXECUTIONS - reserved_of_others(ctx, found.name) - wanted
    if left < LEAST_UNRESERVED:
        raise InvalidParameterValueException(
            "Specified ReservedConcurrentExecutions for function decreases account's "
            "UnreservedConcurrentExecution below its minimum value of "
            f"[{LEAST_UNRESERVED}].",
            Type="User",
        )
    save(ctx, found, reserved=wanted)
    return {"ReservedConcurrentExecutions": wanted}


@operation("lambda:GetFunctionConcurrency", on=function_named)
def get_function_concurrency(
    ctx: Context, request: GetFunctionConcurrencyRequest, found: Found
) -> GetFunctionConcurrencyResponse:
    """Show a function's reserved concurrency."""
    if found.function.reserved is None:
        return {}
    return {"ReservedConcurrentExecutions": found.function.reserved}


@operation("lambda:DeleteFunctionConcurrency", on=function_named, writes=True)
def delete_function_concurrency(
    ctx: Context, request: DeleteFunctionConcurrencyRequest, found: Found
) -> None:
    """Reserve nothing any more."""
    save(ctx, found, reserved=None)


def configured_named(ctx: Context, request: Q) -> Found:
    """The function, version or alias whose asynchronous invocations are configured."""
    name = name_in(ctx, request)
    found = find(ctx, name)
    if version_of(ctx.tx, found.function, name.qualifier) is None:
        raise Missing(name.arn, name.not_found())
    return found


def of_config(ctx: Context, request: Any, found: Found) -> Keys:
    """``lambda:FunctionArn``: whose invocations are configured."""
    return {"lambda:functionarn": found.arn}


@operation("lambda:PutFunctionEventInvokeConfig", on=configured_named, keys=of_config, writes=True)
def put_function_event_invoke_config(
    ctx: Context, request: PutFunctionEventInvokeConfigRequest, found: Found
) -> FunctionEventInvokeConfig:
    """Configure asynchronous invocations; what the request leaves unsaid is as without a word."""
    return configure(ctx, request, found, fresh(ctx, found))


@operation(
    "lambda:UpdateFunctionEventInvokeConfig", on=configured_named, keys=of_config, writes=True
)
def update_function_event_invoke_config(
    ctx: Context, request: UpdateFunctionEventInvokeConfigRequest, found: Found
) -> FunctionEventInvokeConfig:
    """Change how asynchronous invocations are configured; the rest stays."""
    kept = EVENT_CONFIGS.get(ctx.tx, *filed(found.name))
    return configure(ctx, request, found, kept or fresh(ctx, found))


def fresh(ctx: Context, found: Found) -> EventConfig:
    """A configuration that says nothing."""
    name = filed(found.name)
    return EventConfig(
        account=name.account,
        region=name.region,
        name=name.name,
        qualifier=name.qualifier,
        modified=ctx.now,
    )


def configure(
    ctx: Context, request: Any, found: Found, config: EventConfig
) -> FunctionEventInvokeConfig:
    """Keep *config* with what a request changes."""
    changes: dict[str, Any] = {"modified": ctx.now}
    if "MaximumRetryAttempts" in request:
        changes["retries"] = request["MaximumRetryAttempts"]
    if "MaximumEventAgeInSeconds" in request:
        changes["age"] = request["MaximumEventAgeInSeconds"]
    if "DestinationConfig" in request:
        changes["on_success"] = destination_in(request["DestinationConfig"], "OnSuccess")
        changes["on_failure"] = destination_in(request["DestinationConfig"], "OnFailure")
    changed = replace(config, **changes)
    EVENT_CONFIGS.put(ctx.tx, *filed(found.name), record=changed)
    return shown(changed)


@operation("lambda:GetFunctionEventInvokeConfig", on=configured_named)
def get_function_event_invoke_config(
    ctx: Context, request: GetFunctionEventInvokeConfigRequest, found: Found
) -> FunctionEventInvokeConfig:
    """Show how asynchronous invocations are configured."""
    return shown(config_of(ctx, found))


@operation("lambda:DeleteFunctionEventInvokeConfig", on=configured_named, writes=True)
def delete_function_event_invoke_config(
    ctx: Context, request: DeleteFunctionEventInvokeConfigRequest, found: Found
) -> None:
    """Forget how asynchronous invocations are configured."""
    config_of(ctx, found)
    EVENT_CONFIGS.delete(ctx.tx, *filed(found.name))


def config_of(ctx: Context, found: Found) -> EventConfig:
    """The configuration of a function, version or alias.

    Raises:
        ResourceNotFoundException: It has none.
    """
    name = filed(found.name)
    config = EVENT_CONFIGS.get(ctx.tx, *name)
    if config is None:
        raise ResourceNotFoundException(
            f"The function {name.arn} doesn't have an EventInvokeConfig", Type="User"
        )
    return config


@operation("lambda:ListFunctionEventInvokeConfigs", on=function_named)
def list_function_event_invoke_configs(
    ctx: Context, request: ListFunctionEventInvokeConfigsRequest, found: Found
) -> ListFunctionEventInvokeConfigsResponse:
    """List the configurations of a function, its versions and aliases."""
    every = [(parts[0], config) for parts, config in EVENT_CONFIGS.scan(ctx.tx, *found.where)]
    listed = page(ctx, request, f"event configs {found.function.name}", every)
    answer: ListFunctionEventInvokeConfigsResponse = {
        "FunctionEventInvokeConfigs": [shown(config) for config in listed.items]
    }
    if listed.marker:
        answer["NextMarker"] = listed.marker
    return answer


@operation("lambda:GetFunctionRecursionConfig", on=function_named)
def get_function_recursion_config(
    ctx: Context, request: GetFunctionRecursionConfigRequest, found: Found
) -> GetFunctionRecursionConfigResponse:
    """Show whether a function that calls itself is stopped."""
    return {"RecursiveLoop": found.function.recursion}


@operation("lambda:PutFunctionRecursionConfig", on=function_named, writes=True)
def put_function_recursion_config(
    ctx: Context, request: PutFunctionRecursionConfigRequest, found: Found
) -> PutFunctionRecursionConfigResponse:
    """Say whether a function that calls itself is stopped."""
    save(ctx, found, recursion=request["RecursiveLoop"])
    return {"RecursiveLoop": request["RecursiveLoop"]}


@operation("lambda:GetRuntimeManagementConfig", on=version_named)
def get_runtime_management_config(
    ctx: Context, request: GetRuntimeManagementConfigRequest, found: FoundVersion
) -> GetRuntimeManagementConfigResponse:
    """Show when the runtime is updated."""
    return {
        "UpdateRuntimeOn": found.function.runtime_updates,
        "FunctionArn": found.version.named.arn,
    }


@operation("lambda:PutRuntimeManagementConfig", on=version_named, writes=True)
def put_runtime_management_config(
    ctx: Context, request: PutRuntimeManagementConfigRequest, found: FoundVersion
) -> PutRuntimeManagementConfigResponse:
    """Say when the runtime is updated; here it is the machine's, whatever is said."""
    wanted = request["UpdateRuntimeOn"]
    only = runtime_version_arn(found.name.region, found.version.runtime)
    arn = request.get("RuntimeVersionArn", "")
    if wanted == "Manual" and not arn:
        raise InvalidParameterValueException(
            "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.", Type="User"
        )
    if arn and arn != only:
        raise InvalidParameterValueException(f"Runtime version {arn} not found.", Type="User")
    save(ctx, found, runtime_updates=wanted)
    answer: PutRuntimeManagementConfigResponse = {
        "UpdateRuntimeOn": wanted,
        "FunctionArn": found.version.named.arn,
    }
    if arn:
        answer["RuntimeVersionArn"] = arn
    return answer


@operation("lambda:GetAccountSettings", on=everything)
def get_account_settings(
    ctx: Context, request: GetAccountSettingsRequest, resource: Bare
) -> GetAccountSettingsResponse:
    """Show the account's limits, and what it uses of them in this Region."""
    functions = [each for _, each in FUNCTIONS.scan(ctx.tx, ctx.account, ctx.region)]
    sizes = [each.latest.code.size for each in functions]
    sizes += [each.code.size for _, each in VERSIONS.scan(ctx.tx, ctx.account, ctx.region)]
    reserved = sum(each.reserved or 0 for each in functions)
    return {
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE,
            "CodeSizeUnzipped": MOST_UNZIPPED,
            "CodeSizeZipped": MOST_ZIPPED,
            "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
            "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS - reserved,
        },
        "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(functions)},
    }
