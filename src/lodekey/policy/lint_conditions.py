"""Rules about conditions: keys that are never there, and operators that let too much through."""

from __future__ import annotations

from collections.abc import Iterator

from lodekey.policy.actions import has_key, is_multi_valued, services, type_of_key
from lodekey.policy.conditions import split_operator
from lodekey.policy.linting import Looked, Rule
from lodekey.policy.patterns import has_variables

_CALLER_ARN = "kms:callerarn"


def unknown_key(looked: Looked) -> Iterator[str]:
    """A key that no named action carries."""
    actions = looked.named_actions()
    for condition in looked.conditions:
        vendor = condition.key.partition(":")[0]
        ours = vendor in services() or vendor == "aws"
        if condition.key == _CALLER_ARN or not ours or not actions:
            continue
        without = [action.name for action in actions if not has_key(action, condition.key)]
        if len(without) == len(actions):
            yield f"{condition.written} is a key of none of {', '.join(sorted(set(without))[:5])}"


def caller_arn(looked: Looked) -> Iterator[str]:
    """``kms:CallerArn``."""
    for condition in looked.conditions:
        if condition.key == _CALLER_ARN:
            yield f"{condition.written} does not exist; aws:PrincipalArn is what was meant"


def many_without_set(looked: Looked) -> Iterator[str]:
    """A multi-valued key under a plain operator."""
    for condition in looked.conditions:
        among, base, _ = split_operator(condition.operator)
        if not among and base != "Null" and is_multi_valued(condition.key):
            yield f"{condition.written} has many values: {condition.operator} never matches them"


def open_for_all(looked: Looked) -> Iterator[str]:
    """``ForAllValues`` in an Allow without a test that the key is there."""
    tested = {
        condition.key
        for condition in looked.conditions
        if condition.operator == "Null" and condition.wanted == ("false",)
    }
    for condition in looked.conditions:
        among, _, _ = split_operator(condition.operator)
        if looked.allows and among == "all" and condition.key not in tested:
            yield f"a request without {condition.written} passes {condition.operator}"


def single_under_set(looked: Looked) -> Iterator[str]:
    """A single-valued key under a set operator."""
    for condition in looked.conditions:
        among, _, _ = split_operator(condition.operator)
        known = type_of_key(condition.key)
        if among and known and not is_multi_valued(condition.key):
            plain = condition.operator.partition(":")[2]
            yield f"{condition.written} has one value at most: write {plain}"


def function_in_resource_policy(looked: Looked) -> Iterator[str]:
    """``lambda:SourceFunctionArn`` where it is never seen."""
    for condition in looked.conditions:
        if condition.key == "lambda:sourcefunctionarn" and looked.kind in {
            "resource",
            "key",
            "trust",
        }:
            yield f"{condition.written} is absent from every request that this policy sees"


def function_in_allow(looked: Looked) -> Iterator[str]:
    """``lambda:SourceFunctionArn`` in an Allow of an identity policy."""
    if looked.allows and looked.kind == "identity" and looked.asks("lambda:sourcefunctionarn"):
        yield "a resource or key policy that names the role lets it in without this condition"


def variables_without_version(looked: Looked) -> Iterator[str]:
    """Policy variables in a document without the version that knows them."""
    if looked.variables:
        return
    written = [*looked.listed("Resource"), *looked.listed("NotResource")]
    written += [text for condition in looked.conditions for text in condition.wanted]
    for text in written:
        if has_variables(text):
            yield f"{text} is compared as it stands: the version is not 2012-10-17"


def source_ip_on_forwarded_calls(looked: Looked) -> Iterator[str]:
    """A Deny by address that catches the calls that services forward."""
    if looked.allows or looked.asks("aws:viaawsservice"):
        return
    for condition in looked.conditions:
        if condition.key == "aws:sourceip" and condition.operator == "NotIpAddress":
            yield "calls that an AWS service forwards carry no aws:SourceIp, and are denied"


def tags_of_paths(looked: Looked) -> Iterator[str]:
    """Tag conditions on path reads."""
    if looked.covers("ssm:GetParametersByPath") and looked.asks(
        "aws:resourcetag/", "ssm:resourcetag/"
    ):
        named = [each for each in looked.listed("Action") if each != "*"]
        if named:
            yield "GetParametersByPath carries no tags of the parameters that it reads"


