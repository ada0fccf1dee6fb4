"""Lambda: functions, run in children."""

from lodekey.gate.operation import Service

SERVICE = Service("lambda", ())
