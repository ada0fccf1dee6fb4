"""Rotation: how a secret is configured for it, and a rotation under way.

A rotation calls a function in four steps. Before each step the run is written down, so a server
that dies in the middle goes on with that step, under the same version id, when it is back.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_how.html
"""

from __future__ import annotations

import msgspec

from lodekey.services.secretsmanager.errors import InvalidParameterException
from lodekey.services.secretsmanager.schedule import (
    Schedule,
    every_days,
    read_duration,
    read_schedule,
)
from lodekey.services.secretsmanager.shapes import RotationRulesType
from lodekey.store.port import Collection

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TEST_STEPS = ("testSecret",)
ATTEMPTS = 5
"""How often in a row the whole rotation is tried before it waits for the next day."""

FIRST_PAUSE = 10.0
LONG_PAUSE = 86_400.0


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """How a secret rotates.

    Args:
        enabled: Whether the clock rotates it.
        lambda_arn: The function.
        after_days: AutomaticallyAfterDays as sent.
        duration: Duration as sent.
        expression: ScheduleExpression as sent.
        last: When a rotation last succeeded.
        due: When the clock begins the next one; None: no schedule.
        next: NextRotationDate: the latest moment it should begin.
    """

    enabled: bool
    lambda_arn: str
    after_days: int | None = None
    duration: str = ""
    expression: str = ""
    last: float | None = None
    due: float | None = None
    next: float | None = None

    @property
    def schedule(self) -> Schedule | None:
        """The compiled schedule; None where the secret rotates only when asked."""
        hours = read_duration(self.duration) if self.duration else None
        if self.expression:
            return read_schedule(self.expression, hours)
        if self.after_days is not None:
            return every_days(self.after_days, hours)
        return None

    def planned(self, since: float) -> Rotation:
        """The same, with the next window reckoned from *since*."""
        schedule = self.schedule
        if schedule is None:
            return msgspec.structs.replace(self, due=None, next=None)
        window = schedule.after(since)
        # AWS shows the last second of the window, not the first one after it.
        return msgspec.structs.replace(self, due=window.start, next=window.end - 1)

    @property
    def rules(self) -> RotationRulesType:
        """The rules as the API shows them."""
        shown: RotationRulesType = {}
        schedule = self.schedule
        days = self.after_days if schedule is None else schedule.in_days
        if days is not None:
            shown["AutomaticallyAfterDays"] = days
        if self.duration:
            shown["Duration"] = self.duration
        if self.expression:
            shown["ScheduleExpression"] = self.expression
        return shown


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A rotation under way.

    Args:
        token: The new version's id, and the function's ClientRequestToken.
        rotation_token: What the function may show for itself (RotationToken).
        step: The index of the step that runs, or runs next.
        steps: The steps of this run: four, or the test alone.
        attempt: How often the whole has been begun, from 1.
        not_before: When the step may begin: now, or after a pause.
        began: When the rotation was asked for.
        failure: What went wrong last.
    """

    token: str
    rotation_token: str
    step: int = 0
    steps: tuple[str, ...] = STEPS
    attempt: int = 1
    not_before: float = 0.0
    began: float = 0.0
    failure: str = ""

    @property
    def is_test(self) -> bool:
        """Whether it only tries the configuration (RotateImmediately=false)."""
        return self.steps == TEST_STEPS

    def advanced(self) -> Run | None:
        """The run with its next step; None when all are done."""
        if self.step + 1 == len(self.steps):
            return None
        return msgspec.structs.replace(self, step=self.step + 1)

    def failed(self, why: str, now: float) -> Run:
        """The run that will try the whole again, later the more often it failed."""
        again = self.attempt % ATTEMPTS
        pause = FIRST_PAUSE * 2 ** (again - 1) if again else LONG_PAUSE
        return msgspec.structs.replace(
            self,
            step=0,
            attempt=self.attempt + 1,
            not_before=now + pause,
            failure=why[:512],
        )


RUNS = Collection("secretsmanager/run", Run)


def configured(was: Rotation | None, lambda_arn: str, rules: RotationRulesType | None) -> Rotation:
    """The configuration that RotateSecret leaves behind: enabled, unsaid things as they were.

    Raises:
        InvalidParameterException: The rules contradict each other or cannot be read.
    """
    rotation = was or Rotation(enabled=True, lambda_arn=lambda_arn)
    rotation = msgspec.structs.replace(rotation, enabled=True, lambda_arn=lambda_arn)
    if rules is not None:
        if "AutomaticallyAfterDays" in rules and "ScheduleExpression" in rules:
            raise InvalidParameterException(
                "You can't specify both AutomaticallyAfterDays and ScheduleExpression."
            )
        rotation = msgspec.structs.replace(
            rotation,
            after_days=rules.get("AutomaticallyAfterDays"),
            duration=rules.get("Duration", ""),
            expression=rules.get("ScheduleExpression", ""),
        )
    if rotation.schedule is None and rotation.duration:
        raise InvalidParameterException("A Duration needs a schedule that it is the window of.")
    return rotation