RULES = (
    Rule(
        code="LK001",
        title="a condition key that the action never carries",
        explanation=(
            "A condition on a key that is not in the request context fails (or, for a negated "
            "operator, always holds). AWS stores such a policy without a word. "
            "https://docs.aws.amazon.com/service-authorization/latest/reference/"
            "reference_policies_actions-resources-contextkeys.html"
        ),
        example='{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", '
        '"Condition": {"StringEquals": {"ssm:Overwrite": "true"}}}',
        check=unknown_key,
    ),
    Rule(
        code="LK002",
        title="kms:CallerArn is no condition key",
        explanation=(
            "KMS has kms:CallerAccount and no kms:CallerArn: a condition on it is false for every "
            "request, or true for every request where the operator is negated. Use "
            "aws:PrincipalArn. https://docs.aws.amazon.com/kms/latest/developerguide/"
            "conditions-kms.html"
        ),
        example='{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*", '
        '"Condition": {"StringEquals": {"kms:CallerArn": "arn:aws:iam::111122223333:role/fn"}}}',
        check=caller_arn,
    ),
    Rule(
        code="LK003",
        title="a multi-valued key without a set operator",
        explanation=(
            "A key with several values matches only under ForAllValues: or ForAnyValue:. "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_condition-single-vs-multi-valued-context-keys.html"
        ),
        example='{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", '
        '"Condition": {"StringEquals": {"kms:ResourceAliases": "alias/app"}}}',
        check=many_without_set,
    ),
    Rule(
        code="LK004",
        title="ForAllValues in an Allow lets requests without the key through",
        explanation=(
            "ForAllValues holds where the key is absent or empty. In an Allow, add "
            '"Null": {key: "false"}. https://docs.aws.amazon.com/IAM/latest/UserGuide/'
            "reference_policies_condition-single-vs-multi-valued-context-keys.html"
        ),
        example='{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": '
        '{"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "app"}}}',
        check=open_for_all,
    ),
    Rule(
        code="LK005",
        title="a single-valued key under a set operator",
        explanation=(
            '"Do not use condition set operators with single-valued context keys": ForAllValues '
            "then lets requests without the key through. https://docs.aws.amazon.com/IAM/latest/"
            "UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html"
        ),
        example='{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*", "Condition": '
        '{"ForAllValues:StringNotEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}}',
        check=single_under_set,
    ),
    Rule(
        code="LK006",
        title="lambda:SourceFunctionArn in a policy on a resource",
        explanation=(
            "The key is in the credentials of function code and serves identity policies and "
            'SCPs; it "cannot be used in resource-based policies", key policies among them. '
            "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"
        ),
        example='{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/fn"}, '
        '"Action": "kms:Decrypt", "Resource": "*", "Condition": {"ArnEquals": '
        '{"lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:fn"}}}',
        check=function_in_resource_policy,
    ),
    Rule(
        code="LK007",
        title="lambda:SourceFunctionArn in an Allow binds nobody whom a resource policy lets in",
        explanation=(
            "Where a key or secret policy names the role, that is enough: the identity policy's "
            "Allow and its condition are never needed. Write a Deny with ArnNotEquals. "
            "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"
        ),
        example='{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": '
        '"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf", "Condition": '
        '{"ArnEquals": {"lambda:SourceFunctionArn": '
        '"arn:aws:lambda:us-east-1:111122223333:function:fn"}}}',
        check=function_in_allow,
    ),
    Rule(
        code="LK008",
        title="policy variables in a document that does not know them",
        explanation=(
            "Without Version 2012-10-17 a variable is compared as the text that it is. "
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html"
        ),
        example='{"Statement": {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": '
        '"arn:aws:ssm:*:*:parameter/${aws:username}/*"}}',
        check=variables_without_version,
    ),
    Rule(
        code="LK009",
        title="a Deny by address that catches forwarded calls",
        explanation=(
            "aws:SourceIp is absent when a service calls for the caller (SSM and Secrets Manager "
            "calling KMS), and NotIpAddress holds for an absent key. Add Bool aws:ViaAWSService "
            "false. https://docs.aws.amazon.com/IAM/latest/UserGuide/"
            "reference_policies_examples_aws_deny-ip.html"
        ),
        example='{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": '
        '{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}',
        check=source_ip_on_forwarded_calls,
    ),
    Rule(
        code="LK010",
        title="tags do not govern path reads",
        explanation=(
            "GetParametersByPath is authorised on the path alone and carries no resource tags. "
            "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
            "sysman-paramstore-access.html"
        ),
        example='{"Effect": "Allow", "Action": "ssm:Get*", "Resource": "*", "Condition": '
        '{"StringEquals": {"aws:ResourceTag/team": "red"}}}',
        check=tags_of_paths,
    ),
)
