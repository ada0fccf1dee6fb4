"""Lambda: functions and what they run.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from lodekey.services.cloudformation.deeds import Deed
from lodekey.services.cloudformation.resources.inline_modules import modules_for
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, words
from lodekey.services.cloudformation.resources.tagging import retag

SETTINGS = (
    "Architectures",
    "DeadLetterConfig",
    "Description",
    "Environment",
    "EphemeralStorage",
    "FileSystemConfigs",
    "Handler",
    "KmsKeyArn",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "SnapStart",
    "Timeout",
    "TracingConfig",
    "VpcConfig",
)
_DEFAULTS: dict[str, Any] = {
    "Description": "",
    "Environment": {"Variables": {}},
    "KmsKeyArn": "",
    "Layers": [],
    "MemorySize": 128,
    "Timeout": 3,
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
}
_NO_SNAPSHOTS = {
    "SnapStartResponse.ApplyOn": "None",
    "SnapStartResponse.OptimizationStatus": "Off",
}
_YEAR = (1980, 1, 1, 0, 0, 0)


def code_of(deed: Deed) -> dict[str, Any]:
    """The package as the API takes it; inline code is put into one, the same each time."""
    code = dict(deed["Code"])
    if "ZipFile" in code:
        runtime = str(deed.get("Runtime", ""))
        module = str(deed.get("Handler", "index.handler")).partition(".")[0] or "index"
        ending = "py" if runtime.startswith("python") else "js"
        files = {f"{module}.{ending}": str(code["ZipFile"]), **modules_for(runtime)}
        code["ZipFile"] = _packed(files)
    return code


def _packed(files: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name, _YEAR)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text)
    return body.getvalue()


def _settings(deed: Deed) -> dict[str, Any]:
    found = deed.some(*SETTINGS)
    if "KmsKeyArn" in found:
        found["KMSKeyArn"] = found.pop("KmsKeyArn")
    variables = (found.get("Environment") or {}).get("Variables")
    if variables is not None:
        found["Environment"] = {"Variables": variables}
    return found


async def create(deed: Deed) -> Made:
    """CreateFunction, then what has operations of its own."""
    name = str(deed.get("FunctionName") or deed.name(64))
    request = {"FunctionName": name, "Code": code_of(deed), **_settings(deed)}
    tags = deed.tags(deed.get("Tags"))
    if tags:
        request["Tags"] = tags
    made = await deed.call("lambda", "CreateFunction", request, names=lambda _: name)
    if "ReservedConcurrentExecutions" in deed.properties:
        await _reserve(deed, name)
    if "RecursiveLoop" in deed.properties:
        await _loop(deed, name)
    if "RuntimeManagementConfig" in deed.properties:
        await _manage_runtime(deed, name)
    return Made(name, {"Arn": made["FunctionArn"], **_NO_SNAPSHOTS})


async def _loop(deed: Deed, name: str) -> None:
    said = {"RecursiveLoop": deed.get("RecursiveLoop", "Terminate")}
    await deed.call("lambda", "PutFunctionRecursionConfig", {"FunctionName": name, **said})


async def _manage_runtime(deed: Deed, name: str) -> None:
    said = deed.get("RuntimeManagementConfig", {"UpdateRuntimeOn": "Auto"})
    await deed.call("lambda", "PutRuntimeManagementConfig", {"FunctionName": name, **said})


async def _reserve(deed: Deed, name: str) -> None:
    number = {"ReservedConcurrentExecutions": deed["ReservedConcurrentExecutions"]}
    await deed.call("lambda", "PutFunctionConcurrency", {"FunctionName": name, **number})


async def update(deed: Deed) -> dict[str, Any] | None:
    """Code, settings, concurrency, tags."""
    named = {"FunctionName": deed.physical}
    if deed.changed(*SETTINGS):
        await deed.call("lambda", "UpdateFunctionConfiguration", {**named, **_changes(deed)})
    if deed.changed("Code", "Architectures") or (
        "ZipFile" in deed["Code"] and deed.changed("Handler", "Runtime")
    ):
        code = {**code_of(deed), **deed.some("Architectures")}
        await deed.call("lambda", "UpdateFunctionCode", {**named, **code})
    if deed.changed("ReservedConcurrentExecutions"):
        if "ReservedConcurrentExecutions" in deed.properties:
            await _reserve(deed, deed.physical)
        else:
            await deed.call("lambda", "DeleteFunctionConcurrency", named)
    if deed.changed("RecursiveLoop"):
        await _loop(deed, deed.physical)
    if deed.changed("RuntimeManagementConfig"):
        await _manage_runtime(deed, deed.physical)
    put, gone = retag(deed)
    arn = {"Resource": deed.thing.attributes["Arn"]}
    if gone:
        await deed.call("lambda", "UntagResource", {**arn, "TagKeys": gone})
    if put:
        await deed.call("lambda", "TagResource", {**arn, "Tags": put})
    return None


def _changes(deed: Deed) -> dict[str, Any]:
    """The settings that changed; one that is no longer given goes back to its default."""
    given = _settings(deed)
    found = {}
    for name in SETTINGS:
        if name in {"Architectures", "PackageType"} or not deed.changed(name):
            continue
        word = "KMSKeyArn" if name == "KmsKeyArn" else name
        if word in given:
            found[word] = given[word]
        elif name in _DEFAULTS:
            found[word] = _DEFAULTS[name]
    return found


async def delete(deed: Deed) -> None:
    """DeleteFunction."""
    await deed.quietly("lambda", "DeleteFunction", {"FunctionName": deed.physical})


async def live(deed: Deed) -> dict[str, Any]:
    """Its settings, without the values of its environment."""
    request = {"FunctionName": deed.physical}
    found = await deed.call("lambda", "GetFunctionConfiguration", request)
    shown = {"FunctionName": found["FunctionName"]}
    for name in ("Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout"):
        if name in found:
            shown[name] = found[name]
    return shown


async def publish(deed: Deed) -> Made:
    """PublishVersion."""
    request = {
        "FunctionName": deed["FunctionName"],
        **deed.some("CodeSha256", "Description"),
    }
    made = await deed.call(
        "lambda", "PublishVersion", request, names=lambda answer: str(answer["FunctionArn"])
    )
    attributes = {"Version": made["Version"], "FunctionArn": made["FunctionArn"]}
    return Made(made["FunctionArn"], attributes)


async def delete_version(deed: Deed) -> None:
    """DeleteFunction of one version; it has gone with its function, where that went first."""
    function, _, version = deed.physical.rpartition(":")
    if version.isdigit():
        request = {"FunctionName": function, "Qualifier": version}
        await deed.quietly("lambda", "DeleteFunction", request)


async def create_alias(deed: Deed) -> Made:
    """CreateAlias."""
    request = {
        "FunctionName": deed["FunctionName"],
        "Name": deed["Name"],
        "FunctionVersion": deed["FunctionVersion"],
        **deed.some("Description"),
        **_weights(deed),
    }
    made = await deed.call(
        "lambda", "CreateAlias", request, names=lambda answer: str(answer["AliasArn"])
    )
    return Made(made["AliasArn"], {"AliasArn": made["AliasArn"]})


def _weights(deed: Deed) -> dict[str, Any]:
    asked = deed.get("RoutingConfig")
    if not asked:
        return {"RoutingConfig": {"AdditionalVersionWeights": {}}} if deed.old else {}
    weights = {
        str(each["FunctionVersion"]): each["FunctionWeight"]
        for each in asked.get("AdditionalVersionWeights", [])
    }
    return {"RoutingConfig": {"AdditionalVersionWeights": weights}}


async def update_alias(deed: Deed) -> dict[str, Any] | None:
    """UpdateAlias."""
    request = {
        "FunctionName": deed["FunctionName"],
        "Name": deed["Name"],
        "FunctionVersion": deed["FunctionVersion"],
        "Description": deed.get("Description", ""),
        **_weights(deed),
    }
    await deed.call("lambda", "UpdateAlias", request)
    return None


async def delete_alias(deed: Deed) -> None:
    """DeleteAlias."""
    request = {"FunctionName": deed["FunctionName"], "Name": deed["Name"]}
    await deed.quietly("lambda", "DeleteAlias", request)


async def live_alias(deed: Deed) -> dict[str, Any]:
    """The version that the alias leads to."""
    request = {"FunctionName": deed["FunctionName"], "Name": deed["Name"]}
    found = await deed.call("lambda", "GetAlias", request)
    return {
        "Name": found["Name"],
        "FunctionVersion": found["FunctionVersion"],
        "Description": found.get("Description", ""),
    }


async def add_layer(deed: Deed) -> Made:
    """PublishLayerVersion."""
    name = str(deed.get("LayerName") or deed.name(140))
    request = {
        "LayerName": name,
        "Content": deed["Content"],
        **deed.some("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo"),
    }
    made = await deed.call(
        "lambda",
        "PublishLayerVersion",
        request,
        names=lambda answer: str(answer["LayerVersionArn"]),
    )
    arn = made["LayerVersionArn"]
    return Made(arn, {"LayerVersionArn": arn})


async def delete_layer(deed: Deed) -> None:
    """DeleteLayerVersion."""
    layer, _, version = deed.physical.rpartition(":")
    if version.isdigit():
        request = {"LayerName": layer, "VersionNumber": int(version)}
        await deed.quietly("lambda", "DeleteLayerVersion", request)


TYPES = (
    ResourceType(
        name="AWS::Lambda::Function",
        create=create,
        update=update,
        delete=delete,
        live=live,
        properties=frozenset(SETTINGS)
        | words(
            "Code FunctionName RecursiveLoop ReservedConcurrentExecutions "
            "RuntimeManagementConfig Tags"
        ),
        not_offered=words(
            "CapacityProviderConfig CodeSigningConfigArn DurableConfig FunctionScalingConfig "
            "ImageConfig PublishToLatestPublished TenancyConfig"
        ),
        required=words("Code Role"),
        replaced_by=words("FunctionName PackageType"),
        attributes=words("Arn") | frozenset(_NO_SNAPSHOTS),
    ),
    ResourceType(
        name="AWS::Lambda::Version",
        create=publish,
        delete=delete_version,
        properties=words("CodeSha256 Description FunctionName"),
        not_offered=words("FunctionScalingConfig ProvisionedConcurrencyConfig RuntimePolicy"),
        required=words("FunctionName"),
        attributes=words("Version FunctionArn"),
    ),
    ResourceType(
        name="AWS::Lambda::Alias",
        create=create_alias,
        update=update_alias,
        delete=delete_alias,
        live=live_alias,
        properties=words("Description FunctionName FunctionVersion Name RoutingConfig"),
        not_offered=words("ProvisionedConcurrencyConfig"),
        required=words("FunctionName FunctionVersion Name"),
        replaced_by=words("FunctionName Name"),
        attributes=words("AliasArn"),
    ),
    ResourceType(
        name="AWS::Lambda::LayerVersion",
        create=add_layer,
        delete=delete_layer,
        properties=words(
            "CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo"
        ),
        required=words("Content"),
        attributes=words("LayerVersionArn"),
    ),
)
