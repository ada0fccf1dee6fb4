"""LabelParameterVersion and UnlabelParameterVersion."""

from __future__ import annotations

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.services.ssm import labels, parameters
from lodekey.services.ssm.parameters import Parameter
from lodekey.services.ssm.put_parameters import parameter_of
from lodekey.services.ssm.read_parameters import no_version
from lodekey.services.ssm.shapes import (
    LabelParameterVersionRequest,
    LabelParameterVersionResult,
    UnlabelParameterVersionRequest,
    UnlabelParameterVersionResult,
)
from lodekey.services.ssm.tag_keys import tag_keys


def _must_have(ctx: Context, parameter: Parameter, number: int) -> None:
    if parameters.version_numbered(ctx.tx, parameter, number) is None:
        raise no_version(parameter.name, str(number))


@operation("ssm:LabelParameterVersion", on=parameter_of, keys=tag_keys, writes=True)
def label_parameter_version(
    ctx: Context, request: LabelParameterVersionRequest, parameter: Parameter
) -> LabelParameterVersionResult:
    """Put labels on a version; a label that is on another version moves."""
    number = request.get("ParameterVersion") or parameter.newest.number
    _must_have(ctx, parameter, number)
    changed, invalid = labels.attach(parameter.labels, request["Labels"], number)
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, labels=changed))
    return {"InvalidLabels": invalid, "ParameterVersion": number}


@operation("ssm:UnlabelParameterVersion", on=parameter_of, keys=tag_keys, writes=True)
def unlabel_parameter_version(
    ctx: Context, request: UnlabelParameterVersionRequest, parameter: Parameter
) -> UnlabelParameterVersionResult:
    """Take labels from a version."""
    number = request["ParameterVersion"]
    _must_have(ctx, parameter, number)
    left, removed, invalid = labels.detach(parameter.labels, request["Labels"], number)
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, labels=left))
    return {"RemovedLabels": removed, "InvalidLabels": invalid}
