"""The server's own service: accounts, issuers, explanations, the trail's soundness, resets."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.admin import (
    manage_accounts,
    manage_issuers,
    manage_readers,
    manage_trail,
)

SERVICE = Service(
    "lodekey", operations_in(manage_accounts, manage_issuers, manage_readers, manage_trail)
)
