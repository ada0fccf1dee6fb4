"""Key policies: the ones that KMS writes itself, and what any other must be like.

Sources:
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html
"""

from __future__ import annotations

import json
from typing import Any, Final

from lodekey.identity.principals_in import InvalidPrincipal, remember_principals
from lodekey.policy.document import MalformedPolicy, validate
from lodekey.services.kms.errors import LimitExceededException, MalformedPolicyDocumentException
from lodekey.store.port import Transaction

# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
LONGEST: Final = 32_768

DEFAULT_NAME: Final = "default"

LOCKED_OUT: Final = "The new key policy will not allow you to update the key policy in the future."

# What each service may do for whoever uses its AWS managed key, by the service's name.
MANAGED_FOR: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "ssm": (
        "auto-ssm-1",
        "Default key that protects my SSM parameters when no other key is defined",
        ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey"),
    ),
    "secretsmanager": (
        "auto-secretsmanager-2",
        "Default key that protects my Secrets Manager data when no other key is defined",
        ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey"),
    ),
    "lambda": (
        "auto-awslambda",
        "Default key that protects my Lambda functions when no other key is defined",
        ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "CreateGrant", "DescribeKey"),
    ),
    "s3": (
        "auto-s3-2",
        "Default key that protects my S3 objects when no other key is defined",
        ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "DescribeKey"),
    ),
}


def default_policy(account: str) -> str:
    """The policy of a key that was created without one: the account's own policies decide."""
    return _text(
        "key-default-1",
        {
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
    )


def managed_policy(service: str, account: str, region: str) -> str:
    """The policy of an AWS managed key: everyone of the account, but only through the service."""
    name, _, actions = MANAGED_FOR[service]
    return _text(
        name,
        {
            "Sid": f"Allow access through {service} for all principals in the account that are"
            f" authorized to use {service}",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"kms:{action}" for action in actions],
            "Resource": "*",
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"{service}.{region}.amazonaws.com",
                    "kms:CallerAccount": account,
                }
            },
        },
        {
            "Sid": "Allow direct access to key metadata to the account",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
            "Resource": "*",
        },
    )


def _text(id: str, *statements: dict[str, Any]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Id": id, "Statement": statements},
        indent=2,
        separators=(",", " : "),
    )


def to_keep(tx: Transaction, text: str) -> str:
    """Check a customer's key policy, and write it as it is kept: users and roles by unique id.

    Raises:
        LimitExceededException: It is longer than AWS takes.
        MalformedPolicyDocumentException: It is no key policy, or names a principal that is not.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise LimitExceededException(
            f"The key policy is longer than the maximum of {LONGEST} bytes."
        )
    try:
        validate(text, "key")
        return remember_principals(tx, text)
    except MalformedPolicy as error:
        raise MalformedPolicyDocumentException(str(error)) from None
    except InvalidPrincipal:
        raise MalformedPolicyDocumentException(
            "Policy contains a statement with one or more invalid principals."
        ) from None
