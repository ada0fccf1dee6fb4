"""What becomes of asynchronous invocations: how often and how long they are tried, where they end.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
"""

from __future__ import annotations

import msgspec

from lodekey.arn import Arn, is_arn
from lodekey.services.lambda_.errors import InvalidParameterValueException
from lodekey.services.lambda_.names import LATEST, FunctionName
from lodekey.services.lambda_.shapes import DestinationConfig, FunctionEventInvokeConfig
from lodekey.store.port import Collection, Transaction

OFFERED = ("lambda", "s3")


class EventConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration of a function, a version or an alias.

    Args:
        maximum_retries: How often a failed invocation is tried again; None: as without a word.
        maximum_age: Seconds; likewise.
        on_success, on_failure: Destinations' ARNs; empty: none.
    """

    account: str
    region: str
    name: str
    qualifier: str
    modified: float
    retries: int | None = None
    age: int | None = None
    on_success: str = ""
    on_failure: str = ""

    @property
    def maximum_retries(self) -> int:
        """How often a failed invocation is tried again."""
        return 2 if self.retries is None else self.retries

    @property
    def maximum_age(self) -> int:
        """How old an event may become, seconds."""
        return 21_600 if self.age is None else self.age

    @property
    def named(self) -> FunctionName:
        """The function, version or alias."""
        return FunctionName(self.account, self.region, self.name, self.qualifier)


EVENT_CONFIGS = Collection("lambda/event-config", EventConfig)


def filed(name: FunctionName) -> FunctionName:
    """The name that a configuration is filed under: without a qualifier it is ``$LATEST``'s."""
    return name if name.qualifier else name._replace(qualifier=LATEST)


def config_for(tx: Transaction, name: FunctionName) -> EventConfig:
    """The configuration that counts for an invocation of *name*."""
    name = filed(name)
    found = EVENT_CONFIGS.get(tx, *name)
    return found or EventConfig(
        account=name.account,
        region=name.region,
        name=name.name,
        qualifier=name.qualifier,
        modified=0.0,
    )


def destination_in(config: DestinationConfig, which: str) -> str:
    """The ARN of the ``OnSuccess`` or ``OnFailure`` destination; empty: none.

    Raises:
        InvalidParameterValueException: It is of a service that is not offered here.
    """
    part = config.get("OnSuccess") if which == "OnSuccess" else config.get("OnFailure")
    arn = (part or {}).get("Destination", "")
    if not arn:
        return ""
    if not is_arn(arn) or Arn.parse(arn).service not in OFFERED:
        raise InvalidParameterValueException(
            f"The provided destination config DestinationConfig({which}=Destination({arn})) is "
            "invalid: destinations here are Lambda functions and S3 buckets.",
            Type="User",
        )
    return arn


def shown(config: EventConfig) -> FunctionEventInvokeConfig:
    """What readers see."""
    answer: FunctionEventInvokeConfig = {
        "LastModified": config.modified,
        "FunctionArn": config.named.arn,
        "DestinationConfig": {
            "OnSuccess": {"Destination": config.on_success} if config.on_success else {},
            "OnFailure": {"Destination": config.on_failure} if config.on_failure else {},
        },
    }
    if config.retries is not None:
        answer["MaximumRetryAttempts"] = config.retries
    if config.age is not None:
        answer["MaximumEventAgeInSeconds"] = config.age
    return answer
