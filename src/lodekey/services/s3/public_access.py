"""Whether a bucket policy lets everybody in: the check behind the public access block."""

from __future__ import annotations

from typing import Final

from lodekey.policy.public import BINDING, public_statements

# Keys of S3's own that AWS counts beside the global ones.
_BINDING: Final = BINDING | {
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}


def is_public(text: str) -> bool:
    """Whether a valid policy lets everybody in."""
    return bool(public_statements(text, _BINDING))
