"""Log groups: create, delete, describe; retention; the KMS key."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

import msgspec

from lodekey.errors import ValidationException
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare, operation
from lodekey.gate.pages import BadToken
from lodekey.policy.ask import Keys
from lodekey.services.kms import envelope
from lodekey.services.logs import groups
from lodekey.services.logs.erase import DEAD, Dead
from lodekey.services.logs.errors import (
    InvalidParameterException,
    ResourceAlreadyExistsException,
)
from lodekey.services.logs.find_groups import group_of, now_in, place, place_of_group
from lodekey.services.logs.groups import GROUPS, RETENTIONS, SIZES, UNSHARED, Group, Target
from lodekey.services.logs.seal_events import new_data_key
from lodekey.services.logs.shapes import (
    CreateLogGroupRequest,
    DeleteLogGroupRequest,
    DeleteRetentionPolicyRequest,
    DescribeLogGroupsRequest,
    DescribeLogGroupsResponse,
    LogGroup,
    PutRetentionPolicyRequest,
)
from lodekey.system_tags import any_reserved, with_system_tags

PAGE = 50


def create_keys(ctx: Context, request: CreateLogGroupRequest, target: Target) -> Keys:
    """The tags of the request."""
    return tag_keys(request.get("tags", {}))


def must_be_own_tags(names: Iterable[str]) -> None:
    """Check that a request leaves system tags alone.

    Raises:
        InvalidParameterException: It does not.
    """
    if any_reserved(names):
        raise InvalidParameterException(
            "aws: prefixed tag key names are not allowed for external use."
        )


def tag_keys(tags: dict[str, str]) -> Keys:
    """``aws:RequestTag/NAME`` and ``aws:TagKeys``."""
    if not tags:
        return {}
    own = {f"aws:requesttag/{name.lower()}": value for name, value in tags.items()}
    return {**own, "aws:tagkeys": tuple(tags)}


@operation(
    "logs:CreateLogGroup",
    on=place_of_group,
    keys=create_keys,
    writes=True,
    also=("logs:TagResource",),
)
def create_log_group(ctx: Context, request: CreateLogGroupRequest, target: Target) -> None:
    """Create a log group. Tags take logs:TagResource too."""
    if target.name.startswith("aws/"):
        raise InvalidParameterException("Log group names can't start with the string aws/")
    if target.group is not None:
        raise ResourceAlreadyExistsException("The specified log group already exists")
    tags = request.get("tags", {})
    must_be_own_tags(tags)
    if tags:
        tagged = msgspec.structs.replace(target, kind="tags")
        ctx.require("logs:TagResource", tagged, tag_keys(tags))
    group = Group(
        id=uuid.uuid4().hex,
        account=ctx.account,
        region=ctx.region,
        name=target.name,
        created=now_in(ctx),
        class_=request.get("logGroupClass", "STANDARD"),
        protected=request.get("deletionProtectionEnabled", False),
        tags=with_system_tags(tags, ctx.system_tags),
    )
    if request.get("kmsKeyId"):
        group = with_key(ctx, group, request["kmsKeyId"])
    groups.put_group(ctx.tx, group)


def with_key(ctx: Context, group: Group, key_id: str) -> Group:
    """The group, whose new events a KMS key seals."""
    if not key_id.startswith("arn:"):
        raise InvalidParameterException(f"Invalid KMS key ARN: {key_id}")
    data_key = new_data_key(ctx, group.arn, key_id)
    return msgspec.structs.replace(group, key_arn=envelope.key_arn(ctx, key_id), data_key=data_key)


@operation("logs:DeleteLogGroup", on=group_of, writes=True)
def delete_log_group(ctx: Context, request: DeleteLogGroupRequest, target: Target) -> None:
    """Delete a log group. Its events are out of reach at once, and cleared away by a job."""
    group = target.there
    if group.protected:
        raise ValidationException(
            "The log group is protected from deletion. Disable deletion protection first."
        )
    GROUPS.delete(ctx.tx, ctx.account, ctx.region, group.name)
    SIZES.delete(ctx.tx, ctx.account, group.id)
    DEAD.put(ctx.tx, ctx.account, group.id, record=Dead(ctx.account, group.id))


def all_groups(ctx: Context, request: DescribeLogGroupsRequest) -> Bare:
    """All groups, as AWS's denials name them."""
    return Bare(
        f"arn:aws:logs:{ctx.region}:{ctx.account}:log-group::log-stream:", ctx.account, UNSHARED
    )


@operation(
    "logs:DescribeLogGroups",
    on=all_groups,
    ignores=("accountIdentifiers", "includeLinkedAccounts"),
)
def describe_log_groups(
    ctx: Context, request: DescribeLogGroupsRequest, all_: Bare
) -> DescribeLogGroupsResponse:
    """List log groups, in order of name."""
    prefix = request.get("logGroupNamePrefix", "")
    part = request.get("logGroupNamePattern", "")
    if prefix and part:
        raise InvalidParameterException(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if request.get("logGroupIdentifiers"):
        named = [place(ctx, groups.group_name(one)).group for one in request["logGroupIdentifiers"]]
        return {"logGroups": [shown(ctx, group) for group in named if group is not None]}
    limit = request.get("limit", PAGE)
    scope = f"logs:DescribeLogGroups {ctx.account} {ctx.region}"
    after = page_position(ctx, scope, request.get("nextToken"))
    found: list[LogGroup] = []
    for (name,), group in GROUPS.scan(
        ctx.tx, ctx.account, ctx.region, beginning=prefix, after=after
    ):
        if part and part not in name:
            continue
        if request.get("logGroupClass", group.class_) != group.class_:
            continue
        if len(found) == limit:
            last = found[-1]["logGroupName"]
            return {"logGroups": found, "nextToken": ctx.gate.pages.token(scope, last)}
        found.append(shown(ctx, group))
    return {"logGroups": found}


def page_position(ctx: Context, scope: str, token: str | None) -> Any:
    """Where a listing goes on; None: it begins.

    Raises:
        InvalidParameterException: The token was not given out for it.
    """
    if token is None:
        return None
    try:
        return ctx.gate.pages.position(scope, token)
    except BadToken as error:
        raise InvalidParameterException("The specified nextToken is invalid.") from error


def shown(ctx: Context, group: Group) -> LogGroup:
    """A group as DescribeLogGroups shows it."""
    size = SIZES.get(ctx.tx, group.account, group.id)
    answer: LogGroup = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": f"{group.arn}:*",
        "logGroupArn": group.arn,
        "storedBytes": size.stored if size else 0,
        "logGroupClass": group.class_,
        "deletionProtectionEnabled": group.protected,
    }
    if group.retention:
        answer["retentionInDays"] = group.retention
    if group.key_arn:
        answer["kmsKeyId"] = group.key_arn
    return answer


@operation("logs:PutRetentionPolicy", on=group_of, writes=True)
def put_retention_policy(ctx: Context, request: PutRetentionPolicyRequest, target: Target) -> None:
    """Set how many days events stay."""
    days = request["retentionInDays"]
    if days not in RETENTIONS:
        raise InvalidParameterException(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {sorted(RETENTIONS)}"
        )
    groups.put_group(ctx.tx, msgspec.structs.replace(target.there, retention=days))


@operation("logs:DeleteRetentionPolicy", on=group_of, writes=True)
def delete_retention_policy(
    ctx: Context, request: DeleteRetentionPolicyRequest, target: Target
) -> None:
    """Keep events for ever."""
    groups.put_group(ctx.tx, msgspec.structs.replace(target.there, retention=0))
