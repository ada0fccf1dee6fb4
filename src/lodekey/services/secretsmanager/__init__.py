"""Secrets Manager."""

from lodekey.gate.operation import Service

SERVICE = Service("secretsmanager", ())
