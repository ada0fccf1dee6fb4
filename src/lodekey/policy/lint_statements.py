"""Rules about actions and resources: statements that miss their resource, or reach too many."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lodekey.policy.actions import named_by, services
from lodekey.policy.linting import Looked, Rule
from lodekey.policy.patterns import resource_pattern
from lodekey.policy.statement import texts

_READS = (
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "secretsmanager:BatchGetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:GetParameterHistory",
)
_PARAMETER_READS = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory")
_SECRET = re.compile(r"arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:(.+)", re.DOTALL)
_SECRET_ENDS = re.compile(r".*(\*|-(\?{6}|[A-Za-z0-9?]{6}))", re.DOTALL)


def not_this_key(looked: Looked) -> Iterator[str]:
    """A key policy whose Resource is not the key."""
    if looked.kind != "key":
        return
    key = looked.surroundings.resource
    for resource in looked.listed("Resource"):
        if resource == "*" or (key and resource_pattern(resource, expand=False)(key)):
            continue
        yield f"{resource} is not {key or 'known to be this key'}; write *, which means this key"


def no_effect(looked: Looked) -> Iterator[str]:
    """A key policy statement without Action or Resource."""
    for element in ("Action", "Resource"):
        if looked.kind == "key" and not {element, f"Not{element}"} & looked.body.keys():
            yield f"the statement has no {element}: it is stored and has no effect"


def locks_out(looked: Looked) -> Iterator[str]:
    """A Deny that reaches PutKeyPolicy."""
    names = looked.statement.names
    if looked.allows or looked.kind != "key" or names is None:
        return
    if looked.covers("kms:PutKeyPolicy") and (names.everyone or names.accounts or names.excluded):
        yield "the Deny covers kms:PutKeyPolicy: nobody whom it reaches can mend this policy"


def every_secret(looked: Looked) -> Iterator[str]:
    """An identity policy that lets every secret be read."""
    if not looked.allows or looked.kind != "identity" or "*" not in looked.listed("Resource"):
        return
    read = looked.covers(*_READS)
    if read and not looked.conditions:
        yield f"{read[0]} is allowed on every resource"


def path_reads(looked: Looked) -> Iterator[str]:
    """A Deny on parameters that a path read goes around."""
    if looked.allows or not looked.covers(*_PARAMETER_READS):
        return
    for resource in looked.listed("Resource"):
        if "*" not in resource and ":parameter/" in resource:
            path = resource.rpartition("/")[0]
            if _denies_path(looked, path):
                continue
            yield f"GetParametersByPath on {path} still reads {resource}: deny it on the path"


def _denies_path(looked: Looked, path: str) -> bool:
    """Whether another statement denies the path read itself."""
    return any(
        not each.allows
        and each.acts("ssm:getparametersbypath")
        and not {"*", path, f"{path}/"}.isdisjoint(texts(each.body.get("Resource", ())))
        for each in looked.document.statements
    )


def no_such_action(looked: Looked) -> Iterator[str]:
    """An action that its service does not have."""
    for element in ("Action", "NotAction"):
        for pattern in looked.listed(element):
            service = pattern.partition(":")[0].lower()
            if service in services() and pattern != "*" and not named_by(pattern):
                yield f"{service} has no action {pattern}"


def short_arn(looked: Looked) -> Iterator[str]:
    """An ARN of fewer than six parts where it is not completed."""
    if looked.kind not in {"resource", "key", "endpoint"}:
        return
    for resource in looked.listed("Resource") + looked.listed("NotResource"):
        if resource.startswith("arn:") and resource.count(":") < 5 and resource[-1] != "*":
            yield f"{resource} has fewer than six parts and matches nothing here"


def secret_without_suffix(looked: Looked) -> Iterator[str]:
    """A secret's ARN without the six characters."""
    for resource in looked.listed("Resource"):
        match = _SECRET.fullmatch(resource)
        if match and not _SECRET_ENDS.fullmatch(match[1]):
            yield f"{resource} is never a secret: its ARN ends in - and six characters; add -??????"


def star_only(looked: Looked) -> Iterator[str]:
    """An action that is asked on * with an ARN."""
    resources = looked.listed("Resource")
    if not resources or "*" in resources or looked.kind not in {"identity", "boundary", "session"}:
        return
    for pattern in looked.listed("Action"):
        for action in named_by(pattern) if "*" not in pattern else ():
            if not action.resources:
                yield f"{action.name} is asked on * only, never on {resources[0]}"


