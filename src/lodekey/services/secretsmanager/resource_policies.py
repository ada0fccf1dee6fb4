"""A secret's resource policy: one, by the name of ``default``."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.identity.principals_in import InvalidPrincipal, remember_principals, show_principals
from lodekey.policy import document
from lodekey.policy.public import public_statements
from lodekey.services.secretsmanager import copies
from lodekey.services.secretsmanager.conditions import request_keys
from lodekey.services.secretsmanager.errors import (
    InvalidNextTokenException,
    InvalidParameterException,
    MalformedPolicyDocumentException,
    PublicPolicyException,
    ResourceNotFoundException,
)
from lodekey.services.secretsmanager.finding import all_secrets, secret_named
from lodekey.services.secretsmanager.secrets import Secret, change, find, save
from lodekey.services.secretsmanager.shapes import (
    DeleteResourcePolicyRequest,
    DeleteResourcePolicyResponse,
    GetResourcePolicyRequest,
    GetResourcePolicyResponse,
    ListResourcePoliciesRequest,
    ListResourcePoliciesResponse,
    PutResourcePolicyRequest,
    PutResourcePolicyResponse,
    ValidateResourcePolicyRequest,
    ValidateResourcePolicyResponse,
    ValidationErrorsEntry,
)

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class _Refused(Exception):
    """Why a text cannot be a secret's policy, in AWS's words."""

    message: str


def stored_policy(ctx: Context, text: str) -> str:
    """The policy as it is to be stored.

    Raises:
        MalformedPolicyDocumentException: It is no policy, or names a principal that is not there.
    """
    try:
        return _read(ctx, text)
    except _Refused as refused:
        raise MalformedPolicyDocumentException(refused.message) from None


def _read(ctx: Context, text: str) -> str:
    try:
        document.validate(text, "resource")
        return remember_principals(ctx.tx, text)
    except document.MalformedPolicy:
        raise _Refused("This resource policy contains a syntax error.") from None
    except InvalidPrincipal:
        raise _Refused("This resource policy contains an unsupported principal.") from None


def _must_be_default(name: str) -> None:
    if name != DEFAULT:
        raise InvalidParameterException("You can only change the resource policy named default.")


@operation("secretsmanager:PutResourcePolicy", on=secret_named, keys=request_keys, writes=True)
def put_resource_policy(
    ctx: Context, request: PutResourcePolicyRequest, secret: Secret
) -> PutResourcePolicyResponse:
    """Attach a policy to a secret, in place of the one it had."""
    name = request.get("PolicyName", DEFAULT)
    _must_be_default(name)
    secret.must_be_changeable()
    policy = stored_policy(ctx, request["ResourcePolicy"])
    if request.get("BlockPublicPolicy") and public_statements(policy):
        raise PublicPolicyException(
            "This resource policy grants broad access to the secret. "
            "You must limit who can access it, or turn off BlockPublicPolicy."
        )
    save(ctx.tx, copies.sync(ctx, change(secret, ctx.now, policy=policy)))
    return {"ARN": secret.arn, "Name": secret.name, "PolicyName": name}


@operation("secretsmanager:GetResourcePolicy", on=secret_named, keys=request_keys)
def get_resource_policy(
    ctx: Context, request: GetResourcePolicyRequest, secret: Secret
) -> GetResourcePolicyResponse:
    """Show the policy; without one the answer has no ResourcePolicy."""
    name = request.get("PolicyName", DEFAULT)
    if name != DEFAULT:
        raise ResourceNotFoundException("Secrets Manager can't find the specified resource policy.")
    secret.must_live()
    answer: GetResourcePolicyResponse = {"ARN": secret.arn, "Name": secret.name}
    if secret.policy:
        answer["ResourcePolicy"] = show_principals(ctx.tx, secret.policy)
        answer["PolicyName"] = name
    return answer


@operation("secretsmanager:DeleteResourcePolicy", on=secret_named, keys=request_keys, writes=True)
def delete_resource_policy(
    ctx: Context, request: DeleteResourcePolicyRequest, secret: Secret
) -> DeleteResourcePolicyResponse:
    """Take the policy away; nothing happens where there is none."""
    name = request.get("PolicyName", DEFAULT)
    _must_be_default(name)
    secret.must_be_changeable()
    if secret.policy:
        save(ctx.tx, copies.sync(ctx, change(secret, ctx.now, policy="")))
    return {"ARN": secret.arn, "Name": secret.name, "PolicyName": name}


@operation("secretsmanager:ListResourcePolicies", on=secret_named, keys=request_keys)
def list_resource_policies(
    ctx: Context, request: ListResourcePoliciesRequest, secret: Secret
) -> ListResourcePoliciesResponse:
    """List the policies' names: ``default`` or nothing, so there is no second page."""
    if "NextToken" in request:
        raise InvalidNextTokenException("Invalid NextToken value.")
    secret.must_live()
    return {"ResourcePolicies": [{"PolicyName": DEFAULT}] if secret.policy else []}


def secret_if_named(ctx: Context, request: ValidateResourcePolicyRequest) -> Secret | Bare:
    """The secret that the policy is for, or ``*`` where it is for none in particular."""
    if "SecretId" not in request:
        return all_secrets(ctx, request)
    return find(ctx.tx, request["SecretId"], ctx.account, ctx.region)


@operation(
    "secretsmanager:ValidateResourcePolicy",
    on=secret_if_named,
    keys=request_keys,
    also=("secretsmanager:PutResourcePolicy",),
)
def validate_resource_policy(
    ctx: Context, request: ValidateResourcePolicyRequest, found: Secret | Bare
) -> ValidateResourcePolicyResponse:
    """Say what is wrong with a policy: its syntax, whom it lets in, whom it locks out."""
    ctx.require("secretsmanager:PutResourcePolicy", found, request_keys(ctx, request, found))
    if isinstance(found, Secret):
        found.must_live()
    errors = _findings(ctx, request, found)
    return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def _findings(
    ctx: Context, request: ValidateResourcePolicyRequest, found: Secret | Bare
) -> list[ValidationErrorsEntry]:
    try:
        policy = _read(ctx, request["ResourcePolicy"])
    except _Refused as refused:
        return [{"CheckName": "SYNTAX_CHECK", "ErrorMessage": refused.message}]
    errors: list[ValidationErrorsEntry] = [
        {
            "CheckName": "PUBLIC_POLICY_CHECK",
            "ErrorMessage": f"The policy grants broad access to the secret, by {statement}.",
        }
        for statement in public_statements(policy)
    ]
    if isinstance(found, Secret) and not _still_manageable(ctx, request, found, policy):
        errors.append(
            {
                "CheckName": "LOCKOUT_CHECK",
                "ErrorMessage": "The policy does not let its author change it again.",
            }
        )
    return errors


def _still_manageable(
    ctx: Context, request: ValidateResourcePolicyRequest, secret: Secret, policy: str
) -> bool:
    guarded = msgspec.structs.replace(secret, policy=policy)
    keys = request_keys(ctx, request, guarded)
    return ctx.allows("secretsmanager:PutResourcePolicy", guarded, keys)
