"""The one trail that there is: everything, everywhere, always.

Every record of this server goes to one tamper-evident trail; there is nothing to create, and
nothing that turns it off. CloudTrail's API shows it as a trail of each account, without a bucket:
records are read with LookupEvents, or exported with the command line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lodekey.arn import Arn, is_arn
from lodekey.services.cloudtrail.errors import (
    CloudTrailARNInvalidException,
    InvalidTrailNameException,
)
from lodekey.services.cloudtrail.shapes import Trail

NAME = "lodekey"

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){1,126}[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """The trail as one account sees it.

    Args:
        account: The account.
        region: The server's own region, which the trail is at home in.
    """

    account: str
    region: str

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        return trail_arn(self.account, self.region, NAME)

    @property
    def shown(self) -> Trail:
        """The trail as the API shows it."""
        return {
            "Name": NAME,
            "TrailARN": self.arn,
            "HomeRegion": self.region,
            "IsMultiRegionTrail": True,
            "IncludeGlobalServiceEvents": True,
            "LogFileValidationEnabled": True,
            "HasCustomEventSelectors": False,
            "HasInsightSelectors": False,
            "IsOrganizationTrail": False,
        }

    def is_named(self, name: str) -> bool:
        """Whether *name*, a trail's name or ARN, means this trail."""
        return name in {NAME, self.arn}


def trail_arn(account: str, region: str, name: str) -> str:
    """The ARN of a trail."""
    return f"arn:aws:cloudtrail:{region}:{account}:trail/{name}"


def read_name(name: str, account: str, region: str) -> str:
    """The ARN that a trail's name or ARN means.

    Raises:
        CloudTrailARNInvalidException: It begins like an ARN and is none of a trail.
        InvalidTrailNameException: It cannot be a name.
    """
    if is_arn(name):
        arn = Arn.parse(name)
        if arn.service != "cloudtrail" or not arn.resource.startswith("trail/"):
            raise CloudTrailARNInvalidException(f"The ARN {name} is not the ARN of a trail.")
        return name
    if not _NAME.fullmatch(name):
        raise InvalidTrailNameException(
            "Trail name must be 3 to 128 letters, numbers, periods, underscores or dashes, begin "
            "and end with a letter or number, and have no two of the others side by side."
        )
    return trail_arn(account, region, name)
