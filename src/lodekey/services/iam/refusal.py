"""How IAM words a denial: the resource by kind and name where its own API names it so.

``… is not authorized to perform: iam:GetRole on resource: role fn because …``; listings and what
is about to be made keep their ARN.
"""

from __future__ import annotations

from typing import Any

from lodekey.errors import AccessDenied, ApiError
from lodekey.policy.ask import Ask, Decision
from lodekey.policy.denial import denial_message

_WORDS = {
    "user": "user",
    "role": "role",
    "group": "group",
    "instance-profile": "instance profile",
}
_BY_ARN = frozenset(
    {
        "iam:CreateUser",
        "iam:CreateRole",
        "iam:CreateGroup",
        "iam:CreateInstanceProfile",
        "iam:CreateServiceLinkedRole",
        "iam:ListUsers",
        "iam:ListRoles",
        "iam:ListGroups",
        "iam:ListInstanceProfiles",
        "iam:PassRole",
    }
)


def refuse(ctx: Any, ask: Ask, decision: Decision) -> ApiError:
    """IAM's refusal of what was asked."""
    worded = ask._replace(resource=resource_word(ask.action, ask.resource))
    return AccessDenied(denial_message(worded, decision))


def resource_word(action: str, arn: str) -> str:
    """What IAM calls a resource in a denial of *action*."""
    kind, _, path = arn.partition(":iam::")[2].partition(":")[2].partition("/")
    if action in _BY_ARN or (not path and kind != "policy"):
        return arn
    if kind == "policy":
        if action == "iam:ListPolicies":
            return f"policy path /{path}"
        return f"policy {path.rpartition('/')[2] if action == 'iam:CreatePolicy' else arn}"
    word = _WORDS.get(kind)
    return arn if word is None else f"{word} {path.rpartition('/')[2]}"
