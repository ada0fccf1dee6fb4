"""Schedule expressions and rotation windows."""

from datetime import UTC, datetime

import pytest

from lodekey.services.secretsmanager.errors import InvalidParameterException
from lodekey.services.secretsmanager.schedule import every_days, read_duration, read_schedule


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(when):
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "duration", "since", "start", "end"),
    [
        ("rate(4 hours)", None, "2024-02-28 22:15", "2024-02-29 02:00", "2024-02-29 03:00"),
        ("rate(6 hours)", 2, "2024-01-01 00:00", "2024-01-01 06:00", "2024-01-01 08:00"),
        ("rate(1 day)", None, "2024-01-01 13:00", "2024-01-02 00:00", "2024-01-03 00:00"),
        ("rate(10 days)", 3, "2024-01-01 13:00", "2024-01-11 00:00", "2024-01-11 03:00"),
        ("cron(0 8 * * ? *)", None, "2024-01-01 07:59", "2024-01-01 08:00", "2024-01-02 00:00"),
        ("cron(0 8 * * ? *)", 4, "2024-01-01 08:00", "2024-01-02 08:00", "2024-01-02 12:00"),
        ("cron(0 8 1 * ? *)", None, "2024-01-01 08:00", "2024-02-01 08:00", "2024-02-02 00:00"),
        ("cron(0 0 L * ? *)", None, "2024-02-01 00:00", "2024-02-29 00:00", "2024-03-01 00:00"),
        ("cron(0 16 ? * 6L *)", None, "2024-01-01 00:00", "2024-01-26 16:00", "2024-01-27 00:00"),
        ("cron(0 1 ? * MON *)", None, "2024-01-02 00:00", "2024-01-08 01:00", "2024-01-09 00:00"),
        ("cron(0 1 ? * 2#1 *)", None, "2024-01-02 00:00", "2024-02-05 01:00", "2024-02-06 00:00"),
        ("cron(0 0/8 * * ? *)", None, "2024-01-01 09:00", "2024-01-01 16:00", "2024-01-01 17:00"),
        ("cron(0 /12 * * ? *)", None, "2024-01-01 12:00", "2024-01-02 00:00", "2024-01-02 01:00"),
        ("cron(0 4 1 1/3 ? *)", None, "2024-01-02 00:00", "2024-04-01 04:00", "2024-04-02 00:00"),
        ("cron(0 4 29 FEB ? *)", None, "2024-03-01 00:00", "2028-02-29 04:00", "2028-03-01 00:00"),
        (
            "cron(0 9 ? JAN-MAR SUN,SAT *)",
            None,
            "2024-04-01 00:00",
            "2025-01-04 09:00",
            "2025-01-05 00:00",
        ),
        ("cron(0 9 ? * L *)", None, "2024-04-01 00:00", "2024-04-06 09:00", "2024-04-07 00:00"),
    ],
)
def test_the_next_window(expression, duration, since, start, end):
    window = read_schedule(expression, duration).after(at(since))
    assert (start, end) == (shown(window.start), shown(window.end))


def test_automatically_after_days_is_a_rate_in_days():
    assert read_schedule("rate(30 days)") == every_days(30)
    assert every_days(30).in_days == 30
    assert read_schedule("rate(36 hours)").in_days is None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(3 hours)",
        "rate(0 days)",
        "rate(1000 days)",
        "rate(5 minutes)",
        "every day",
        "cron(0 8 * * *)",
        "cron(5 8 * * ? *)",
        "cron(0 8 * * ? 2030)",
        "cron(0 0/2 * * ? *)",
        "cron(0 1,23 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 * 13 ? *)",
        "cron(0 8 * * 8 *)",
        "cron(0 8 1 * MON *)",
        "cron(0 8 ? * ? *)",
        "cron(0 8 ? * MON#6 *)",
        "cron(0 x * * ? *)",
        "cron(0 8/ * * ? *)",
        "cron(0 8 , * ? *)",
        "cron(0 8 5-2 * ? *)",
    ],
)
def test_what_is_no_schedule_is_refused(expression):
    with pytest.raises(InvalidParameterException):
        read_schedule(expression)


@pytest.mark.parametrize(
    ("expression", "duration"),
    [
        ("rate(4 hours)", 5),
        ("cron(0 20 * * ? *)", 5),
        ("cron(0 0/8 * * ? *)", 9),
    ],
)
def test_a_window_must_end_before_the_next_begins(expression, duration):
    assert read_schedule(expression, 4)
    with pytest.raises(InvalidParameterException):
        read_schedule(expression, duration)


def test_a_date_that_never_comes_is_refused_when_it_is_reckoned():
    with pytest.raises(InvalidParameterException, match="never"):
        read_schedule("cron(0 8 30 2 ? *)").after(at("2024-01-01 00:00"))


@pytest.mark.parametrize(("text", "hours"), [("1h", 1), ("24h", 24)])
def test_durations(text, hours):
    assert hours == read_duration(text)


@pytest.mark.parametrize("text", ["0h", "25h", "3", "h"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(InvalidParameterException):
        read_duration(text)
