"""STS: temporary credentials, made and explained."""

from lodekey.gate.operation import Service, operations_in
from lodekey.services.sts import (
    assume_role,
    decode_message,
    get_tokens,
    not_offered,
    web_identity,
    who_is_it,
)

SERVICE = Service(
    "sts",
    operations_in(assume_role, web_identity, get_tokens, who_is_it, decode_message, not_offered),
)
