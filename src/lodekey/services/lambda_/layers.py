"""Layers: numbered packages that functions share; the records, and who may use them.

Source: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from lodekey.errors import Missing
from lodekey.gate.context import Context
from lodekey.policy.ask import Guard
from lodekey.services.lambda_.errors import (
    InvalidParameterValueException,
    ResourceNotFoundException,
)
from lodekey.services.lambda_.functions import Code, LayerUse, padded
from lodekey.services.lambda_.names import LayerName, read_layer
from lodekey.services.lambda_.permissions import LAYER_POLICIES, guard_of, layer_place
from lodekey.store.port import Collection

MOST_LAYERS = 5


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """What all versions of a layer share: the number of the one to come."""

    next_version: int = 1


class LayerVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a layer."""

    account: str
    region: str
    name: str
    number: int
    code: Code
    created: float
    description: str = ""
    license: str = ""
    runtimes: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()

    @property
    def named(self) -> LayerName:
        """Its full name."""
        return LayerName(self.account, self.region, self.name, self.number)


LAYERS = Collection("lambda/layer", Layer)
LAYER_VERSIONS = Collection("lambda/layer-version", LayerVersion)


@dataclass(frozen=True, slots=True)
class FoundLayer:
    """A layer version, for the policies."""

    layer: LayerVersion
    guard: Guard
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The version's ARN."""
        return self.layer.named.version_arn

    @property
    def account(self) -> str:
        """The account that owns it."""
        return self.layer.account


def find_layer(ctx: Context, name: LayerName) -> FoundLayer:
    """The layer version called *name*.

    Raises:
        Missing: There is none.
    """
    where = (name.account, name.region, name.name, padded(str(name.version)))
    layer = LAYER_VERSIONS.get(ctx.tx, *where)
    if layer is None:
        raise Missing(
            name.version_arn,
            ResourceNotFoundException("The resource you requested does not exist.", Type="User"),
        )
    return FoundLayer(layer, guard_of(ctx.tx, LAYER_POLICIES, layer_place(name)))


def layers_used(ctx: Context, arns: list[str]) -> tuple[LayerUse, ...]:
    """The layer versions that a function is to use; the caller needs to be allowed each.

    Raises:
        InvalidParameterValueException: One is not there, is named twice, or they are too many.
        ApiError: The caller may not use one.
    """
    if len(arns) > MOST_LAYERS:
        raise invalid(f"Cannot reference more than {MOST_LAYERS} layers.")
    uses = []
    names = [read_layer(arn, ctx.account, ctx.region) for arn in arns]
    if len({(name.account, name.name) for name in names}) < len(names):
        raise invalid("Two different versions of the same layer are not allowed to be referenced.")
    for name in names:
        if name.region != ctx.region:
            raise invalid(f"Layers are not in the same region as the function: {name.version_arn}")
        try:
            found = find_layer(ctx, name)
        except Missing:
            raise invalid(f"Layer version {name.version_arn} does not exist.") from None
        ctx.require("lambda:GetLayerVersion", found)
        uses.append(LayerUse(arn=name.version_arn, code=found.layer.code))
    return tuple(uses)


def invalid(text: str) -> InvalidParameterValueException:
    """A refusal."""
    return InvalidParameterValueException(text, Type="User")
