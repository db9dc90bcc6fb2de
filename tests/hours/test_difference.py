"""What changes between two calendars is said in words that an office can confirm."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.hours import COUNTER, PHONE, WEEKS, calendar
from urp.hours.calendar import BeyondCalendar
from urp.hours.days import ExceptionalDays
from urp.hours.difference import difference
from urp.hours.grammar import parse_ranges

FIRST, LAST = date(2026, 11, 23), date(2027, 11, 22)
CHRISTMAS_EVE = date(2026, 12, 24)


def days(first: str, last: str | None = None, ranges: str = "") -> ExceptionalDays:
    return ExceptionalDays(
        date.fromisoformat(first), date.fromisoformat(last or first), parse_ranges(ranges) if ranges else ()
    )


def said(*exceptions, language="it", expression=COUNTER, by_appointment=True, first=FIRST, last=LAST):
    old = calendar(expression, by_appointment=by_appointment)
    new = calendar(expression, by_appointment=by_appointment, exceptions=exceptions)
    return difference(old, new, first, last, language)


def test_equal_calendars_differ_in_nothing():
    assert said() == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [("it", "chiude: martedì 15 e giovedì 17 dicembre"), ("en", "closes: Tuesday 15 and Thursday 17 December")],
)
def test_days_that_close_are_named_and_their_month_is_said_once(language, words):
    assert said(days("2026-12-14", "2026-12-18"), language=language) == (words,)


def test_days_of_two_months_have_each_its_own():
    assert said(days("2026-11-26"), days("2026-12-01")) == ("chiude: giovedì 26 novembre e martedì 1 dicembre",)


def test_three_neighbours_become_a_period_and_days_that_never_open_do_not_part_them():
    assert said(days("2026-12-11", "2026-12-14"), days("2026-12-15"), expression=PHONE) == (
        "chiude: da venerdì 11 dicembre a martedì 15 dicembre",
    )


def test_a_holiday_inside_a_closure_closes_nothing_new():
    assert said(days("2026-12-07", "2026-12-08"), expression=PHONE) == ()


def test_the_year_is_said_where_it_is_another_one():
    assert said(days("2027-01-07")) == ("chiude: giovedì 7 gennaio 2027",)
    assert said(days("2026-12-29", "2027-01-07")) == ("chiude: da martedì 29 dicembre 2026 a giovedì 7 gennaio 2027",)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("it", "cambia: giovedì 24 dicembre: 10.00–12.00 invece di 10.00–12.00 e 14.00–16.00"),
        ("en", "changes: Thursday 24 December: 10:00–12:00 instead of 10:00–12:00 and 14:00–16:00"),
    ],
)
def test_other_hours_say_what_they_replace(language, words):
    assert said(days("2026-12-24", ranges="10:00-12:00"), language=language) == (words,)


def test_a_day_that_opens_says_its_hours_and_whether_one_books():
    saturday = days("2026-12-05", ranges="09:00-12:00")
    assert said(saturday) == ("apre: sabato 5 dicembre: 9.00–12.00, su appuntamento",)
    assert said(saturday, expression=PHONE, by_appointment=False) == ("apre: sabato 5 dicembre: 9.00–12.00",)


def test_the_same_hours_with_or_without_appointment_are_a_change():
    walk_in, booked = calendar(COUNTER), calendar(COUNTER, by_appointment=True)
    day = date(2026, 11, 24)
    assert difference(booked, walk_in, day, day) == ("cambia: martedì 24 novembre: senza appuntamento",)
    assert difference(walk_in, booked, day, day) == ("cambia: martedì 24 novembre: su appuntamento",)
    assert difference(walk_in, booked, day, day, "en") == ("changes: Tuesday 24 November: by appointment",)


def test_another_week_is_counted_by_weekday():
    old, new = calendar(COUNTER), calendar("Tu 10:00-12:00,14:00-16:00; Th,Sa 09:00-12:00")
    assert difference(old, new, FIRST, LAST) == (
        "cambia: 52 giovedì da giovedì 26 novembre 2026 a giovedì 18 novembre 2027: "
        "9.00–12.00 invece di 10.00–12.00 e 14.00–16.00",
        "apre: 50 sabati da sabato 28 novembre 2026 a sabato 20 novembre 2027: 9.00–12.00",
    )
    assert difference(old, new, FIRST, LAST, "en")[1] == (
        "opens: 50 Saturdays from Saturday 28 November 2026 to Saturday 20 November 2027: 9:00–12:00"
    )


def test_closing_for_good_is_one_period():
    assert difference(calendar(PHONE), calendar("off"), FIRST, LAST) == (
        "chiude: da lunedì 23 novembre 2026 a lunedì 22 novembre 2027",
    )


def test_only_the_days_asked_for_are_compared():
    closed = days("2026-12-14", "2026-12-18")
    assert said(closed, first=date(2026, 12, 16), last=date(2026, 12, 18)) == ("chiude: giovedì 17 dicembre",)
    assert said(closed, first=date(2026, 12, 18)) == ()


def test_days_outside_the_calendars_are_refused():
    with pytest.raises(BeyondCalendar):
        said(last=date(2030, 1, 1))


@settings(deadline=None, max_examples=60)
@given(WEEKS, WEEKS, st.dates(date(2026, 1, 1), date(2027, 12, 1)), st.integers(0, 20))
def test_words_are_said_exactly_when_some_interval_differs(one, other, first, length):
    old, new, last = calendar(str(one)), calendar(str(other)), first + timedelta(length)
    same = old.intervals(first, last) == new.intervals(first, last)
    assert (difference(old, new, first, last) == ()) == same
