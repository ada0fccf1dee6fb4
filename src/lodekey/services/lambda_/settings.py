"""The settings of a function: what may be asked for, and what is refused by name."""

from __future__ import annotations

from typing import Any

from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.runtimes import OFFERED

MOST_SECONDS = 900
MOST_MEMORY = 10_240
MOST_TEMPORARY = 10_240
MOST_NAME = 64

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def must_be_offered(request: Any) -> None:
    """Check what a request asks of a function.

    Raises:
        InvalidParameterValueException: It asks for what Lambda, or this server, does not have.
    """
    runtime = request.get("Runtime")
    if runtime is not None:
        must_be_runtime(runtime)
    at_most(request.get("Timeout"), MOST_SECONDS, "timeout")
    at_most(request.get("MemorySize"), MOST_MEMORY, "memorySize")
    at_most((request.get("EphemeralStorage") or {}).get("Size"), MOST_TEMPORARY, "size")
    for name, meaning, asked in not_offered(request):
        if asked:
            raise invalid(f"{name}: {meaning} not offered by this server.")


def must_be_runtime(runtime: str) -> None:
    """Check a runtime's name.

    Raises:
        InvalidParameterValueException: Functions of that runtime do not run here.
    """
    if runtime in OFFERED:
        return
    newest = {"python": "python3.13", "nodejs": "nodejs22.x"}
    for family, instead in newest.items():
        if runtime.startswith(family):
            raise invalid(
                f"The runtime parameter of {runtime} is no longer supported for creating or "
                "updating AWS Lambda functions. We recommend you use a supported runtime "
                f"({instead}) while creating or updating functions."
            )
    raise invalid(
        f"The runtime parameter of {runtime} is not supported: this server runs Python and Node "
        f"functions ({OFFERED[0]} to {OFFERED[-1]})."
    )


def at_most(value: int | None, most: int, name: str) -> None:
    """Check an upper limit that the model does not hold."""
    if value is not None and value > most:
        raise invalid(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
            f"constraint: Member must have value less than or equal to {most}"
        )


def not_offered(request: Any) -> list[tuple[str, str, bool]]:
    """What is not there: the member, a meaning, and whether it is asked for."""
    vpc = request.get("VpcConfig") or {}
    dead_letters = request.get("DeadLetterConfig") or {}
    snap = request.get("SnapStart") or {}
    return [
        ("PackageType", "container images are", request.get("PackageType") == "Image"),
        ("ImageConfig", "container images are", bool(request.get("ImageConfig"))),
        ("VpcConfig", "VPCs are", bool(vpc.get("SubnetIds") or vpc.get("SecurityGroupIds"))),
        ("DeadLetterConfig", "SQS and SNS are", bool(dead_letters.get("TargetArn"))),
        ("FileSystemConfigs", "EFS is", bool(request.get("FileSystemConfigs"))),
        ("CodeSigningConfigArn", "code signing is", bool(request.get("CodeSigningConfigArn"))),
        ("SnapStart", "SnapStart is", snap.get("ApplyOn", "None") != "None"),
        ("TenancyConfig", "tenant isolation is", bool(request.get("TenancyConfig"))),
        ("CapacityProviderConfig", "managed instances are", "CapacityProviderConfig" in request),
        ("DurableConfig", "durable functions are", "DurableConfig" in request),
        ("AcceleratorConfig", "accelerators are", "AcceleratorConfig" in request),
    ]


def invalid(text: str) -> InvalidParameterValueException:
    """A refusal."""
    return InvalidParameterValueException(text, Type="User")


def logging_of(request: Any) -> dict[str, Any]:
    """The fields of a version that ``LoggingConfig`` sets.

    Raises:
        InvalidParameterValueException: Levels are set without the JSON format.
    """
    config = request.get("LoggingConfig")
    if config is None:
        return {}
    structured = config.get("LogFormat") == "JSON"
    levels = {"ApplicationLogLevel", "SystemLogLevel"} & set(config)
    if levels and not structured:
        raise invalid("To set ApplicationLogLevel or SystemLogLevel, LogFormat has to be JSON.")
    fields = {"log_format": config.get("LogFormat", "Text")}
    if "LogGroup" in config:
        fields["log_group"] = config["LogGroup"]
    fields["application_level"] = config.get("ApplicationLogLevel", "")
    fields["system_level"] = config.get("SystemLogLevel", "")
    return fields


def plain_fields(request: Any) -> dict[str, Any]:
    """The fields of a version that a request sets by itself."""
    fields: dict[str, Any] = {}
    for member, field in (
        ("Runtime", "runtime"),
        ("Role", "role"),
        ("Handler", "handler"),
        ("Description", "description"),
        ("Timeout", "timeout"),
        ("MemorySize", "memory"),
    ):
        if member in request:
            fields[field] = request[member]
    if "EphemeralStorage" in request:
        fields["temporary"] = request["EphemeralStorage"]["Size"]
    if "TracingConfig" in request:
        fields["tracing"] = request["TracingConfig"].get("Mode", "PassThrough")
    return {**fields, **logging_of(request)}
