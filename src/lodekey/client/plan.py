"""The plan of ``init``: the policies that let one workload open a value, and nobody else.

Four parts make "only this function" true, and the plan holds those that a tool can write:

1. a key policy that names reader, writers and administrators, and denies the key's use to all
   others; nothing in it delegates the use of the key to identity policies;
2. the reader's statements; for a function also a Deny to whoever holds the role elsewhere;
3. a policy on each secret;
4. what stays for people: who may update the function's code, pass its role, or edit either.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lodekey.client.failures import Unusable
from lodekey.client.places import Place

Statement = dict[str, Any]
Policy = dict[str, Any]

ADMIN_ACTIONS = (
    "kms:Describe*",
    "kms:List*",
    "kms:Get*",
    "kms:PutKeyPolicy",
    "kms:CreateAlias",
    "kms:UpdateAlias",
    "kms:DeleteAlias",
    "kms:UpdateKeyDescription",
    "kms:EnableKey",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "kms:CancelKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:EnableKeyRotation",
    "kms:DisableKeyRotation",
)
"""Keeping the key: nothing here opens or seals a value."""
USE_ACTIONS = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:CreateGrant",
)
"""What the policy denies to all others; never PutKeyPolicy, which would lock everybody out."""
WRITE_ACTIONS = ("kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt")
PARAMETER_READS = ("ssm:GetParameter", "ssm:GetParameters")
SECRET_READS = ("secretsmanager:GetSecretValue",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who may do what with which values.

    Args:
        name: What key, alias and policies are called.
        account: The account's id.
        region: The Region.
        reader: The ARN of the role that may open the values.
        function: The ARN of the only function that may; empty: whoever holds the role.
        writers: ARNs of who may seal values.
        admins: ARNs of who keeps the key.
        places: The values; a name may end in ``*``.
        break_glass: Whether the account's root user may repair the key policy.
        partition: AWS's partition.
    """

    name: str
    account: str
    region: str
    reader: str
    function: str = ""
    writers: tuple[str, ...]
    admins: tuple[str, ...]
    places: tuple[Place, ...]
    break_glass: bool = True
    partition: str = "aws"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w/-]{1,200}", self.name, re.ASCII) or self.name.startswith("aws"):
            raise Unusable(f"`{self.name}` cannot name a key", hint="letters, digits, - _ /")
        if not self.places:
            raise Unusable("a plan needs a value", hint="give `--value ssm:/path` or `sm:name`")

    @property
    def alias(self) -> str:
        """The key's alias."""
        return f"alias/{self.name}"

    @property
    def policy_name(self) -> str:
        """The name of the reader's inline policy."""
        return "lodekey-" + self.name.replace("/", "-")

    @property
    def role_name(self) -> str:
        """The reader's role, without its path."""
        return self.reader.rpartition("/")[2]

    def of(self, scheme: str) -> tuple[Place, ...]:
        """The values in one store."""
        return tuple(each for each in self.places if each.scheme == scheme)

    def arn(self, place: Place) -> str:
        """The ARN of a value; a secret's ends in six characters that nobody knows before."""
        if place.name.startswith("arn:"):
            return place.name
        where = f"arn:{self.partition}:{{}}:{self.region}:{self.account}"
        if place.scheme == "ssm":
            return where.format("ssm") + f":parameter/{place.name.lstrip('/')}"
        end = "" if place.name.endswith("*") else "-??????"
        return where.format("secretsmanager") + f":secret:{place.name}{end}"

    @property
    def root(self) -> str:
        """The account's root user."""
        return f"arn:{self.partition}:iam::{self.account}:root"


def key_policy(plan: Plan) -> Policy:
    """The key's policy."""
    statements = [_for(plan, "Admin", plan.admins, ADMIN_ACTIONS, {})]
    if plan.break_glass and plan.root not in plan.admins:
        actions = ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:PutKeyPolicy")
        statements.append(_for(plan, "BreakGlass", [plan.root], actions, {}))
    for scheme, word in (("ssm", "Parameter"), ("sm", "Secret")):
        if plan.of(scheme):
            conditions = _through(plan, scheme)
            statements += [
                _for(plan, f"Use{word}", [plan.reader], ["kms:Decrypt"], conditions),
                _for(plan, f"Write{word}", plan.writers, WRITE_ACTIONS, conditions),
            ]
    statements.append(
        {
            "Sid": "DenyOthers",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": list(USE_ACTIONS),
            "Resource": "*",
            "Condition": {"ArnNotEquals": {"aws:PrincipalArn": _users(plan)}},
        }
    )
    return {"Version": "2012-10-17", "Id": plan.policy_name, "Statement": statements}


