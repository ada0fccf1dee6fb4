"""``Fn::GetStackOutput``: what another stack's output says, looked up when a request is planned.

The reference is a weak one: nothing holds the other stack, and what changes there later is seen
with the next update. It is read as whoever does the stack's work: the caller, or the stack's role.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lodekey.errors import ApiError, ValidationError
from lodekey.gate.context import Context
from lodekey.services.cloudformation.actors import NobodyActs, actor_of, principal_of
from lodekey.services.cloudformation.stacks import Stack

FUNCTION = "Fn::GetStackOutput"
_MEMBERS = frozenset({"StackName", "OutputName", "Region", "RoleArn"})


class Outputs:
    """Looks outputs up, each stack once.

    Args:
        ctx: The request's.
        stack: The stack that is made or changed.
        role: The role that does its work; empty: the caller does.
        value: Works out an argument, which may name parameters.
    """

    def __init__(self, ctx: Context, stack: Stack, role: str, value: Callable[[Any], Any]) -> None:
        self._ctx = ctx
        self._stack = stack
        self._role = role
        self._value = value
        self._known: dict[tuple[str, str], dict[str, str]] = {}

    def put_into(self, tree: Any) -> Any:
        """*tree* with every such function replaced by what it says.

        Raises:
            ValidationError: It is used wrongly, or there is no such output.
        """
        if isinstance(tree, list):
            return [self.put_into(each) for each in tree]
        if not isinstance(tree, dict):
            return tree
        if len(tree) == 1 and FUNCTION in tree:
            return self._said(tree[FUNCTION])
        return {key: self.put_into(each) for key, each in tree.items()}

    def _said(self, argument: Any) -> str:
        if not isinstance(argument, dict) or not {"StackName", "OutputName"} <= argument.keys():
            raise ValidationError(f"Template error: {FUNCTION} requires StackName and OutputName")
        odd = sorted(argument.keys() - _MEMBERS)
        if odd:
            raise ValidationError(f"Template error: {FUNCTION} has no member {odd[0]}")
        if "RoleArn" in argument:
            raise ValidationError(
                f"Template error: RoleArn of {FUNCTION} is not offered by this server"
            )
        asked = {name: str(self._value(each)) for name, each in argument.items()}
        region, name = asked.get("Region", self._stack.region), asked["StackName"]
        if (region, name) not in self._known:
            self._known[region, name] = self._outputs(region, name)
        found = self._known[region, name]
        if asked["OutputName"] not in found:
            raise ValidationError(f"Output {asked['OutputName']} of stack {name} does not exist")
        return found[asked["OutputName"]]

    def _outputs(self, region: str, name: str) -> dict[str, str]:
        ctx = msgspec.structs.replace(self._ctx, region=region)
        describe = ctx.gate.operation("cloudformation", "DescribeStacks")
        request = {"StackName": name}
        try:
            if self._role:
                actor = actor_of(ctx, self._role)
                principal = principal_of(ctx.tx, actor, self._stack.arn, ctx.now)
                answer = ctx.call_as(principal, describe, request)
            else:
                answer = ctx.call(describe, request, via="cloudformation")
        except ApiError as error:
            raise ValidationError(error.message) from None
        except NobodyActs as nobody:
            raise ValidationError(str(nobody)) from None
        outputs = answer["Stacks"][0].get("Outputs") or []
        return {each["OutputKey"]: each["OutputValue"] for each in outputs}
