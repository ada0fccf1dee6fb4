"""Shorthands of IAM's tests."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
)
LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@contextlib.contextmanager
def refused(code: str, message: str | None = None, status: int | None = None) -> Iterator[None]:
    """The block is refused with this code and, where given, exactly this message."""
    with pytest.raises(ClientError) as caught:
        yield
    error: Any = caught.value.response
    assert code == error["Error"]["Code"], error
    if message is not None:
        assert message == error["Error"]["Message"]
    if status is not None:
        assert status == error["ResponseMetadata"]["HTTPStatusCode"]
