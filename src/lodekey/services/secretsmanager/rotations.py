"""Carry out rotations: call the function step by step, and write down how far it came.

The run is stored before each step, and the step is done again after a crash: a rotation function
must take that, and AWS says so. A secret under rotation is read as ever: AWSCURRENT moves only by
the function's own UpdateSecretVersionStage.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from typing import NamedTuple
from weakref import WeakKeyDictionary

import msgspec

from lodekey.audit.event import AuditEvent
from lodekey.errors import ApiError
from lodekey.gate.background import Background
from lodekey.services.secretsmanager import stages
from lodekey.services.secretsmanager.rotation import RUNS, Run
from lodekey.services.secretsmanager.runs import begin, service
from lodekey.services.secretsmanager.secrets import (
    DUE,
    SECRETS,
    Secret,
    change,
    drop_version,
    erase,
    save,
    stamp,
    version_of,
)
from lodekey.services.secretsmanager.service_events import service_event
from lodekey.store.port import Transaction

log = logging.getLogger("lodekey.secretsmanager")

TICK_SECONDS = 1.0
Place = tuple[str, str, str]

# The secrets whose rotation runs now, so that the clock's next turn does not begin it twice.
_RUNNING: WeakKeyDictionary[Background, set[Place]] = WeakKeyDictionary()


class Ended(NamedTuple):
    """How a step ended: what went wrong, or nothing, and when."""

    failure: str
    now: float


async def run_due(background: Background) -> None:
    """Delete and rotate what has fallen due, and go on with what was interrupted.

    On another worker than the first nothing is begun: the first finds what is to be done.
    """
    if not background.first:
        return
    now = background.now()
    with background.transaction(write=False) as tx:
        due = _due(tx, now)
        waiting = [parts for parts, run in RUNS.scan(tx) if run.not_before <= now]
    if due:
        with background.recorded() as (tx, events):
            for kind, place in due:
                events.extend(_fall_due(tx, kind, place, now))
        with background.transaction(write=False) as tx:
            waiting = [parts for parts, run in RUNS.scan(tx) if run.not_before <= now]
    running = _RUNNING.setdefault(background, set())
    for account, region, name in waiting:
        place = (account, region, name)
        if place not in running:
            running.add(place)
            background.spawn(_keep_running(background, place, running))


def _due(tx: Transaction, now: float) -> list[tuple[str, Place]]:
    found: list[tuple[str, Place]] = []
    for (at, kind, account, region, name), _ in DUE.scan(tx):
        if at > stamp(now):
            break
        found.append((kind, (account, region, name)))
    return found


def _fall_due(tx: Transaction, kind: str, place: Place, now: float) -> list[AuditEvent]:
    """Do to a secret what its time has come for; what the trail says of it."""
    secret = SECRETS.get(tx, *place)
    if secret is None:
        return []
    if kind == "delete":
        erase(tx, secret)
        return [service_event("EndSecretVersionDelete", secret, now)]
    rotation = secret.rotation
    if rotation is None:
        return []
    # Whatever comes of this rotation, the clock begins the next one in its own window.
    secret = msgspec.structs.replace(secret, rotation=rotation.planned(now))
    run = RUNS.get(tx, *place)
    if run is not None:  # one that failed, and waits: it need wait no longer
        RUNS.put(tx, *place, record=msgspec.structs.replace(run, not_before=now))
        save(tx, secret)
        return []
    pending = stages.holder(secret.stages, stages.PENDING)
    stuck = pending is not None and stages.CURRENT not in secret.stages[pending]
    token = pending if stuck and pending is not None else str(uuid.uuid4())
    save(tx, begin(tx, secret, token, now))
    return [service_event("RotationStarted", secret, now, token=token)]


async def _keep_running(background: Background, place: Place, running: set[Place]) -> None:
    """Do the run's steps, one after another, until it ends or has to wait."""
    try:
        while await _do_step(background, place):
            pass
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("a rotation stopped")
    finally:
        running.discard(place)


async def _do_step(background: Background, place: Place) -> bool:
    """Do the run's present step; whether another may follow at once."""
    with background.transaction(write=False) as tx:
        secret, run = SECRETS.get(tx, *place), RUNS.get(tx, *place)
    if secret is None or run is None or secret.rotation is None:
        return False
    failure = await _call_function(background, secret, run)
    with background.recorded() as (tx, events):
        return _after_step(tx, events, place, run, Ended(failure, background.now()))


async def _call_function(background: Background, secret: Secret, run: Run) -> str:
    """Call the rotation function for the run's step; what went wrong, or nothing."""
    if secret.rotation is None:
        raise AssertionError("a secret without rotation does not rotate")
    event = {
        "Step": run.steps[run.step],
        "SecretId": secret.arn,
        "ClientRequestToken": run.token,
        "RotationToken": run.rotation_token,
    }
    request = {
        "FunctionName": secret.rotation.lambda_arn,
        "InvocationType": "RequestResponse",
        "Payload": json.dumps(event).encode(),
    }
    try:
        invoke = background.operation("lambda", "Invoke")
        answer = await background.run_as(service(secret), invoke, request, region=secret.region)
    except KeyError:
        return "no functions are offered here"
    except ApiError as error:
        return f"{error.code}: {error.message}"
    error_kind = answer.get("FunctionError")
    return f"the function failed: {error_kind}" if error_kind else ""


def _after_step(
    tx: Transaction, events: list[AuditEvent], place: Place, was: Run, ended: Ended
) -> bool:
    """Write down what a step came to; whether the next may follow at once."""
    secret, run = SECRETS.get(tx, *place), RUNS.get(tx, *place)
    if secret is None or run is None or run.token != was.token or secret.rotation is None:
        return False  # cancelled or deleted meanwhile
    failure, now = ended
    following = was.advanced()
    if not failure and following is not None:
        RUNS.put(tx, *place, record=following)
        return True
    if not failure and not was.is_test and stages.CURRENT not in secret.stages.get(was.token, ()):
        failure = "the last step did not move AWSCURRENT to the new version"
    name = ("Test" if was.is_test else "") + ("RotationFailed" if failure else "RotationSucceeded")
    events.append(service_event(name, secret, now, token=was.token, failure=failure))
    if failure:
        log.warning("%s of %s: %s", name, secret.arn, failure)
    if was.is_test:
        save(tx, _without_test(tx, secret, was))
    elif failure:
        RUNS.put(tx, *place, record=was.failed(failure, now))
        return False
    else:
        rotated = msgspec.structs.replace(secret.rotation, last=now).planned(now)
        save(tx, change(secret, now, rotation=rotated))
    RUNS.delete(tx, *place)
    return False


def _without_test(tx: Transaction, secret: Secret, run: Run) -> Secret:
    """The secret without the version that the test looked at."""
    left = {version: labels for version, labels in secret.stages.items() if version != run.token}
    if version_of(tx, secret, run.token) is None:
        return msgspec.structs.replace(secret, stages=left)
    drop_version(tx, secret, run.token)
    return msgspec.structs.replace(secret, stages=left, versions=secret.versions - 1)
