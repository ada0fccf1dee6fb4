"""What the tests of this room share: making a stack and waiting for it."""

from __future__ import annotations

import json
from typing import Any

KEY = {"Type": "AWS::KMS::Key", "Properties": {"Description": "one"}}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
"""Whose role Lambda may take."""
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def template(resources: dict[str, Any], **sections: Any) -> str:
    """A template as JSON."""
    return json.dumps({"Resources": resources, **sections})


def parameters(**values: str) -> list[dict[str, str]]:
    """Parameters as the API takes them."""
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def settle(world: Any) -> None:
    """Let what was begun come to its end."""
    world.run(world.settle())


def create(world: Any, body: Any, name: str = "stack", *, as_: Any = None, **more: Any) -> Any:
    """Make a stack, wait, and describe it."""
    cfn = world.client("cloudformation", as_=as_)
    body = body if isinstance(body, str) else template(body)
    more.setdefault("Capabilities", ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    cfn.create_stack(StackName=name, TemplateBody=body, **more)
    settle(world)
    return describe(world, name)


def update(world: Any, body: Any, name: str = "stack", *, as_: Any = None, **more: Any) -> Any:
    """Change a stack, wait, and describe it."""
    cfn = world.client("cloudformation", as_=as_)
    body = body if isinstance(body, str) else template(body)
    more.setdefault("Capabilities", ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"])
    cfn.update_stack(StackName=name, TemplateBody=body, **more)
    settle(world)
    return describe(world, name)


def describe(world: Any, name: str = "stack") -> Any:
    """The stack."""
    return world.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]


def outputs(stack: Any) -> dict[str, str]:
    """A stack's outputs by key."""
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def events(world: Any, name: str = "stack") -> list[tuple[str, str, str]]:
    """What happened, oldest first: logical id, status, reason."""
    cfn = world.client("cloudformation")
    pages = cfn.get_paginator("describe_stack_events").paginate(StackName=name)
    found = [each for page in pages for each in page["StackEvents"]]
    return [
        (each["LogicalResourceId"], each["ResourceStatus"], each.get("ResourceStatusReason", ""))
        for each in reversed(found)
    ]


def physical(world: Any, logical: str, name: str = "stack") -> str:
    """The physical id of a resource."""
    cfn = world.client("cloudformation")
    answer = cfn.describe_stack_resource(StackName=name, LogicalResourceId=logical)
    return str(answer["StackResourceDetail"]["PhysicalResourceId"])


def failures(world: Any, name: str = "stack") -> list[tuple[str, str, str]]:
    """What went wrong."""
    return [each for each in events(world, name) if each[1].endswith("_FAILED")]
