"""F22: from 2025 to 2035 every start exists once, at the local hour that was published."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.hours import COUNTER, WEEKS
from tests.faults.campaign import note
from urp.appointments import slots
from urp.foundation.clock import ROME, to_rome
from urp.hours.calendar import Calendar, Interval
from urp.hours.days import DatedRule
from urp.hours.grammar import WeekRule, parse
from urp.hours.holidays import Holidays, national

FIRST, LAST = 2025, 2035
HOLIDAYS = national(FIRST, LAST)
DAY, WEEK, HOUR = timedelta(days=1), timedelta(weeks=1), timedelta(hours=1)
SUNDAYS = "Su 07:00-12:00,14:00-20:00"
AS_PUBLISHED = {"step_minutes": 30, "ticks": 6}


@pytest.mark.parametrize("expression", [COUNTER, SUNDAYS])
def test_f22_eleven_years_of_starts_as_the_clock_on_the_wall_says(expression: str) -> None:
    found = starts_of(parse(expression), FIRST, LAST, **AS_PUBLISHED)
    wanted = [at for at, _wall in by_hand(parse(expression), FIRST, LAST, **AS_PUBLISHED)]
    lost, doubled = set(wanted) - set(found), [at for at, times in Counter(found).items() if times > 1]
    note("F22 all starts of 2025–2035 across 22 clock changes", "none", 1, lost=len(lost), doubled=len(doubled))
    assert found == wanted
    assert len(found) == len(set(found)) > 5_000


@settings(max_examples=30, deadline=None)
@given(WEEKS, st.integers(FIRST, LAST), st.sampled_from([10, 15, 20, 30, 45, 60]), st.integers(1, 24))
def test_f22_any_week_step_and_length_in_any_year(rule: WeekRule, year: int, step: int, ticks: int) -> None:
    found = starts_of(rule, year, year, step_minutes=step, ticks=ticks)
    wanted = list(by_hand(rule, year, year, step_minutes=step, ticks=ticks))
    assert found == [at for at, _wall in wanted]
    assert [to_rome(at).replace(tzinfo=None) for at in found] == [wall for _at, wall in wanted]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("change", "hours"),
    [("2026-03-29", 23), ("2026-10-25", 25), ("2027-03-28", 23), ("2027-10-31", 25), ("2035-10-28", 25)],
)
def test_f22_the_week_of_a_clock_change_is_like_any_other(change: str, hours: int) -> None:
    sunday = date.fromisoformat(change)
    found = starts_of(parse(f"Sa {SUNDAYS[3:]}; {SUNDAYS}"), sunday.year, sunday.year, **AS_PUBLISHED, holidays={})
    on = {day: [at for at in found if to_rome(at).date() == day] for day in (sunday - DAY, sunday)}
    assert len(on[sunday]) == len(on[sunday - DAY]) == 22
    assert {later - at for at, later in zip(on[sunday - DAY], on[sunday], strict=True)} == {hours * HOUR}


@pytest.mark.parametrize(
    ("night", "wall"),
    [
        ("2026-03-29", ["01:00", "01:30", "03:00", "03:30"]),
        ("2027-10-31", ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]),
    ],
)
def test_f22_across_the_night_itself_no_start_is_lost_or_told_twice(night: str, wall: list[str]) -> None:
    day = date.fromisoformat(night)
    from_one_to_four = Interval(instant(day, time(1)), instant(day, time(4)))
    found = slots.starts([from_one_to_four], **AS_PUBLISHED)
    assert [f"{to_rome(at):%H:%M}" for at in found] == wall
    assert [later - at for at, later in pairwise(found)] == [HOUR / 2] * (len(wall) - 1)


@pytest.mark.parametrize("day", ["2025-12-25", "2026-12-08", "2027-04-29", "2034-12-07", "2033-11-01", "2029-08-15"])
def test_f22_no_start_on_a_holiday(day: str) -> None:
    closed = date.fromisoformat(day)
    every_day = parse("Mo-Su 10:00-12:00")
    kept = starts_of(every_day, closed.year, closed.year, **AS_PUBLISHED)
    open_days = {to_rome(at).date() for at in kept}
    assert (closed in open_days) is (closed not in HOLIDAYS)
    assert open_days.isdisjoint(HOLIDAYS)
    assert len(open_days) == (date(closed.year + 1, 1, 1) - date(closed.year, 1, 1)).days - sum(
        holiday.year == closed.year for holiday in HOLIDAYS
    )


def test_f22_a_counter_that_adds_hours_instead_of_days_is_told() -> None:
    rule = parse("Tu 10:00-12:00")
    right = starts_of(rule, 2026, 2026, **AS_PUBLISHED, holidays={})
    first_week = right[:4]
    naive = [at + WEEK * number for number in range(52) for at in first_week]
    assert {to_rome(at).date() for at in set(naive) - set(right)} == {
        day for day in (to_rome(at).date() for at in right) if date(2026, 3, 29) <= day < date(2026, 10, 25)
    }


def starts_of(
    rule: WeekRule, first: int, last: int, *, step_minutes: int, ticks: int, holidays: Holidays = HOLIDAYS
) -> list[datetime]:
    """What the program offers in these years."""
    begin, end = date(first, 1, 1), date(last, 12, 31)
    made = Calendar([DatedRule(begin, rule)], first=begin, last=end, holidays=holidays)
    return slots.starts(made.intervals(begin, end), step_minutes=step_minutes, ticks=ticks)


def by_hand(
    rule: WeekRule, first: int, last: int, *, step_minutes: int, ticks: int
) -> Iterator[tuple[datetime, datetime]]:
    """The same by counting on the wall clock, one minute figure after the other: instant and local time."""
    day = date(first, 1, 1)
    while day.year <= last:
        for range_ in rule.on(day) if day not in HOLIDAYS else ():
            opens, closes = (of.hour * 60 + of.minute for of in (range_.opens, range_.closes))
            for minute in range(opens, closes - ticks * 5 + 1, step_minutes):
                wall = datetime.combine(day, time(minute // 60, minute % 60))
                yield instant(day, wall.time()), wall
        day += DAY


def instant(day: date, wall: time) -> datetime:
    """A time on the clock of Rome, in UTC, as `zoneinfo` knows it."""
    at = datetime.combine(day, wall, ROME).astimezone(UTC)
    assert at.astimezone(ROME).replace(tzinfo=None, fold=0) == datetime.combine(day, wall)  # such a time exists
    return at
