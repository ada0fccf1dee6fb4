"""The words of a refusal, as AWS's callers read them.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html and, for
KMS, public error output (POLICY §10).
"""

from __future__ import annotations

from lodekey.policy.ask import Ask, Decision, PolicyType

_NO: dict[PolicyType, str] = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "endpoint": "VPC endpoint policy",
}
_BY: dict[PolicyType, str] = {
    "identity": "an identity-based policy",
    "resource": "a resource-based policy",
    "boundary": "a permissions boundary",
    "session": "a session policy",
    "scp": "a service control policy",
    "rcp": "a resource control policy",
    "endpoint": "a VPC endpoint policy",
}
_KEY_SIDE = (
    " because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)

SECRETS_WITHOUT_KMS = "Access to KMS is not allowed"
"""What Secrets Manager says where KMS refused its forwarded call."""


def denial_message(ask: Ask, decision: Decision) -> str:
    """AWS's common text for the refusal that *decision* makes of *ask*."""
    return f"{_opening(ask)} on resource: {ask.resource}{tail(ask, decision)}"


def tail(ask: Ask, decision: Decision) -> str:
    """Which policy is to blame: the part of the text after the resource.

    A role's trust policy that does not allow is not named: STS leaves the tail out.
    """
    if decision.explicit:
        return f" with an explicit deny in {_BY[decision.policy_type]}"
    if decision.policy_type == "resource" and ask.action.startswith("sts:"):
        return ""
    return f" because no {_NO[decision.policy_type]} allows the {ask.action} action"


def kms_denial_message(ask: Ask, decision: Decision, *, by_ciphertext: bool = False) -> str:
    """KMS's text, which tells an outsider nothing about the key.

    Args:
        ask: What was asked.
        decision: The refusal.
        by_ciphertext: Whether the request named no key, and the ciphertext told it.
    """
    if decision.policy_type == "resource":
        what = "the resource associated with this ciphertext" if by_ciphertext else "this resource"
        return f"{_opening(ask)} on {what}{_KEY_SIDE}"
    if by_ciphertext:
        what = " on the resource associated with this ciphertext"
        return f"{_opening(ask)}{what}{tail(ask, decision)}"
    return denial_message(ask, decision)


def parameter_without_kms(request_id: str) -> str:
    """What Parameter Store says where KMS refused its forwarded call.

    Args:
        request_id: The id of the forwarded call.
    """
    return (
        "The ciphertext refers to a customer master key that does not exist, does not exist in "
        "this region, or you are not allowed to access. (Service: AWSKMS; Status Code: 400; "
        f"Error Code: AccessDeniedException; Request ID: {request_id}; Proxy: null)"
    )


def _opening(ask: Ask) -> str:
    return f"User: {ask.caller.arn or 'anonymous'} is not authorized to perform: {ask.action}"
