"""Where functions and machines put their answers: URLs that are good for one thing each.

On AWS these are presigned URLs of a bucket. Here the URL holds a sealed token that names the stack
and the resource: who has it may answer for that resource, and can do nothing else with it.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

from __future__ import annotations

import json
from typing import Any

from lodekey.gate.background import Background
from lodekey.gate.pages import BadToken
from lodekey.services.cloudformation.stacks import SIGNALS, STACKS, Signal, Stack
from lodekey.wire.http import HttpRequest, HttpResponse

PATH = "/_lodekey/cloudformation/answer/"
_SCOPE = "cloudformation answer"
_LONGEST = 4096
_LIFETIME = 86_400.0


def url_for(background: Background, stack: Stack, box: str, lot: str = "") -> str:
    """A URL that takes answers for *box*, a name within the stack."""
    until = int(background.now() + _LIFETIME)
    position = [*stack.place, box, lot, until]
    token = background.gate.pages.token(_SCOPE, position)
    return f"{background.settings.endpoint}{PATH}{token}"


def whose(background: Background, url: str) -> str:
    """The box that a URL of `url_for` belongs to; empty: it is none of ours."""
    _, found, token = url.partition(PATH)
    if not found:
        return ""
    try:
        return str(background.gate.pages.position(_SCOPE, token)[3])
    except BadToken:
        return ""


def signals_for(background: Background, stack: Stack, box: str) -> dict[str, Signal]:
    """What has come for *box*, by unique id."""
    with background.transaction(write=False) as tx:
        return {parts[-1]: each for parts, each in SIGNALS.scan(tx, *stack.place, box)}


async def serve(background: Background, http: HttpRequest) -> HttpResponse:
    """Take an answer that was put to one of our URLs."""
    if http.method != "PUT":
        return HttpResponse(405, {}, b"")
    token = http.path.removeprefix(PATH)
    try:
        account, region, stack_id, box, _, until = background.gate.pages.position(_SCOPE, token)
    except (BadToken, ValueError):
        return HttpResponse(403, {}, b"")
    if background.now() > until:
        return HttpResponse(403, {}, b"")
    said = _read(http.body)
    if said is None:
        return HttpResponse(400, {}, b"")
    unique, signal = said
    with background.transaction(write=True) as tx:
        if STACKS.get(tx, account, region, stack_id) is None:
            return HttpResponse(404, {}, b"")
        SIGNALS.put(tx, account, region, stack_id, box, unique, record=signal)
    return HttpResponse(200, {}, b"")


def _read(body: bytes) -> tuple[str, Signal] | None:
    """A wait condition's signal, or a custom resource's answer, kept whole."""
    if len(body) > _LONGEST:
        return None
    try:
        said: Any = json.loads(body)
        status = str(said["Status"])
    except (ValueError, KeyError, TypeError):
        return None
    if "RequestId" in said:
        return str(said["RequestId"]), Signal(status=status, data=body.decode())
    if status not in {"SUCCESS", "FAILURE"}:
        return None
    unique = str(said.get("UniqueId", ""))
    reason, data = str(said.get("Reason", "")), str(said.get("Data", ""))
    return unique, Signal(status=status, reason=reason, data=data)