def everything_but(looked: Looked) -> Iterator[str]:
    """NotAction or NotResource in an Allow."""
    for element in ("NotAction", "NotResource"):
        if looked.allows and element in looked.body:
            yield f"{element} with Allow allows all that is not listed, and all that is yet to come"


RULES = (
    Rule(
        code="LK040",
        title="the key policy's Resource is not this key",
        explanation=(
            "In a key policy * means the key that the policy hangs on. An ARN is compared as it "
            "stands: a placeholder, an alias or another key's ARN makes the statement dead. "
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
        ),
        example='{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/fn"}, '
        '"Action": "kms:Decrypt", "Resource": "arn:aws:kms:region:111122223333:key/my-key-1"}',
        check=not_this_key,
    ),
    Rule(
        code="LK041",
        title="a statement without effect",
        explanation=(
            "KMS accepts key policy statements without Action or Resource, and ignores them. "
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html"
        ),
        example='{"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt"}',
        check=no_effect,
    ),
    Rule(
        code="LK042",
        title="a Deny that may lock everybody out",
        explanation=(
            "A Deny in a key policy reaches the root user, too. If it covers PutKeyPolicy, only "
            "AWS Support can mend the key. Leave PutKeyPolicy out of every Deny. "
            "https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"
        ),
        example='{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", '
        '"Condition": {"ArnNotEquals": '
        '{"aws:PrincipalArn": "arn:aws:iam::111122223333:role/fn"}}}',
        check=locks_out,
    ),
    Rule(
        code="LK043",
        title="every secret may be read",
        explanation=(
            "The statement covers every secret, parameter or key there is and will be. Name what "
            "is to be read. https://docs.aws.amazon.com/secretsmanager/latest/userguide/"
            "best-practices.html"
        ),
        example='{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}',
        check=every_secret,
    ),
    Rule(
        code="LK044",
        title="a path read goes around the Deny",
        explanation=(
            "GetParametersByPath is authorised on the path alone: a Deny on a parameter below it "
            "does not hide that parameter. https://docs.aws.amazon.com/systems-manager/latest/"
            "userguide/sysman-paramstore-access.html"
        ),
        example='{"Effect": "Deny", "Action": "ssm:GetParameter", "Resource": '
        '"arn:aws:ssm:us-east-1:111122223333:parameter/app/db"}',
        check=path_reads,
    ),
    Rule(
        code="LK045",
        title="there is no such action",
        explanation=(
            "AWS stores names of actions that do not exist; they match nothing. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        ),
        example='{"Effect": "Allow", "Action": "kms:Decript", "Resource": "*"}',
        check=no_such_action,
    ),
    Rule(
        code="LK046",
        title="a short ARN in a policy on a resource",
        explanation=(
            "An ARN of fewer than six parts is completed with * in identity policies; in a policy "
            "on a resource it matches nothing. https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_resource.html"
        ),
        example='{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/fn"}, '
        '"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager"}',
        check=short_arn,
    ),
    Rule(
        code="LK047",
        title="a secret's ARN without its six characters",
        explanation=(
            "Secrets Manager appends a hyphen and six random characters to the name; six question "
            "marks mean exactly those. https://docs.aws.amazon.com/secretsmanager/latest/"
            "userguide/reference_iam-permissions.html"
        ),
        example='{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": '
        '"arn:aws:secretsmanager:us-east-1:111122223333:secret:db"}',
        check=secret_without_suffix,
    ),
    Rule(
        code="LK048",
        title="an action that is asked on * only",
        explanation=(
            "Actions without a resource type are asked on *: an ARN never matches them. "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_actions-resources-contextkeys.html"
        ),
        example='{"Effect": "Allow", "Action": "secretsmanager:BatchGetSecretValue", "Resource": '
        '"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????"}',
        check=star_only,
    ),
    Rule(
        code="LK049",
        title="an Allow of all but what is listed",
        explanation=(
            "NotAction and NotResource with Allow grow by themselves with every new action and "
            "resource. https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_elements_notaction.html"
        ),
        example='{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::app"}',
        check=everything_but,
    ),
)
