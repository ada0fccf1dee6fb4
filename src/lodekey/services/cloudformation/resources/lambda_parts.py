"""Lambda: permissions, URLs, asynchronous invocation.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from __future__ import annotations

from typing import Any

from lodekey.services.cloudformation.deeds import Deed
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words


async def permit(deed: Deed) -> Made:
    """AddPermission."""
    lot = deed.name(100)
    request = {
        "FunctionName": deed["FunctionName"],
        "StatementId": lot,
        **deed.some(
            "Action",
            "EventSourceToken",
            "FunctionUrlAuthType",
            "InvokedViaFunctionUrl",
            "Principal",
            "PrincipalOrgID",
            "SourceAccount",
            "SourceArn",
        ),
    }
    await deed.call("lambda", "AddPermission", request, names=lambda _: lot)
    return Made(lot, {"Id": lot})


async def forbid(deed: Deed) -> None:
    """RemovePermission."""
    request = {"FunctionName": deed["FunctionName"], "StatementId": deed.physical}
    await deed.quietly("lambda", "RemovePermission", request)


def _of_url(deed: Deed) -> dict[str, Any]:
    request = {
        "FunctionName": deed["TargetFunctionArn"],
        "AuthType": deed["AuthType"],
        **deed.some("Qualifier", "InvokeMode"),
    }
    if "Cors" in deed.properties:
        request["Cors"] = deed["Cors"]
    return request


async def create_url(deed: Deed) -> Made:
    """CreateFunctionUrlConfig."""
    made = await deed.call(
        "lambda",
        "CreateFunctionUrlConfig",
        _of_url(deed),
        names=lambda answer: str(answer["FunctionArn"]),
    )
    attributes = {"FunctionArn": made["FunctionArn"], "FunctionUrl": made["FunctionUrl"]}
    return Made(made["FunctionArn"], attributes)


async def update_url(deed: Deed) -> dict[str, Any] | None:
    """UpdateFunctionUrlConfig."""
    request = {"Cors": {}, "InvokeMode": "BUFFERED", **_of_url(deed)}
    await deed.call("lambda", "UpdateFunctionUrlConfig", request)
    return None


async def delete_url(deed: Deed) -> None:
    """DeleteFunctionUrlConfig."""
    request = {"FunctionName": deed["TargetFunctionArn"], **deed.some("Qualifier")}
    await deed.quietly("lambda", "DeleteFunctionUrlConfig", request)


def _of_config(deed: Deed) -> dict[str, Any]:
    return {
        "FunctionName": deed["FunctionName"],
        **deed.some(
            "DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"
        ),
    }


async def create_config(deed: Deed) -> Made:
    """PutFunctionEventInvokeConfig."""
    lot = deed.name(100)
    request = _of_config(deed)
    await deed.call("lambda", "PutFunctionEventInvokeConfig", request, names=lambda _: lot)
    return Made(lot, {})


async def update_config(deed: Deed) -> dict[str, Any] | None:
    """The same again."""
    await deed.call("lambda", "PutFunctionEventInvokeConfig", _of_config(deed))
    return None


async def delete_config(deed: Deed) -> None:
    """DeleteFunctionEventInvokeConfig."""
    request = {"FunctionName": deed["FunctionName"], **deed.some("Qualifier")}
    await deed.quietly("lambda", "DeleteFunctionEventInvokeConfig", request)


async def permit_layer(deed: Deed) -> Made:
    """AddLayerVersionPermission."""
    arn = str(deed["LayerVersionArn"])
    layer, _, version = arn.rpartition(":")
    lot = deed.lot(16)
    request = {
        "LayerName": layer,
        "VersionNumber": int(version),
        "StatementId": lot,
        **deed.some("Action", "OrganizationId", "Principal"),
    }
    physical = f"{arn}#{lot}"
    await deed.call("lambda", "AddLayerVersionPermission", request, names=lambda _: physical)
    return Made(physical, {"Id": physical})


async def forbid_layer(deed: Deed) -> None:
    """RemoveLayerVersionPermission."""
    arn, _, lot = deed.physical.partition("#")
    layer, _, version = arn.rpartition(":")
    request = {"LayerName": layer, "VersionNumber": int(version), "StatementId": lot}
    await deed.quietly("lambda", "RemoveLayerVersionPermission", request)


TYPES = (
    ResourceType(
        name="AWS::Lambda::Permission",
        create=permit,
        delete=forbid,
        properties=words(
            "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl "
            "Principal PrincipalOrgID SourceAccount SourceArn"
        ),
        required=words("Action FunctionName Principal"),
        attributes=words("Id"),
    ),
    ResourceType(
        name="AWS::Lambda::Url",
        create=create_url,
        update=update_url,
        delete=delete_url,
        properties=words("AuthType Cors InvokeMode Qualifier TargetFunctionArn"),
        required=words("AuthType TargetFunctionArn"),
        replaced_by=words("Qualifier TargetFunctionArn"),
        attributes=words("FunctionArn FunctionUrl"),
    ),
    ResourceType(
        name="AWS::Lambda::EventInvokeConfig",
        create=create_config,
        update=update_config,
        delete=delete_config,
        properties=words(
            "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"
        ),
        required=words("FunctionName Qualifier"),
        replaced_by=words("FunctionName Qualifier"),
    ),
    ResourceType(
        name="AWS::Lambda::LayerVersionPermission",
        create=permit_layer,
        delete=forbid_layer,
        properties=words("Action LayerVersionArn OrganizationId Principal"),
        required=words("Action LayerVersionArn Principal"),
        attributes=words("Id"),
    ),
)
