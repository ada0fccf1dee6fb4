"""CloudFormation's own: nested stacks, wait conditions, and names without a service behind them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_CloudFormation.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused
from lodekey.services.cloudformation.mailbox import signals_for, url_for, whose
from lodekey.services.cloudformation.resources import custom, nested
from lodekey.services.cloudformation.resources.kinds import Made, ResourceType, nothing, words
from lodekey.services.cloudformation.waiting import GLANCE, pause

_DURATION = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")
NO_REGISTRY = (
    "This server has no container registry: the repository is a name in this stack, and holds "
    "nothing"
)


async def make_handle(deed: Deed) -> Made:
    """A URL to which signals are put."""
    url = url_for(deed.background, deed.stack, deed.logical, deed.lot(16))
    with deed.background.transaction(write=True) as tx:
        deed.known(tx, url)
    return Made(url, {"Id": url})


async def wait(deed: Deed) -> Made:
    """Wait until so many signals have come."""
    policy = json.loads(deed.thing.creation_policy or "{}").get("ResourceSignal")
    if policy is None:
        if "Handle" not in deed.properties or "Timeout" not in deed.properties:
            raise Refused("WaitCondition needs a Handle and a Timeout, or a CreationPolicy")
        count, seconds = int(deed.get("Count", 1)), float(deed["Timeout"])
        of = whose(deed.background, str(deed["Handle"]))
    else:
        count, seconds = int(policy.get("Count", 1)), _seconds(str(policy.get("Timeout", "PT5M")))
        of = deed.logical
    deadline = await _deadline(deed, seconds)
    while True:
        signals = signals_for(deed.background, deed.stack, of)
        for unique, signal in signals.items():
            if signal.status == "FAILURE":
                raise Refused(
                    f"WaitCondition received failed message: '{signal.reason}' for uniqueId: "
                    f"{unique}"
                )
        if len(signals) >= count:
            data = json.dumps({unique: each.data for unique, each in signals.items()})
            physical = f"{deed.stack.arn}/{deed.logical}"
            return Made(physical, {"Data": data, "Id": physical})
        if deed.background.now() >= deadline:
            raise Refused(
                f"WaitCondition timed out. Received {len(signals)} conditions when expecting "
                f"{count}"
            )
        await pause(GLANCE)


async def _deadline(deed: Deed, seconds: float) -> float:
    """When the wait ends; counted from its first beginning, whatever restarts come between."""
    work = deed.stack.work
    began = deed.background.now() if work is None else max(work.began, deed.began)
    return began + seconds


def _seconds(text: str) -> float:
    found = _DURATION.match(text)
    if found is None:
        raise Refused(f"CreationPolicy timeout {text} is no ISO 8601 duration")
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds


async def stay(deed: Deed) -> dict[str, Any] | None:
    """Nothing changes."""
    return None


async def name_only(deed: Deed) -> Made:
    """A name in the stack; nothing stands behind it."""
    lot = deed.lot(12)
    return Made(lot, {"Id": lot})


async def repository(deed: Deed) -> Made:
    """The name of a container repository, so that CDK's bootstrap template can be deployed."""
    name = str(deed.get("RepositoryName") or deed.name(256, lower=True))
    arn = f"arn:aws:ecr:{deed.region}:{deed.account}:repository/{name}"
    uri = f"{deed.account}.dkr.ecr.{deed.region}.amazonaws.com/{name}"
    return Made(name, {"Arn": arn, "RepositoryUri": uri}, NO_REGISTRY)


TYPES = (
    ResourceType(
        name="AWS::CloudFormation::Stack",
        create=nested.create,
        update=nested.update,
        delete=nested.delete,
        properties=words(
            "NotificationARNs Parameters StackName Tags TemplateBody TemplateURL TimeoutInMinutes"
        ),
        replaced_by=words("StackName"),
        attributes=None,
    ),
    ResourceType(
        name="AWS::CloudFormation::WaitConditionHandle",
        create=make_handle,
        update=stay,
        delete=nothing,
        properties=frozenset(),
        attributes=words("Id"),
    ),
    ResourceType(
        name="AWS::CloudFormation::WaitCondition",
        create=wait,
        delete=nothing,
        properties=words("Count Handle Timeout"),
        attributes=words("Data Id"),
    ),
    ResourceType(
        name="AWS::CloudFormation::CustomResource",
        create=custom.create,
        update=custom.update,
        delete=custom.delete,
        required=words("ServiceToken"),
        replaced_by=words("ServiceToken"),
        attributes=None,
    ),
    ResourceType(
        name="AWS::CDK::Metadata",
        create=name_only,
        update=stay,
        delete=nothing,
        attributes=words("Id"),
    ),
    ResourceType(
        name="AWS::ECR::Repository",
        create=repository,
        update=stay,
        delete=nothing,
        replaced_by=words("EncryptionConfiguration RepositoryName"),
        attributes=words("Arn RepositoryUri"),
    ),
)
