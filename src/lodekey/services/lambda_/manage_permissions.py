"""Who else may use a function or a layer version: statements of its resource policy.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import show_principal
from lodekey.policy.ask import Keys
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.finding import Found, Q, find, name_in
from lodekey.services.lambda_.functions import version_of
from lodekey.services.lambda_.layers import FoundLayer, find_layer
from lodekey.services.lambda_.names import LATEST, read_layer
from lodekey.services.lambda_.permissions import (
    LAYER_POLICIES,
    POLICIES,
    add,
    layer_place,
    no_policy,
    place,
    principal_of,
    remove,
    shown_text,
)
from lodekey.services.lambda_.shapes import (
    AddLayerVersionPermissionRequest,
    AddLayerVersionPermissionResponse,
    AddPermissionRequest,
    AddPermissionResponse,
    GetLayerVersionPolicyRequest,
    GetLayerVersionPolicyResponse,
    GetPolicyRequest,
    GetPolicyResponse,
    RemoveLayerVersionPermissionRequest,
    RemovePermissionRequest,
)


def guarded_named(ctx: Context, request: Q) -> Found:
    """The function, version or alias whose policy a request is about; it has to be there."""
    name = name_in(ctx, request)
    found = find(ctx, name)
    if version_of(ctx.tx, found.function, name.qualifier) is None:
        raise Missing(name.arn, name.not_found())
    return found


def of_permission(ctx: Context, request: AddPermissionRequest, found: Found) -> Keys:
    """The context keys of a permission to be: whom it is for, and how a URL is guarded."""
    keys = {"lambda:principal": request["Principal"]}
    if "FunctionUrlAuthType" in request:
        keys["lambda:functionurlauthtype"] = request["FunctionUrlAuthType"]
    return keys


@operation("lambda:AddPermission", on=guarded_named, keys=of_permission, writes=True)
def add_permission(
    ctx: Context, request: AddPermissionRequest, found: Found
) -> AddPermissionResponse:
    """Let somebody use a function."""
    if found.name.qualifier == LATEST:
        raise InvalidParameterValueException(
            "We currently do not support adding policies for $LATEST.", Type="User"
        )
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": principal_of(request["Principal"]),
        "Action": request["Action"],
        "Resource": found.name.arn,
    }
    condition = condition_of(request)
    if condition:
        statement["Condition"] = condition
    add(ctx.tx, POLICIES, place(found.name), statement, request.get("RevisionId", ""))
    return {"Statement": json.dumps(statement, separators=(",", ":"))}


def condition_of(request: AddPermissionRequest) -> dict[str, dict[str, str]]:
    """The condition that a request's members make up."""
    condition: dict[str, dict[str, str]] = {}
    equals = {}
    if "SourceAccount" in request:
        equals["AWS:SourceAccount"] = request["SourceAccount"]
    if "PrincipalOrgID" in request:
        equals["aws:PrincipalOrgID"] = request["PrincipalOrgID"]
    if "FunctionUrlAuthType" in request:
        equals["lambda:FunctionUrlAuthType"] = request["FunctionUrlAuthType"]
    if "EventSourceToken" in request:
        equals["lambda:EventSourceToken"] = request["EventSourceToken"]
    if equals:
        condition["StringEquals"] = equals
    if "SourceArn" in request:
        condition["ArnLike"] = {"AWS:SourceArn": request["SourceArn"]}
    if "InvokedViaFunctionUrl" in request:
        via = "true" if request["InvokedViaFunctionUrl"] else "false"
        condition["Bool"] = {"lambda:InvokedViaFunctionUrl": via}
    return condition


def of_removed(ctx: Context, request: RemovePermissionRequest, found: object) -> Keys:
    """The context keys of the permission that is to go, as when it was added."""
    policy = POLICIES.get(ctx.tx, *place(found.name)) if isinstance(found, Found) else None
    text = None if policy is None else policy.statements.get(request["StatementId"])
    if text is None:
        return {}
    statement = json.loads(text)
    principal = statement["Principal"]
    named = principal if isinstance(principal, str) else next(iter(principal.values()))
    keys = {"lambda:principal": show_principal(ctx.tx, named)}
    auth = statement.get("Condition", {}).get("StringEquals", {}).get("lambda:FunctionUrlAuthType")
    if auth is not None:
        keys["lambda:functionurlauthtype"] = auth
    return keys


@operation("lambda:RemovePermission", on=guarded_named, keys=of_removed, writes=True)
def remove_permission(ctx: Context, request: RemovePermissionRequest, found: Found) -> None:
    """Take a permission back."""
    revision = request.get("RevisionId", "")
    remove(ctx.tx, POLICIES, place(found.name), request["StatementId"], revision)


@operation("lambda:GetPolicy", on=guarded_named)
def get_policy(ctx: Context, request: GetPolicyRequest, found: Found) -> GetPolicyResponse:
    """Show the resource policy."""
    policy = POLICIES.get(ctx.tx, *place(found.name))
    if policy is None:
        raise no_policy()
    return {"Policy": shown_text(ctx.tx, policy), "RevisionId": policy.revision}


def layer_named(ctx: Context, request: Any) -> FoundLayer:
    """The layer version that a request names."""
    number = request["VersionNumber"]
    return find_layer(ctx, read_layer(request["LayerName"], ctx.account, ctx.region, number))


@operation("lambda:AddLayerVersionPermission", on=layer_named, writes=True)
def add_layer_version_permission(
    ctx: Context, request: AddLayerVersionPermissionRequest, found: FoundLayer
) -> AddLayerVersionPermissionResponse:
    """Let another account use a layer version."""
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": principal_of(request["Principal"]),
        "Action": request["Action"],
        "Resource": found.arn,
    }
    if "OrganizationId" in request:
        statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": request["OrganizationId"]}}
    where = layer_place(found.layer.named)
    policy = add(ctx.tx, LAYER_POLICIES, where, statement, request.get("RevisionId", ""))
    return {
        "Statement": json.dumps(statement, separators=(",", ":")),
        "RevisionId": policy.revision,
    }


@operation("lambda:RemoveLayerVersionPermission", on=layer_named, writes=True)
def remove_layer_version_permission(
    ctx: Context, request: RemoveLayerVersionPermissionRequest, found: FoundLayer
) -> None:
    """Take a layer version's permission back."""
    where = layer_place(found.layer.named)
    remove(ctx.tx, LAYER_POLICIES, where, request["StatementId"], request.get("RevisionId", ""))


@operation("lambda:GetLayerVersionPolicy", on=layer_named)
def get_layer_version_policy(
    ctx: Context, request: GetLayerVersionPolicyRequest, found: FoundLayer
) -> GetLayerVersionPolicyResponse:
    """Show a layer version's resource policy."""
    policy = LAYER_POLICIES.get(ctx.tx, *layer_place(found.layer.named))
    if policy is None:
        raise no_policy()
    return {"Policy": shown_text(ctx.tx, policy), "RevisionId": policy.revision}
