"""Rotation schedules: ``rate(10 days)``, ``cron(0 8 1 * ? *)``, and the window in which to rotate.

All times are UTC. A window begins on the hour; it ends after its Duration, or else after an hour
where the schedule counts hours, at the end of the day where it counts days.
Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from lodekey.services.secretsmanager.errors import InvalidParameterException

HOUR = 3_600
DAY = 86_400
SHORTEST_HOURS = 4
LONGEST_DAYS = 999
HORIZON_DAYS = 366 * 9
"""How far ahead a cron expression is searched: past every leap day."""

_RATE = re.compile(r"rate\(\s*(\d+)\s+(hour|hours|day|days)\s*\)")
_CRON = re.compile(r"cron\(\s*(.+?)\s*\)")
_DURATION = re.compile(r"(\d{1,2})h")
_MONTHS = {name.upper(): at for at, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {
    name: at for at, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)
}


class Window(NamedTuple):
    """When a rotation may begin, and when it should have begun; seconds since the epoch."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many days, from midnight; or every so many hours, on the hour."""

    hours: int
    duration: int | None

    @property
    def in_days(self) -> int | None:
        """The interval in days, if it counts in days."""
        return self.hours // 24 if self.hours % 24 == 0 else None

    def after(self, when: float) -> Window:
        """The first window whose interval has passed since *when*."""
        if self.in_days is None:
            start = when // HOUR * HOUR + self.hours * HOUR
            return Window(start, start + (self.duration or 1) * HOUR)
        start = when // DAY * DAY + self.hours * HOUR
        return Window(start, start + (self.duration or 24) * HOUR)


@dataclass(frozen=True, slots=True)
class Cron:
    """At given hours of the days that match."""

    hours: tuple[int, ...]
    months: frozenset[int]
    is_day: Callable[[date], bool]
    duration: int | None

    @property
    def in_days(self) -> int | None:
        """A cron expression has no fixed interval."""
        return None

    def after(self, when: float) -> Window:
        """The first window that begins after *when*.

        Raises:
            InvalidParameterException: No day ever matches (the 30th of February).
        """
        first = datetime.fromtimestamp(when, UTC).date()
        for ahead in range(HORIZON_DAYS):
            day = first + timedelta(days=ahead)
            if day.month not in self.months or not self.is_day(day):
                continue
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            for hour in self.hours:
                start = midnight + hour * HOUR
                if start > when:
                    return Window(start, self._end(midnight, start))
        raise InvalidParameterException("The schedule expression never matches a date.")

    def _end(self, midnight: float, start: float) -> float:
        if self.duration is not None:
            return start + self.duration * HOUR
        return midnight + DAY if len(self.hours) == 1 else start + HOUR


Schedule = Rate | Cron


def every_days(days: int, duration: int | None = None) -> Rate:
    """AutomaticallyAfterDays as a schedule."""
    return Rate(days * 24, duration)


def read_duration(text: str) -> int:
    """The hours of a Duration such as ``3h``.

    Raises:
        InvalidParameterException: It is not one.
    """
    match = _DURATION.fullmatch(text)
    hours = int(match[1]) if match else 0
    if not 1 <= hours <= 24:
        raise InvalidParameterException("Duration must be from 1h to 24h.")
    return hours


def read_schedule(expression: str, duration: int | None = None) -> Schedule:
    """Compile a ScheduleExpression.

    Raises:
        InvalidParameterException: It is malformed, comes round more often than every four hours, or
            its window runs into the next day or the next window.
    """
    if rate := _RATE.fullmatch(expression):
        return _rate(int(rate[1]), in_days=rate[2].startswith("day"), duration=duration)
    if cron := _CRON.fullmatch(expression):
        return _cron(cron[1].upper().split(), duration)
    raise _wrong("it is neither rate(...) nor cron(...)")


def _wrong(why: str) -> InvalidParameterException:
    return InvalidParameterException(f"The ScheduleExpression is not valid: {why}.")


