"""IAM: the editor of who there is."""

from lodekey.gate.operation import Service

SERVICE = Service("iam", ())
