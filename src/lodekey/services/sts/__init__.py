"""STS: temporary credentials, made and explained."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.sts import assume_role, get_tokens, who_is_it

SERVICE = Service("sts", operations_in(assume_role, get_tokens, who_is_it))
