"""What a bucket policy must be beyond a policy: about its own bucket, in S3's actions.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lodekey.services.s3.errors import MalformedPolicy
from lodekey.services.s3.names import bucket_arn


def must_be_about(bucket: str, text: str) -> None:
    """Refuse a valid resource policy that is none for *bucket*.

    Raises:
        MalformedPolicy: It names other resources, or other services' actions.
    """
    statements = json.loads(text)["Statement"]
    for statement in [statements] if isinstance(statements, dict) else statements:
        for resource in _listed(statement, "Resource", "NotResource"):
            if not _is_of(bucket, resource):
                raise MalformedPolicy("Policy has invalid resource", Detail=resource)
        for action in _listed(statement, "Action", "NotAction"):
            if action != "*" and not action.lower().startswith("s3:"):
                raise MalformedPolicy("Policy has invalid action", Detail=action)


def _listed(statement: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = statement.get(name, [])
        yield from [value] if isinstance(value, str) else value


def _is_of(bucket: str, resource: str) -> bool:
    """Whether an ARN or pattern names this bucket or objects of it, and nothing else."""
    arn = bucket_arn(bucket)
    return resource == arn or resource.startswith((f"{arn}/", f"{arn}*"))