def _users(plan: Plan) -> list[str]:
    return list(dict.fromkeys((plan.reader, *plan.writers)))


def _for(
    plan: Plan,
    sid: str,
    principals: Iterable[str],
    actions: Iterable[str],
    conditions: dict[str, dict[str, Any]],
) -> Statement:
    """An Allow to *principals*; where root is among them, to the root user and not the account."""
    named = list(dict.fromkeys(principals))
    if plan.root in named:
        conditions = {**conditions, "ArnEquals": {"aws:PrincipalArn": _flat(named)}}
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": _flat(named)},
        "Action": _flat(list(actions)),
        "Resource": "*",
    }
    return {**statement, "Condition": conditions} if conditions else statement


def _through(plan: Plan, scheme: str) -> dict[str, dict[str, Any]]:
    """Only through the store, and only for these values."""
    service, member = (
        ("ssm", "PARAMETER_ARN") if scheme == "ssm" else ("secretsmanager", "SecretARN")
    )
    via = {"kms:ViaService": f"{service}.{plan.region}.amazonaws.com"}
    arns = [plan.arn(place) for place in plan.of(scheme)]
    context = {f"kms:EncryptionContext:{member}": _flat(arns)}
    if any("*" in arn or "?" in arn for arn in arns):
        return {"StringEquals": via, "StringLike": context}
    return {"StringEquals": {**via, **context}}


def role_policy(plan: Plan) -> Policy:
    """The reader's inline policy.

    No kms:Decrypt: the key policy names the role. No GetParametersByPath: it is asked of the path,
    and goes around what is said of a parameter.
    """
    statements: list[Statement] = []
    actions: list[str] = []
    arns: list[str] = []
    for scheme, word, reads in (
        ("ssm", "Parameters", PARAMETER_READS),
        ("sm", "Secrets", SECRET_READS),
    ):
        resources = [plan.arn(place) for place in plan.of(scheme)]
        if resources:
            statements.append(
                {
                    "Sid": f"Read{word}",
                    "Effect": "Allow",
                    "Action": _flat(list(reads)),
                    "Resource": _flat(resources),
                }
            )
            actions += [*reads, *(["ssm:GetParameterHistory"] if scheme == "ssm" else [])]
            arns += resources
    elsewhere = {"ArnNotEquals": {"lambda:SourceFunctionArn": plan.function}}
    if plan.function:
        statements.append(
            {
                "Sid": "OnlyThisFunction",
                "Effect": "Deny",
                "Action": _flat(actions),
                "Resource": _flat(arns),
                "Condition": elsewhere,
            }
        )
    if plan.function and plan.of("ssm"):
        statements.append(
            {
                "Sid": "OnlyThisFunctionByPath",
                "Effect": "Deny",
                "Action": "ssm:GetParametersByPath",
                "Resource": "*",
                "Condition": elsewhere,
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


def secret_policy(plan: Plan) -> Policy:
    """The policy on each secret: nobody but the reader and the writers reads it."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DenyOthers",
                "Effect": "Deny",
                "Principal": {"AWS": "*"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
                "Condition": {"ArnNotEquals": {"aws:PrincipalArn": _users(plan)}},
            }
        ],
    }


def remaining(plan: Plan) -> list[str]:
    """What no policy in the plan can do, for the person who reads it."""
    notes = []
    if plan.function:
        notes.append(
            "whoever may update the code or configuration of "
            f"{plan.function.rpartition(':')[2]} reads what it reads: keep lambda:UpdateFunction*, "
            "iam:PassRole and the role's policies to the deploying role"
        )
    else:
        notes.append(
            f"whoever may assume {plan.role_name} reads the values: check its trust policy"
        )
    notes.append("whoever may read the workload's logs reads what it logs: log no value")
    return notes


def _flat(texts: list[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else texts
