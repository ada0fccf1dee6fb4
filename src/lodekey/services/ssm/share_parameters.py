"""PutResourcePolicy, GetResourcePolicies, DeleteResourcePolicy, for parameters."""

from __future__ import annotations

from typing import TypedDict, TypeVar

import msgspec

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import operation
from lodekey.identity.principals_in import show_principals
from lodekey.services.ssm import parameters, sharing
from lodekey.services.ssm.errors import (
    ResourceNotFoundException,
    ResourcePolicyInvalidParameterException,
)
from lodekey.services.ssm.names import arn_of
from lodekey.services.ssm.parameters import Parameter
from lodekey.services.ssm.shapes import (
    DeleteResourcePolicyRequest,
    DeleteResourcePolicyResponse,
    GetResourcePoliciesRequest,
    GetResourcePoliciesResponse,
    PutResourcePolicyRequest,
    PutResourcePolicyResponse,
)
from lodekey.services.ssm.tag_keys import tag_keys


class _Shared(TypedDict):
    ResourceArn: str


R = TypeVar("R", bound=_Shared)


def parameter_shared(ctx: Context, request: R) -> Parameter:
    """The parameter that the ARN names; only its owner's account manages its policy."""
    account, place = sharing.place_in(request["ResourceArn"])
    found = None
    if account == ctx.account:
        found = parameters.find(ctx.tx, account, ctx.region, place, ctx.now)
    if found is None:
        raise Missing(
            arn_of(ctx.region, account, place),
            ResourceNotFoundException("The specified parameter to be shared could not be found."),
        )
    return found


@operation("ssm:PutResourcePolicy", on=parameter_shared, keys=tag_keys, writes=True)
def put_resource_policy(
    ctx: Context, request: PutResourcePolicyRequest, parameter: Parameter
) -> PutResourcePolicyResponse:
    """Share a parameter, or change how it is shared."""
    sharing.must_be_shareable(parameter)
    made = sharing.shared(
        ctx.tx,
        parameter.sharing,
        request["Policy"],
        request.get("PolicyId", ""),
        request.get("PolicyHash", ""),
    )
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, sharing=made))
    return {"PolicyId": made.id, "PolicyHash": made.hash}


@operation("ssm:GetResourcePolicies", on=parameter_shared, keys=tag_keys, ignores=("MaxResults",))
def get_resource_policies(
    ctx: Context, request: GetResourcePoliciesRequest, parameter: Parameter
) -> GetResourcePoliciesResponse:
    """Read a parameter's resource policy: there is one at most, so one page."""
    if "NextToken" in request:
        raise ResourcePolicyInvalidParameterException(
            "The specified token isn't valid.", ParameterNames=["NextToken"]
        )
    if parameter.sharing is None:
        return {"Policies": []}
    there = parameter.sharing
    policy = show_principals(ctx.tx, there.policy)
    return {"Policies": [{"PolicyId": there.id, "PolicyHash": there.hash, "Policy": policy}]}


@operation(
    "ssm:DeleteResourcePolicy",
    on=parameter_shared,
    keys=tag_keys,
    writes=True,
    ignores=("DeletionMode",),
)
def delete_resource_policy(
    ctx: Context, request: DeleteResourcePolicyRequest, parameter: Parameter
) -> DeleteResourcePolicyResponse:
    """Share a parameter no longer."""
    sharing.must_be_current(parameter.sharing, request["PolicyId"], request["PolicyHash"])
    parameters.store(ctx.tx, msgspec.structs.replace(parameter, sharing=None))
    return {}
