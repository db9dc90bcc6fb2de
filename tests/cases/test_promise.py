"""The promise counts the office's own hours and never promises what the calendar cannot keep."""

from datetime import date

import pytest

from tests.factories.hours import calendar, rome
from urp.cases.promise import Promise, promised_at
from urp.hours.calendar import BeyondCalendar, Calendar
from urp.hours.days import ExceptionalDays


@pytest.mark.parametrize(
    ("received", "promised"),
    [
        ("2026-12-04 11:30", "2026-12-11 12:00"),
        ("2026-11-23 09:12", "2026-11-26 16:00"),
        ("2026-11-23 23:59", "2026-11-26 16:00"),
        ("2026-11-24 00:00", "2026-11-27 12:00"),
        ("2026-11-21 15:00", "2026-11-25 16:00"),
    ],
)
def test_three_working_days_end_at_a_closing(phone, received, promised):
    assert promised_at(phone, rome(received), Promise(working_days=3)) == rome(promised)


@pytest.mark.parametrize(
    ("received", "hours", "promised"),
    [
        ("2026-12-04 11:30", 6, "2026-12-10 11:30"),
        ("2026-12-05 03:00", 4, "2026-12-09 16:00"),
        ("2026-11-23 10:00", 0.5, "2026-11-23 10:30"),
    ],
)
def test_open_hours_are_added_to_open_hours(phone, received, hours, promised):
    assert promised_at(phone, rome(received), Promise(open_hours=hours)) == rome(promised)


def test_a_closure_moves_the_promise():
    closed = ExceptionalDays(date(2026, 12, 9), date(2026, 12, 9), reason="assemblea")
    assert promised_at(calendar(exceptions=[closed]), rome("2026-12-04 11:30"), Promise(working_days=3)) == rome(
        "2026-12-14 16:00"
    )


def test_a_promise_beyond_the_calendar_is_not_made(phone):
    with pytest.raises(BeyondCalendar):
        promised_at(phone, rome("2028-12-28 10:00"), Promise(working_days=3))


@pytest.mark.parametrize(
    "measures",
    [{}, {"working_days": 3, "open_hours": 6}, {"working_days": 0}, {"open_hours": 0}, {"open_hours": -1}],
)
def test_a_promise_has_one_measure_and_it_is_more_than_nothing(measures):
    with pytest.raises(ValueError, match="promise"):
        Promise(**measures)


@pytest.fixture(scope="module")
def phone() -> Calendar:
    return calendar()
