"""CloudFormation: stacks."""

from lodekey.gate.operation import Service

SERVICE = Service("cloudformation", ())
