"""KMS: keys, and what is done with them."""

from lodekey.gate.operation import Service

SERVICE = Service("kms", ())
