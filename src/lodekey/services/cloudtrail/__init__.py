"""CloudTrail: looking the trail up."""

from lodekey.gate.operation import Service

SERVICE = Service("cloudtrail", ())
