"""Events sealed with a KMS key, by CloudWatch Logs itself.

AWS: the key policy has to let ``logs.REGION.amazonaws.com`` use the key; the encryption context is
``aws:logs:arn``, the log group's ARN. Here a group has a data key of its own; each call that writes
or reads events has KMS open it, so a key that is disabled closes the group at once.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from msgspec.structs import replace

from lodekey.crypto.aead import Aead
from lodekey.errors import ApiError
from lodekey.gate.context import Context
from lodekey.identity.principals import service_principal
from lodekey.services.kms import envelope
from lodekey.services.logs.errors import InvalidParameterException
from lodekey.services.logs.groups import Group


def _as_service(ctx: Context, arn: str) -> Context:
    keys = {"aws:sourcearn": arn, "aws:sourceaccount": ctx.account}
    principal = service_principal(f"logs.{ctx.region}.amazonaws.com", keys)
    return replace(ctx, principal=principal)


def new_data_key(ctx: Context, arn: str, key_id: str) -> bytes:
    """A data key for the group *arn*, sealed by a KMS key.

    Raises:
        InvalidParameterException: KMS cannot or does not let the service use the key.
    """
    try:
        _, sealed = envelope.data_key(
            _as_service(ctx, arn), key_id, context={"aws:logs:arn": arn}, via=""
        )
    except ApiError as error:
        raise _worded(key_id, error) from error
    return sealed


def _worded(key_id: str, error: ApiError) -> InvalidParameterException:
    return InvalidParameterException(
        f"The specified KMS key does not exist or is not allowed to be used with Arn "
        f"'{key_id}': {error.message}"
    )


class Sealing:
    """Seals and opens the chunks of one group, in one call."""

    def __init__(self, ctx: Context, group: Group) -> None:
        self._ctx = ctx
        self.group = group
        self._opened: dict[bytes, Aead] = {}

    def _aead(self, data_key: bytes) -> Aead:
        if data_key not in self._opened:
            arn = self.group.arn
            try:
                plain = envelope.open_(
                    _as_service(self._ctx, arn), data_key, context={"aws:logs:arn": arn}, via=""
                )
            except ApiError as error:
                raise _worded(self.group.key_arn, error) from error
            self._opened[data_key] = Aead(plain)
        return self._opened[data_key]

    def seal(self, stream: str, body: bytes) -> bytes:
        """Seal a chunk's body under the group's data key; where it has none, leave it."""
        if not self.group.data_key:
            return body
        return self._aead(self.group.data_key).seal(stream.encode(), body)

    def open(self, stream: str, body: bytes, data_key: bytes) -> bytes:
        """Open a chunk's body."""
        return self._aead(data_key).open(stream.encode(), body) if data_key else body
