"""Finders: the stack that a request names, and names of stacks to be."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, TypeVar

from lodekey.errors import Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.gate.pages import BadToken
from lodekey.policy.ask import Keys, Value
from lodekey.services.cloudformation.stacks import STACK_NAME, Stack, find


class Named(TypedDict):
    """A request about one stack."""

    StackName: str


class MayName(TypedDict):
    """A request about one stack, or all of them."""

    StackName: NotRequired[str]


N = TypeVar("N", bound=Named)
M = TypeVar("M", bound=MayName)
T = TypeVar("T")


def arn_of(ctx: Context, name: str) -> str:
    """The ARN of a stack of that name, whose id is not known."""
    if name.startswith("arn:"):
        return name
    return f"arn:aws:cloudformation:{ctx.region}:{ctx.account}:stack/{name}/*"


def _named(ctx: Context, name: str, message: str) -> Stack:
    found = find(ctx.tx, ctx.account, ctx.region, name)
    if found is None:
        raise Missing(arn_of(ctx, name), ValidationError(message))
    return found


def stack_named(ctx: Context, request: N) -> Stack:
    """The stack; ``Stack with id … does not exist`` otherwise."""
    name = request["StackName"]
    return _named(ctx, name, f"Stack with id {name} does not exist")


def stack_in_brackets(ctx: Context, request: N) -> Stack:
    """The stack; some operations word its absence so."""
    name = request["StackName"]
    return _named(ctx, name, f"Stack [{name}] does not exist")


def stack_in_quotes(ctx: Context, request: N) -> Stack:
    """The stack; and DescribeStackResource so."""
    name = request["StackName"]
    return _named(ctx, name, f"Stack '{name}' does not exist")


def stack_or_all(ctx: Context, request: M) -> Stack | Bare:
    """The stack that the request names, or all."""
    name = str(request.get("StackName") or "")
    if not name:
        return everything(ctx, request)
    return _named(ctx, name, f"Stack with id {name} does not exist")


def stack_or_place(ctx: Context, request: N) -> Stack | Bare:
    """The stack, or the bare name of one that is not there."""
    name = request["StackName"]
    found = find(ctx.tx, ctx.account, ctx.region, name)
    return Bare(arn_of(ctx, name), ctx.account) if found is None else found


def new_stack(ctx: Context, request: Any) -> Bare:
    """The stack to be.

    Raises:
        Missing: It cannot be called so.
    """
    name = request["StackName"]
    if not STACK_NAME.match(name):
        raise Missing(
            arn_of(ctx, name),
            ValidationError(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            ),
        )
    return Bare(arn_of(ctx, name), ctx.account)


def everything(ctx: Context, request: Any) -> Bare:
    """What listings are asked on: ``*``."""
    return Bare("*", ctx.account)


def request_keys(ctx: Context, request: Any, resource: Any) -> Keys:
    """CloudFormation's context keys (POLICY §6).

    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    """
    keys: dict[str, Value] = {}
    for member, name in (
        ("TemplateURL", "cloudformation:templateurl"),
        ("RoleARN", "cloudformation:rolearn"),
        ("StackPolicyURL", "cloudformation:stackpolicyurl"),
        ("ChangeSetName", "cloudformation:changesetname"),
    ):
        if request.get(member):
            keys[name] = request[member]
    if request.get("ResourceTypes"):
        keys["cloudformation:resourcetypes"] = tuple(request["ResourceTypes"])
    if request.get("ResourcesToImport"):
        types = dict.fromkeys(each["ResourceType"] for each in request["ResourcesToImport"])
        keys["cloudformation:importresourcetypes"] = tuple(types)
    tags = request.get("Tags") or []
    if tags:
        keys["aws:tagkeys"] = tuple(each["Key"] for each in tags)
        keys.update({f"aws:requesttag/{each['Key'].lower()}": each["Value"] for each in tags})
    return keys


def page(
    ctx: Context, scope: str, items: list[T], request: Any, size: int
) -> tuple[list[T], str | None]:
    """One page of *items*, and the token of the next.

    Raises:
        ValidationError: The request's token is none of ours.
    """
    name = f"cloudformation {scope} {ctx.account} {ctx.region}"
    start = 0
    if request.get("NextToken"):
        try:
            start = int(ctx.gate.pages.position(name, request["NextToken"]))
        except BadToken:
            raise ValidationError("NextToken is invalid") from None
    left = start + size < len(items)
    return items[start : start + size], (ctx.gate.pages.token(name, start + size) if left else None)
