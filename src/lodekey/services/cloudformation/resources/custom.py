"""Custom resources: a function makes, changes and deletes what CloudFormation does not know.

The function is invoked asynchronously, in the actor's name, and puts its answer to a URL.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.services.cloudformation.deeds import Deed, Refused
from lodekey.services.cloudformation.mailbox import signals_for, url_for
from lodekey.services.cloudformation.resources.kinds import Made
from lodekey.services.cloudformation.template_text import text_of
from lodekey.services.cloudformation.waiting import GLANCE, pause

LONGEST_WAIT = 3600.0


async def create(deed: Deed) -> Made:
    """``RequestType: Create``."""
    return _made(deed, await _ask(deed, "Create"))


async def update(deed: Deed) -> Made:
    """``RequestType: Update``; another physical id in the answer means a replacement."""
    answer = await _ask(
        deed,
        "Update",
        PhysicalResourceId=deed.physical,
        OldResourceProperties=_texts(deed.old),
    )
    return _made(deed, answer)


async def delete(deed: Deed) -> None:
    """``RequestType: Delete``."""
    await _ask(deed, "Delete", PhysicalResourceId=deed.physical)


def _made(deed: Deed, answer: dict[str, Any]) -> Made:
    data = answer.get("Data") or {}
    return Made(str(answer["PhysicalResourceId"]), {str(key): each for key, each in data.items()})


def _texts(value: Any) -> Any:
    """Properties as functions get them: every scalar is a text."""
    if isinstance(value, dict):
        return {key: _texts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return text_of(value)


async def _ask(deed: Deed, kind: str, **more: Any) -> dict[str, Any]:
    """Ask the function, and wait for its answer.

    Raises:
        Refused: It says FAILED, or nothing in time.
    """
    token = str(deed["ServiceToken"])
    if not token.startswith("arn:aws:lambda:"):
        raise Refused("Only functions of Lambda are offered as a ServiceToken by this server")
    request_id = deed.token(kind).lower()
    box = f"{deed.logical}-{request_id}"
    event = {
        "RequestType": kind,
        "ServiceToken": token,
        "ResponseURL": url_for(deed.background, deed.stack, box),
        "StackId": deed.stack.arn,
        "RequestId": request_id,
        "LogicalResourceId": deed.logical,
        "ResourceType": deed.thing.type,
        "ResourceProperties": _texts(deed.properties),
        **more,
    }
    await deed.once(
        "lambda",
        "Invoke",
        {"FunctionName": token, "InvocationType": "Event", "Payload": json.dumps(event).encode()},
    )
    return await _answer(deed, kind, box, request_id)


async def _answer(deed: Deed, kind: str, box: str, request_id: str) -> dict[str, Any]:
    deadline = deed.began + float(deed.get("ServiceTimeout", LONGEST_WAIT))
    while request_id not in (signals := signals_for(deed.background, deed.stack, box)):
        if deed.background.now() >= deadline:
            raise Refused(
                "CloudFormation did not receive a response from your Custom Resource. Please check "
                f"your logs for requestId [{request_id}]. If you are using the Python cfn-response "
                "module, you may need to update your Lambda function code so that CloudFormation "
                "can attach the updated version."
            )
        await pause(GLANCE)
    said: dict[str, Any] = json.loads(signals[request_id].data)
    if "PhysicalResourceId" not in said:
        raise Refused("Invalid PhysicalResourceId")
    if kind == "Create":
        with deed.background.transaction(write=True) as tx:
            deed.known(tx, str(said["PhysicalResourceId"]))
    if said.get("Status") != "SUCCESS":
        raise Refused(
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{said.get('Reason', '')} (RequestId: {request_id})"
        )
    return said
