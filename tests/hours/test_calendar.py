"""The compiled calendar knows the facts of the Italian year and answers at the very minute."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from tests.factories.hours import calendar, rome
from urp.foundation.clock import ROME
from urp.hours.calendar import BeyondCalendar, Calendar, StatusKind, horizon
from urp.hours.days import DatedRule, ExceptionalDays
from urp.hours.grammar import parse, parse_ranges


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23 09:59:59", False),
        ("2026-11-23 10:00", True),
        ("2026-11-23 11:59:59", True),
        ("2026-11-23 12:00", False),
        ("2026-11-23 13:59", False),
        ("2026-11-23 14:00", True),
        ("2026-11-23 16:00", False),
        ("2026-12-04 11:30", True),
        ("2026-12-04 14:30", False),
        ("2026-12-05 11:00", False),
    ],
)
def test_the_line_opens_and_closes_at_the_minute(phone, at, expected):
    assert phone.is_open(rome(at)) is expected


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 4, 6), "Lunedì dell’Angelo"),
        (date(2027, 3, 29), "Lunedì dell’Angelo"),
        (date(2026, 10, 4), "Festa nazionale di San Francesco d’Assisi, patrono d’Italia"),
        (date(2027, 10, 4), "Festa nazionale di San Francesco d’Assisi, patrono d’Italia"),
        (date(2026, 12, 7), "Sant’Ambrogio"),
        (date(2026, 12, 8), "Immacolata Concezione"),
    ],
)
def test_a_holiday_is_closed_and_says_its_name(phone, day, name):
    assert phone.intervals(day, day) == []
    assert phone.closed_reason(day) == name


def test_the_fourth_of_october_was_a_working_day_before_the_law_changed(phone):
    assert phone.closed_reason(date(2025, 10, 4)) is None


def test_an_ordinary_closed_day_needs_no_reason(phone):
    assert phone.closed_reason(date(2026, 11, 22)) is None


def test_a_reason_is_told_in_english_too(phone):
    assert phone.closed_reason(date(2026, 12, 7), "en") == "Saint Ambrose’s Day"


@pytest.mark.parametrize(
    ("before", "after", "shift_h"),
    [
        (date(2026, 3, 27), date(2026, 3, 30), -1),
        (date(2026, 10, 23), date(2026, 10, 26), 1),
        (date(2027, 3, 26), date(2027, 3, 30), -1),
        (date(2027, 10, 29), date(2027, 11, 2), 1),
    ],
)
def test_ten_o_clock_stays_ten_o_clock_over_a_clock_change(phone, before, after, shift_h):
    opened = [phone.intervals(day, day)[0].starts_at for day in (before, after)]
    assert [at.astimezone(ROME).time() for at in opened] == [time(10), time(10)]
    moved = timedelta(days=(after - before).days, hours=shift_h)
    assert opened[1] - opened[0] == moved


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)])
def test_hours_on_the_day_of_a_clock_change_last_as_long_as_they_say(day):
    sundays = calendar("Su 07:00-12:00", holidays={})
    [interval] = sundays.intervals(day, day)
    assert interval.ends_at - interval.starts_at == timedelta(hours=5)
    assert interval.starts_at.astimezone(ROME).time() == time(7)


def test_any_zone_may_ask_but_a_naive_time_means_nothing(phone):
    assert phone.is_open(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    with pytest.raises(ValueError, match="time zone"):
        phone.is_open(datetime(2026, 11, 23, 10, 0))


def test_the_counter_receives_but_is_never_open(counter):
    tuesday = rome("2026-11-24 10:30")
    assert not counter.is_open(tuesday)
    assert counter.interval_at(tuesday).starts_at == rome("2026-11-24 10:00")
    assert counter.status(tuesday).kind is StatusKind.BY_APPOINTMENT


def test_the_next_opening_skips_the_long_december_weekend(phone):
    assert phone.next_opening(rome("2026-12-04 12:00")).starts_at == rome("2026-12-09 10:00")
    assert phone.next_opening(rome("2026-11-23 10:00")).starts_at == rome("2026-11-23 14:00")


def test_six_open_hours_from_friday_end_on_thursday(phone):
    at = phone.add_open_time(rome("2026-12-04 11:30"), timedelta(hours=6))
    assert at == rome("2026-12-10 11:30")
    assert at.tzinfo is UTC


def test_open_time_ends_at_a_closing_not_at_the_next_opening(phone):
    assert phone.add_open_time(rome("2026-11-23 10:00"), timedelta(hours=2)) == rome("2026-11-23 12:00")
    assert phone.add_open_time(rome("2026-11-23 12:30"), timedelta()) == rome("2026-11-23 12:30")
    with pytest.raises(ValueError, match="never taken away"):
        phone.add_open_time(rome("2026-11-23 10:00"), timedelta(minutes=-1))


@pytest.mark.parametrize("at", ["2026-12-04 00:00", "2026-12-04 11:00", "2026-12-04 23:59"])
def test_working_days_are_counted_after_the_local_day(phone, at):
    assert phone.add_working_days(rome(at), 1) == rome("2026-12-09 16:00")
    assert phone.add_working_days(rome(at), 3) == rome("2026-12-11 12:00")


def test_no_working_day_is_not_a_promise(phone):
    with pytest.raises(ValueError, match="at least one"):
        phone.add_working_days(rome("2026-12-04 11:00"), 0)


def test_the_last_closing_before_a_day_skips_weekends_and_holidays(phone):
    assert phone.last_closing_before(date(2026, 11, 24)) == rome("2026-11-23 16:00")
    assert phone.last_closing_before(date(2026, 11, 23)) == rome("2026-11-20 12:00")
    assert phone.last_closing_before(date(2026, 12, 9)) == rome("2026-12-04 12:00")
    assert phone.last_closing_before(date(2025, 1, 1)) is None
    with pytest.raises(BeyondCalendar):
        phone.last_closing_before(date(2029, 1, 1))


def test_a_new_rule_begins_on_its_day():
    rules = [
        DatedRule(date(2026, 9, 7), parse("Mo 15:00-17:00")),
        DatedRule(date(2026, 1, 12), parse("Mo 10:00-12:00")),
    ]
    compiled = Calendar(rules, first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert compiled.intervals(date(2026, 1, 1), date(2026, 1, 11)) == []
    assert compiled.is_open(rome("2026-01-12 10:00"))
    assert compiled.is_open(rome("2026-08-31 10:00"))
    assert not compiled.is_open(rome("2026-09-07 10:00"))
    assert compiled.is_open(rome("2026-09-07 15:00"))


def test_a_closure_wins_over_the_week_and_gives_its_reason():
    compiled = calendar(exceptions=[ExceptionalDays(date(2026, 8, 10), date(2026, 8, 21), reason="chiusura estiva")])
    assert compiled.intervals(date(2026, 8, 10), date(2026, 8, 21)) == []
    assert compiled.closed_reason(date(2026, 8, 12)) == "chiusura estiva"
    assert compiled.is_open(rome("2026-08-24 10:00"))


def test_an_exceptional_opening_wins_over_a_holiday():
    morning = parse_ranges("10:00-12:00")
    compiled = calendar(exceptions=[ExceptionalDays(date(2026, 12, 7), date(2026, 12, 7), morning)])
    assert compiled.is_open(rome("2026-12-07 11:00"))
    assert compiled.closed_reason(date(2026, 12, 7)) is None


def test_the_shortest_exception_decides_and_among_equals_the_last():
    long = ExceptionalDays(date(2026, 12, 21), date(2026, 12, 31), reason="ferie")
    morning = ExceptionalDays(date(2026, 12, 29), date(2026, 12, 29), parse_ranges("09:00-10:00"))
    later = ExceptionalDays(date(2026, 12, 29), date(2026, 12, 29), parse_ranges("15:00-16:00"))
    compiled = calendar(exceptions=[morning, later, long])
    assert [one.starts_at for one in compiled.intervals(date(2026, 12, 28), date(2026, 12, 30))] == [
        rome("2026-12-29 15:00")
    ]


def test_an_exception_cannot_end_before_it_begins():
    with pytest.raises(ValueError, match="ends before it begins"):
        ExceptionalDays(date(2026, 12, 8), date(2026, 12, 7))


def test_questions_beyond_the_calendar_are_refused_by_name(phone):
    after, before = rome("2029-01-01 00:00"), rome("2024-12-31 23:59")
    for ask in (phone.is_open, phone.next_opening, phone.status, lambda at: phone.add_working_days(at, 1)):
        for at in (after, before):
            with pytest.raises(BeyondCalendar):
                ask(at)
    with pytest.raises(BeyondCalendar):
        phone.intervals(date(2028, 12, 31), date(2029, 1, 1))
    with pytest.raises(BeyondCalendar):
        phone.closed_reason(date(2029, 1, 1))
    with pytest.raises(BeyondCalendar):
        phone.add_open_time(rome("2028-12-29 11:00"), timedelta(hours=1, seconds=1))
    with pytest.raises(BeyondCalendar):
        phone.add_working_days(rome("2028-12-29 11:00"), 1)


def test_the_last_opening_has_no_next_one(phone):
    assert phone.next_opening(rome("2028-12-29 10:00")) is None
    assert phone.status(rome("2028-12-29 13:00")).opens_at is None


def test_the_horizon_runs_from_last_year_to_the_year_after_next():
    assert horizon(date(2026, 12, 31)) == (date(2025, 1, 1), date(2028, 12, 31))


def test_the_version_changes_with_the_hours_and_only_with_them():
    same = calendar("Mo 10:00-12:00; Tu 10:00-12:00")
    assert calendar("Mo-Tu 10:00-12:00").version == same.version
    assert calendar("Mo-Tu 10:00-12:01").version != same.version
    rule = DatedRule(date(2020, 1, 1), parse("Mo-Tu 10:00-12:00"), by_appointment=True)
    assert Calendar([rule], first=same.first, last=same.last, holidays=same.holidays).version != same.version
