"""Rules about who is meant: services that never call, and statements open to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lodekey.policy.linting import Looked, Rule
from lodekey.policy.statement import texts

# Function code calls as its execution role; Parameter Store and Secrets Manager forward the
# caller's identity. None of them uses a key as itself.
_NEVER_CALL = {
    "lambda.amazonaws.com": "function code calls KMS as its execution role",
    "ssm.amazonaws.com": "Parameter Store calls KMS as its caller",
    "secretsmanager.amazonaws.com": "Secrets Manager calls KMS as its caller",
}
_USE = (
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
_OPENING = ("kms:Decrypt", "kms:CreateGrant", "kms:ReEncryptFrom", "kms:PutKeyPolicy")
_NARROWING = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltag/",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "kms:calleraccount",
)


def service_that_never_calls(looked: Looked) -> Iterator[str]:
    """A service principal that does not use keys as itself."""
    names = looked.statement.names
    if looked.kind != "key" or names is None or names.excluded or not looked.allows:
        return
    for service in sorted(names.services & _NEVER_CALL.keys()):
        if looked.covers(*_USE):
            yield f"{service} never asks for {looked.covers(*_USE)[0]}: {_NEVER_CALL[service]}"


def delegation(looked: Looked) -> Iterator[str]:
    """A key policy that leaves the use of the key to the account's identity policies."""
    names = looked.statement.names
    if looked.kind != "key" or names is None or names.excluded or not looked.allows:
        return
    if names.accounts and not names.everyone and not looked.conditions:
        for action in looked.covers(*_OPENING)[:1]:
            accounts = ", ".join(sorted(names.accounts))
            yield f"whoever has {action} by an identity policy of {accounts} may use this key"


def everybody(looked: Looked) -> Iterator[str]:
    """An Allow to everybody that no condition narrows."""
    names = looked.statement.names
    if looked.kind == "endpoint" or names is None or not looked.allows:
        return
    if names.everyone and not names.excluded and not looked.asks(*_NARROWING):
        yield "the principal is * and no condition says who"


def not_principal_allows(looked: Looked) -> Iterator[str]:
    """NotPrincipal with Allow."""
    if looked.allows and "NotPrincipal" in looked.body:
        yield "everybody who is not listed is allowed, strangers and the anonymous included"


def not_principal_lists_too_little(looked: Looked) -> Iterator[str]:
    """NotPrincipal with Deny that does not list account, role and session."""
    names = looked.statement.names
    if looked.allows or names is None or not names.excluded:
        return
    element = looked.body["NotPrincipal"]
    listed = texts(element.get("AWS", [])) if isinstance(element, Mapping) else ()
    for name in listed:
        account = name.split(":")[4] if name.count(":") >= 5 else ""
        if account and not name.endswith(":root") and account not in names.accounts:
            yield f"{name} is listed, its account arn:aws:iam::{account}:root is not"


RULES = (
    Rule(
        code="LK020",
        title="a service principal that never calls",
        explanation=(
            "A service principal means the service acting as itself. Function code acts as the "
            "execution role, and Parameter Store and Secrets Manager act as their caller (with "
            "kms:ViaService). Name the role. "
            "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"
        ),
        example='{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, '
        '"Action": "kms:Decrypt", "Resource": "*"}',
        check=service_that_never_calls,
    ),
    Rule(
        code="LK021",
        title="the key policy leaves the use of the key to identity policies",
        explanation=(
            "Naming the account delegates the decision to its identity policies: whoever has the "
            "action on this key or on *, whoever may give it to themselves, whoever may assume "
            "such a role. Keep administration apart from use, and name the roles that use. "
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"
        ),
        example='{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, '
        '"Action": "kms:*", "Resource": "*"}',
        check=delegation,
    ),
    Rule(
        code="LK022",
        title="open to everybody",
        explanation=(
            "A principal of * means every principal of every account, services, and the "
            "anonymous. Name principals, or say by a condition who is meant. "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_principal.html"
        ),
        example='{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", '
        '"Resource": "*"}',
        check=everybody,
    ),
    Rule(
        code="LK023",
        title="NotPrincipal with Allow",
        explanation=(
            '"There are no supported use cases for NotPrincipal with Allow": it lets everybody in '
            "who is not listed. https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_notprincipal.html"
        ),
        example='{"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::444455556666:root"}, '
        '"Action": "kms:Decrypt", "Resource": "*"}',
        check=not_principal_allows,
    ),
    Rule(
        code="LK024",
        title="NotPrincipal with Deny must list the account, too",
        explanation=(
            "AWS asks to list the account of a spared user or role, and for a session the role "
            "and the session; callers with a permissions boundary are denied all the same. A Deny "
            "with ArnNotEquals aws:PrincipalArn is easier to get right. "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_notprincipal.html"
        ),
        example='{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:role/fn"}, '
        '"Action": "kms:Decrypt", "Resource": "*"}',
        check=not_principal_lists_too_little,
    ),
)
