"""The arithmetic of times: whole visits inside one opening, an even share for the phone, starts as forms name them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.hours import COUNTER, WEEKS, calendar, rome
from urp.appointments.slots import (
    TICK_S,
    BadStart,
    Week,
    free,
    instant_of,
    kept_for_phone,
    nearest,
    open_desks,
    parse_start,
    starts,
    tick_of,
    ticks_of,
    week_of,
)
from urp.hours.calendar import Calendar, Interval
from urp.hours.days import DatedRule
from urp.hours.grammar import WeekRule

TUESDAY = date(2026, 11, 24)
HALF_HOUR = 6


def day(expression: str = COUNTER, when: date = TUESDAY) -> list[Interval]:
    return calendar(expression, by_appointment=True).intervals(when, when)


def wall(found: list[datetime]) -> str:
    return " ".join(f"{start.astimezone(rome('2026-01-01 00:00').tzinfo):%H:%M}" for start in found)


def test_visits_start_at_each_opening_and_end_before_the_closing() -> None:
    found = starts(day(), step_minutes=30, ticks=HALF_HOUR)
    assert wall(found) == "10:00 10:30 11:00 11:30 14:00 14:30 15:00 15:30"
    assert all(start.tzinfo is UTC for start in found)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(10, "10:00 10:30 11:00 11:30"), (35, "10:00 10:30 11:00"), (50, "10:00 10:30 11:00"), (120, "10:00"), (125, "")],
)
def test_a_longer_visit_starts_on_the_same_steps_and_never_runs_over_the_end(minutes: int, expected: str) -> None:
    assert wall(starts(day("Tu 10:00-12:00"), step_minutes=30, ticks=minutes // 5)) == expected


def test_the_afternoon_has_a_grid_of_its_own() -> None:
    assert (
        wall(starts(day("Tu 10:00-11:20,14:15-15:15"), step_minutes=30, ticks=HALF_HOUR)) == "10:00 10:30 14:15 14:45"
    )


def test_an_opening_inside_a_tick_is_rounded_up() -> None:
    assert wall(starts(day("Tu 10:07-11:12"), step_minutes=30, ticks=HALF_HOUR)) == "10:10 10:40"


@given(week=WEEKS, step=st.sampled_from([5, 10, 15, 30, 45]), ticks=st.integers(1, 30))
def test_every_start_is_whole_ticks_inside_one_opening(week: WeekRule, step: int, ticks: int) -> None:
    first, last = date(2026, 10, 19), date(2026, 11, 1)  # a clock change in the middle
    made = Calendar([DatedRule(date(2020, 1, 1), week)], first=first, last=last)
    intervals = made.intervals(first, last)
    for start in starts(intervals, step_minutes=step, ticks=ticks):
        claimed = ticks_of(start, ticks)
        assert instant_of(tick_of(start)) == start
        assert len(claimed) == ticks
        assert any(i.starts_at <= start and instant_of(claimed.stop) <= i.ends_at for i in intervals)


def test_a_start_is_free_when_one_desk_has_all_its_ticks() -> None:
    start = starts(day(), step_minutes=30, ticks=HALF_HOUR)[0]
    first = tick_of(start)
    busy = {first: 1 << 1, first + 5: 1 << 2}
    assert free([start], ticks=HALF_HOUR, desks=2, busy=busy, kept={}) == []
    assert open_desks(start, ticks=5, desks=2, busy=busy, kept={}) == [2]
    assert open_desks(start, ticks=HALF_HOUR, desks=3, busy=busy, kept={}) == [3]
    assert open_desks(start, ticks=HALF_HOUR, desks=3, busy=busy, kept={first + 2: 1 << 3}) == []
    assert open_desks(start, ticks=HALF_HOUR, desks=1, busy={first + HALF_HOUR: 1 << 1}, kept={}) == [1]


@given(share=st.integers(0, 90), desks=st.integers(1, 50), step=st.sampled_from([10, 15, 30, 60]))
def test_the_phones_share_is_what_it_says_to_the_nearest_visit(share: int, desks: int, step: int) -> None:
    intervals = day()
    grid = starts(intervals, step_minutes=step, ticks=step // 5)
    kept = kept_for_phone(intervals, step_minutes=step, desks=desks, share_percent=share)
    ticks = sum(mask.bit_count() for mask in kept.values())
    assert ticks % (step // 5) == 0
    assert abs(ticks // (step // 5) - len(grid) * desks * share / 100) <= 0.5
    assert all(1 <= mask.bit_length() - 1 <= desks and not mask & 1 for mask in kept.values())


def test_the_phones_share_is_spread_over_the_day() -> None:
    kept = kept_for_phone(day(), step_minutes=30, desks=1, share_percent=20)
    grid = starts(day(), step_minutes=30, ticks=HALF_HOUR)
    assert wall([start for start in grid if tick_of(start) in kept]) == "11:00 15:30"


@pytest.mark.parametrize(
    "text",
    ["2026-11-24T10:30+01:00", " 2026-11-24T09:30:00Z ", "2026-11-24T18:30+09:00", "2026-W48-2T09:30+00:00"],
)
def test_one_instant_has_many_spellings(text: str) -> None:
    assert parse_start(text) == rome("2026-11-24 10:30")
    assert parse_start(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-11-24T10:30", "2026-11-24", "20261124"])
def test_a_time_without_zone_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadStart) as refused:
        parse_start(text)
    assert refused.value.why == "no_offset"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "domani",
        "2026-02-30T10:00Z",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "10:30+01:00",
        "\0",
        "0001-01-01T00:00Z",
        "0001-12-31T23:59Z",
        "9999-01-01T00:00Z",
        "9999-12-31T23:30Z",
        "9999-12-31T23:59+00:00",
    ],
)
def test_what_is_no_instant_is_refused_by_name(text: str) -> None:
    with pytest.raises(BadStart) as refused:
        parse_start(text)
    assert refused.value.why == "format"


@given(st.text())
def test_no_text_does_worse_than_bad_start(text: str) -> None:
    with suppress(BadStart):
        assert parse_start(text).tzinfo is UTC


def test_a_week_knows_its_name_its_days_and_its_neighbours() -> None:
    week = week_of("2026-W53", TUESDAY)
    assert (week.first, week.last) == (date(2026, 12, 28), date(2027, 1, 3))
    assert (week.previous.label, week.label, week.next.label) == ("2026-W52", "2026-W53", "2027-W01")


@pytest.mark.parametrize(
    "text", [None, "", "2027-W53", "2026-W00", "2026-48", "9999-W01", "0000-W10", "2026-W48 ", "2026-W٤٨"]
)
def test_nonsense_is_the_week_of_today(text: str | None) -> None:
    assert week_of(text, TUESDAY) == Week(date(2026, 11, 23))


@given(st.dates(date(2025, 1, 6), date(2027, 12, 26)))
def test_every_week_is_found_again_by_its_name(when: date) -> None:
    week = week_of(None, when)
    assert week.first <= when <= week.last
    assert week_of(week.label, TUESDAY) == week


def test_the_closest_start_comes_first_and_of_two_the_earlier() -> None:
    wanted = rome("2026-11-24 11:00")
    around = [wanted + timedelta(minutes=minutes) for minutes in (-60, -30, 30, 40, 600)]
    assert nearest(around, wanted) == [around[1], around[2], around[3]]
    assert nearest([], wanted) == []


def test_ticks_are_five_minutes_of_utc_also_before_1970() -> None:
    assert TICK_S == 300
    assert tick_of(datetime(1969, 12, 31, 23, 59, tzinfo=UTC)) == -1
    assert instant_of(tick_of(rome("2026-11-24 10:34"))) == rome("2026-11-24 10:30")
