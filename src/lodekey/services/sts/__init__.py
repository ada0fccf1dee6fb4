"""STS: sessions."""

from lodekey.gate.operation import Service

SERVICE = Service("sts", ())
