"""Finders: the entity that a request names, and the names of entities to be."""

from __future__ import annotations

from typing import NotRequired, TypedDict, TypeVar

from lodekey.errors import AccessDenied, Missing, ValidationError
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.identity import aws_managed
from lodekey.identity.policies_of import managed_policy
from lodekey.identity.records import (
    NOT_SHARED,
    USERS,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Role,
    User,
)
from lodekey.services.iam.directory import Entity, arn_of, find, missing

E = TypeVar("E", User, Group, Role, InstanceProfile)


class NamesUser(TypedDict):
    """A request about a user."""

    UserName: str


class MayNameUser(TypedDict):
    """A request about a user, or the caller where it names none."""

    UserName: NotRequired[str]


class NamesGroup(TypedDict):
    """A request about a group."""

    GroupName: str


class NamesRole(TypedDict):
    """A request about a role."""

    RoleName: str


class NamesInstanceProfile(TypedDict):
    """A request about an instance profile."""

    InstanceProfileName: str


class NamesPolicy(TypedDict):
    """A request about a managed policy."""

    PolicyArn: str


class Listing(TypedDict):
    """A request for a listing by path."""

    PathPrefix: NotRequired[str]


U = TypeVar("U", bound=NamesUser)
M = TypeVar("M", bound=MayNameUser)
G = TypeVar("G", bound=NamesGroup)
R = TypeVar("R", bound=NamesRole)
V = TypeVar("V", bound=NamesInstanceProfile)
P = TypeVar("P", bound=NamesPolicy)
L = TypeVar("L", bound=Listing)
A = TypeVar("A")


def user_named(ctx: Context, request: U) -> User:
    """The user that the request names."""
    return _entity(ctx, User, request["UserName"])


def group_named(ctx: Context, request: G) -> Group:
    """The group that the request names."""
    return _entity(ctx, Group, request["GroupName"])


def role_named(ctx: Context, request: R) -> Role:
    """The role that the request names."""
    return _entity(ctx, Role, request["RoleName"])


def instance_profile_named(ctx: Context, request: V) -> InstanceProfile:
    """The instance profile that the request names."""
    return _entity(ctx, InstanceProfile, request["InstanceProfileName"])


def user_or_caller(ctx: Context, request: M) -> User:
    """The user that the request names, or the caller.

    Raises:
        ValidationError: it names none, and the caller is no user.
    """
    plain: MayNameUser = request
    name = plain.get("UserName")
    if name is None:
        name = calling_user(ctx)
        if not name:
            raise ValidationError("Must specify userName when calling with non-User credentials")
    return _entity(ctx, User, name)


def calling_user(ctx: Context) -> str:
    """The name of the user who asks; empty: somebody else does."""
    principal = ctx.principal
    return principal.name if principal.type == "User" else ""


def user_or_root(ctx: Context, request: M) -> User | Bare:
    """The user that the request names, or the caller, who may be the root."""
    if request.get("UserName") is None and ctx.principal.caller.kind == "root":
        return Bare(ctx.principal.arn, ctx.account, NOT_SHARED)
    return user_or_caller(ctx, request)


def policy_named(ctx: Context, request: P) -> ManagedPolicy:
    """The managed policy that the request names, a customer's or AWS's."""
    arn = request["PolicyArn"]
    found = managed_policy(ctx.tx, arn)
    if found is None:
        raise Missing(arn, missing(ManagedPolicy, arn))
    return found


def own_policy_named(ctx: Context, request: P) -> ManagedPolicy:
    """The customer managed policy that the request means to change.

    Raises:
        AccessDenied: it is one of AWS's.
    """
    arn = request["PolicyArn"]
    if arn.startswith(aws_managed.PREFIX):
        raise AccessDenied(
            f"User: {ctx.principal.arn} is not authorized to change resource: policy {arn}"
        )
    return policy_named(ctx, request)


def everything(ctx: Context, request: A) -> Bare:
    """``*``, for operations on no entity of their own."""
    return Bare("*", ctx.account, NOT_SHARED)


def users_below(ctx: Context, request: L) -> Bare:
    """The path that a listing of users is of."""
    return _below(ctx, User, request)


def groups_below(ctx: Context, request: L) -> Bare:
    """The path that a listing of groups is of."""
    return _below(ctx, Group, request)


def roles_below(ctx: Context, request: L) -> Bare:
    """The path that a listing of roles is of."""
    return _below(ctx, Role, request)


def instance_profiles_below(ctx: Context, request: L) -> Bare:
    """The path that a listing of instance profiles is of."""
    return _below(ctx, InstanceProfile, request)


def policies_below(ctx: Context, request: L) -> Bare:
    """The path that a listing of policies is of."""
    return _below(ctx, ManagedPolicy, request)


def new_entity(ctx: Context, kind: type[Entity], name: str, path: str) -> Bare:
    """An entity about to be made, which policies may already speak of."""
    return Bare(arn_of(kind, ctx.account, name, path), ctx.account, NOT_SHARED)


def user_behind_key(ctx: Context, account: str, name: str) -> User | None:
    """The user of an access key; None: it is the root's, or the user is gone."""
    return USERS.get(ctx.tx, account, name.lower()) if name else None


def _entity(ctx: Context, kind: type[E], name: str) -> E:
    found = find(ctx.tx, kind, ctx.account, name)
    if found is None:
        raise Missing(arn_of(kind, ctx.account, name), missing(kind, name))
    return found


def _below(ctx: Context, kind: type[Entity], request: L) -> Bare:
    plain: Listing = request
    below = arn_of(kind, ctx.account, "", plain.get("PathPrefix", "/"))
    return Bare(below, ctx.account, NOT_SHARED)
