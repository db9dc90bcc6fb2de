"""An independent reader of opening hours finds no quarter of an hour on which we disagree."""

from datetime import UTC, date, datetime, timedelta

import opening_hours
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.hours import COUNTER, PHONE, WEEKS, rome
from urp.foundation.clock import ROME
from urp.hours.calendar import Calendar
from urp.hours.days import DatedRule
from urp.hours.holidays import national

QUARTER = timedelta(minutes=15)
YEARS = (2026, 2027, 2028)


def test_three_years_of_quarters_of_an_hour_agree(phone):
    differences, asked = _differences(phone, _oracle(PHONE, national(*YEARS[::2])), date(2026, 1, 1), 3 * 365 + 1)
    assert asked == 1096 * 96  # 2028 is a leap year; what a clock change takes, another gives back
    assert differences == []


def test_three_years_of_the_counter_agree_and_it_is_never_open(counter):
    by_appointment = COUNTER + ' unknown "solo su appuntamento"'
    oracle = _oracle(by_appointment, national(*YEARS[::2]))
    differences, asked = _differences(
        counter,
        oracle,
        date(2026, 1, 1),
        3 * 365 + 1,
        ask=lambda calendar, at: calendar.interval_at(at) is not None,
        ask_oracle=lambda oracle, at: oracle.is_unknown(at),
    )
    assert (differences, asked) == ([], 1096 * 96)
    assert not any(oracle.is_open(rome(f"2026-11-24 {hour:02d}:30")) for hour in range(24))


def test_a_forgotten_patron_saint_does_not_escape_the_comparison(phone):
    without = [day for day in national(*YEARS[::2]) if (day.month, day.day) != (12, 7)]
    differences, _ = _differences(phone, _oracle(PHONE, without), date(2026, 12, 1), 31)
    assert {at.date() for at in differences} == {date(2026, 12, 7)}
    assert len(differences) == 16  # four hours of quarters


@settings(max_examples=40, deadline=None)
@given(WEEKS, st.sampled_from([date(2026, 3, 23), date(2026, 7, 6), date(2027, 10, 25)]))
def test_any_week_that_can_be_written_agrees(rule, monday):
    ours = Calendar([DatedRule(date(2020, 1, 1), rule)], first=date(2026, 1, 1), last=date(2027, 12, 31))
    differences, _ = _differences(ours, _oracle(str(rule), []), monday, 7)
    assert differences == []


@pytest.mark.parametrize(
    ("at", "expected"), [("2026-12-07 10:30", False), ("2026-12-09 10:30", True), ("2026-12-09 12:00", False)]
)
def test_the_oracle_itself_is_awake(at, expected):
    oracle = _oracle(PHONE, national(2026, 2026))
    assert oracle.is_open(rome(at)) is expected


def _oracle(expression: str, holidays) -> opening_hours.OpeningHours:
    """Holidays as dated rules: the oracle's own list does not know the patron saint."""
    rules = [expression, *(f"{day:%Y %b %d} off" for day in holidays)]
    return opening_hours.OpeningHours("; ".join(rules), timezone=ROME, auto_country=False, max_interval_days=366)


def _differences(
    ours: Calendar,
    oracle,
    first: date,
    days: int,
    *,
    ask=lambda calendar, at: calendar.is_open(at),
    ask_oracle=lambda oracle, at: oracle.is_open(at),
) -> tuple[list[datetime], int]:
    """Local times on which the two disagree, and how many were asked."""
    at = datetime.combine(first, datetime.min.time(), ROME).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=days), datetime.min.time(), ROME).astimezone(UTC)
    found, asked = [], 0
    while at < end:
        local = at.astimezone(ROME)
        if ask(ours, at) != ask_oracle(oracle, local):
            found.append(local)
        at += QUARTER
        asked += 1
    return found, asked
