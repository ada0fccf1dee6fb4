"""Finders: the function, version, alias or layer version that a request names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict, TypeVar

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.gate.operation import Bare
from lodekey.policy.ask import Guard
from lodekey.services.lambda_.functions import Function, Version, function_of, version_of
from lodekey.services.lambda_.names import FunctionName, read_name
from lodekey.services.lambda_.permissions import POLICIES, guard_of, place


class NamesFunction(TypedDict):
    """A request about a function."""

    FunctionName: str


class MayQualify(NamesFunction):
    """A request about a function, or a version or alias of it."""

    Qualifier: NotRequired[str]


F = TypeVar("F", bound=NamesFunction)
Q = TypeVar("Q", bound=MayQualify)
A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Found:
    """A function, named as the request names it.

    Args:
        name: With the request's qualifier.
        function: The function.
        guard: The policy that counts for this name.
    """

    name: FunctionName
    function: Function
    guard: Guard

    @property
    def arn(self) -> str:
        """The ARN, with the qualifier where the request has one."""
        return self.name.arn

    @property
    def account(self) -> str:
        """The account that owns it."""
        return self.name.account

    @property
    def tags(self) -> Mapping[str, str]:
        """The function's tags."""
        return self.function.tags

    @property
    def where(self) -> tuple[str, str, str]:
        """Where its records are filed."""
        return (self.name.account, self.name.region, self.name.name)


@dataclass(frozen=True, slots=True)
class FoundVersion(Found):
    """A function and the version that the request's qualifier names."""

    version: Version


def function_named(ctx: Context, request: F) -> Found:
    """The function itself; a qualifier in its name is kept and not resolved."""
    plain: Mapping[str, Any] = request
    name = read_name(plain["FunctionName"], "", ctx.account, ctx.region)
    return find(ctx, name)


def qualified_named(ctx: Context, request: Q) -> Found:
    """The function; the qualifier is kept and not resolved."""
    return find(ctx, name_in(ctx, request))


def version_named(ctx: Context, request: Q) -> FoundVersion:
    """The function and the version that the request names, by number, alias, or not at all."""
    name = name_in(ctx, request)
    found = find(ctx, name)
    version = version_of(ctx.tx, found.function, name.qualifier)
    if version is None:
        raise Missing(name.arn, name.not_found())
    return FoundVersion(found.name, found.function, found.guard, version)


def name_in(ctx: Context, request: Any) -> FunctionName:
    """The name in a request that may qualify it."""
    qualifier = request.get("Qualifier", "")
    return read_name(request["FunctionName"], qualifier, ctx.account, ctx.region)


def find(ctx: Context, name: FunctionName) -> Found:
    """The function called *name*.

    Raises:
        Missing: There is none.
    """
    function = function_of(ctx.tx, name)
    if function is None:
        raise Missing(name.arn, name.not_found())
    return Found(name, function, guard_of(ctx.tx, POLICIES, place(name)))


def everything(ctx: Context, request: A) -> Bare:
    """``*``: a listing of the caller's account."""
    return Bare("*", ctx.account)
