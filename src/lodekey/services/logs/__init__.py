"""CloudWatch Logs."""

from lodekey.gate.operation import Service

SERVICE = Service("logs", ())
