"""Parameter Store."""

from lodekey.gate.operation import Service

SERVICE = Service("ssm", ())
