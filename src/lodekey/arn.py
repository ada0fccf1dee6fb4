"""Amazon Resource Names: the one way a thing is named in a policy or a log.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

from typing import NamedTuple


class Arn(NamedTuple):
    """``arn:partition:service:region:account:resource``, taken apart."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> Arn:
        """Take *text* apart.

        Raises:
            ValueError: *text* is not an ARN.
        """
        parts = text.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
            raise ValueError(f"not an ARN: {text!r}")
        return cls(*parts[1:])

    def __str__(self) -> str:
        return "arn:" + ":".join(self)


def is_arn(text: str) -> bool:
    """Whether *text* has the form of an ARN."""
    return text.startswith("arn:") and text.count(":") >= 5