def _rate(count: int, *, in_days: bool, duration: int | None) -> Rate:
    hours = count * 24 if in_days else count
    if hours < SHORTEST_HOURS:
        raise _wrong(f"a secret can't be rotated more often than every {SHORTEST_HOURS} hours")
    if hours > LONGEST_DAYS * 24:
        raise _wrong(f"the longest rotation period is {LONGEST_DAYS} days")
    if duration is not None and duration > hours:
        raise _wrong("the rotation window extends into the next rotation window")
    return Rate(hours, duration)


def _cron(fields: list[str], duration: int | None) -> Cron:
    if len(fields) != 6:
        raise _wrong("a cron expression has six fields")
    minutes, hours_field, days, months, weekdays, years = fields
    if minutes != "0":
        raise _wrong("minutes must be 0, rotation windows start on the hour")
    if years != "*":
        raise _wrong("the year must be *")
    hours = tuple(sorted(_numbers(hours_field, 0, 23)))
    _must_leave_room(hours, duration)
    return Cron(hours, _numbers(months, 1, 12, _MONTHS), _days(days, weekdays), duration)


def _must_leave_room(hours: tuple[int, ...], duration: int | None) -> None:
    gaps = [later - hour for hour, later in zip(hours, (*hours[1:], hours[0] + 24), strict=True)]
    if min(gaps) < SHORTEST_HOURS:
        raise _wrong(f"a secret can't be rotated more often than every {SHORTEST_HOURS} hours")
    if duration is None:
        return
    if duration > min(gaps):
        raise _wrong("the rotation window extends into the next rotation window")
    if max(hours) + duration > 24:
        raise _wrong("the rotation window extends into the next day")


def _numbers(
    field: str, low: int, high: int, names: dict[str, int] | None = None
) -> frozenset[int]:
    """The numbers that a field of a cron expression means."""
    return frozenset(n for part in field.split(",") for n in _range(part, low, high, names or {}))


def _range(part: str, low: int, high: int, names: dict[str, int]) -> range:
    whole, slash, step_text = part.partition("/")
    if slash and not step_text.isdecimal():
        raise _wrong(f"{part} has no step after /")
    step = int(step_text) if slash else 1
    if whole in {"*", "?", ""}:
        first, last = low, high
    else:
        begin, dash, end = whole.partition("-")
        first = _number(begin, names)
        last = _number(end, names) if dash else (high if slash else first)
    if step < 1 or not low <= first <= last <= high or (not whole and not slash):
        raise _wrong(f"{part} is out of range")
    return range(first, last + 1, step)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdecimal():
        raise _wrong(f"{text} is not a number")
    return int(text)


def _days(days: str, weekdays: str) -> Callable[[date], bool]:
    if days not in {"*", "?"} and weekdays not in {"*", "?"}:
        raise _wrong("day-of-month and day-of-week can't both be given; use ? in one of them")
    if days == "?" and weekdays == "?":
        raise _wrong("only one of day-of-month and day-of-week can be ?")
    if weekdays not in {"*", "?"}:
        return _weekday(weekdays)
    if days == "L":
        return lambda day: day.day == calendar.monthrange(day.year, day.month)[1]
    wanted = _numbers(days, 1, 31)
    return lambda day: day.day in wanted


def _weekday(field: str) -> Callable[[date], bool]:
    """``MON-FRI``, ``2#1`` (the first Monday), ``6L`` (the last Friday), ``L`` (Saturday)."""
    if "#" in field:
        name, _, nth_text = field.partition("#")
        weekday, nth = _number(name, _WEEKDAYS), _number(nth_text, {})
        if not (1 <= weekday <= 7 and 1 <= nth <= 5):
            raise _wrong(f"{field} is out of range")
        return lambda day: _of(day) == weekday and (day.day - 1) // 7 + 1 == nth
    if field == "L":
        return lambda day: _of(day) == 7
    if field.endswith("L"):
        last = _number(field[:-1], _WEEKDAYS)
        return lambda day: (
            _of(day) == last and day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        )
    wanted = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda day: _of(day) in wanted


def _of(day: date) -> int:
    """The weekday as cron counts it: Sunday is 1."""
    return day.isoweekday() % 7 + 1
