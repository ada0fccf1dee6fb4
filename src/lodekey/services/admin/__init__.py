"""The server's own service: accounts, explanations, the trail's soundness, development's reset."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.admin import manage_accounts, manage_trail

SERVICE = Service("lodekey", operations_in(manage_accounts, manage_trail))
