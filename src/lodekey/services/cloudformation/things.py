"""What a template's values may refer to: resources that are there, and those foreseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lodekey.services.cloudformation.intrinsics import UNKNOWN, Scope
from lodekey.services.cloudformation.parameters import Given
from lodekey.services.cloudformation.resources import type_named
from lodekey.services.cloudformation.stacks import EXPORTS, Stack, StackResource
from lodekey.services.cloudformation.templates import Template
from lodekey.store.port import Transaction


class Deployed:
    """The resources of a stack as they are, and the exports of the Region."""

    def __init__(
        self, tx: Transaction, stack: Stack, resources: Mapping[str, StackResource]
    ) -> None:
        self._tx = tx
        self._stack = stack
        self._resources = resources
        self.imports: set[str] = set()

    def ref(self, logical: str) -> Any:
        """What ``Ref`` says of a resource: its physical id."""
        thing = self._resources[logical].thing
        if not thing.physical:
            raise KeyError(logical)
        return thing.physical

    def attribute(self, logical: str, name: str) -> Any:
        """What ``Fn::GetAtt`` says of it."""
        return self._resources[logical].thing.attributes[name]

    def imported(self, name: str) -> str:
        """An export's value."""
        found = EXPORTS.get(self._tx, self._stack.account, self._stack.region, name)
        if found is None:
            raise KeyError(name)
        self.imports.add(name)
        return found.value


class Foreseen(Deployed):
    """The same before the work: what will be made, or made anew, is not known yet.

    Args:
        template: The template to come.
        unknown: Logical ids of what is made anew.
    """

    def __init__(
        self,
        tx: Transaction,
        stack: Stack,
        resources: Mapping[str, StackResource],
        template: Template,
        unknown: set[str],
    ) -> None:
        super().__init__(tx, stack, resources)
        self._template = template
        self.unknown = unknown

    def ref(self, logical: str) -> Any:
        """What ``Ref`` will say."""
        if logical not in self._template.resources:
            raise KeyError(logical)
        if logical in self.unknown or logical not in self._resources:
            return UNKNOWN
        return super().ref(logical)

    def attribute(self, logical: str, name: str) -> Any:
        """What ``Fn::GetAtt`` will say."""
        resource = self._template.resources[logical]
        kind = type_named(resource["Type"])
        if kind is not None and kind.attributes is not None and name not in kind.attributes:
            raise KeyError(name)
        if logical in self.unknown or logical not in self._resources:
            return UNKNOWN
        try:
            return super().attribute(logical, name)
        except KeyError:
            return UNKNOWN


def scope(
    template: Template,
    parameters: Mapping[str, Given],
    stack: Stack,
    things: Deployed,
    notifications: list[str],
) -> Scope:
    """The scope of a stack's values."""
    return Scope(
        template=template,
        parameters=parameters,
        pseudo={
            "AWS::AccountId": stack.account,
            "AWS::NotificationARNs": notifications,
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stack.arn,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        },
        things=things,
    )
