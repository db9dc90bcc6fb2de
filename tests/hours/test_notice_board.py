"""What pages show of hours is what the calendar holds."""

from datetime import date, timedelta

import pytest

from tests.factories.hours import COUNTER, PHONE, calendar, rome
from urp.hours.calendar import Timetable
from urp.hours.days import DatedRule, ExceptionalDays
from urp.hours.grammar import parse, parse_ranges
from urp.hours.notice_board import channel_hours, closures
from urp.hours.open_data import fresh_for, hours_data, status_data

MONDAY = rome("2026-11-23 10:30")
CLOSED = ExceptionalDays(
    date(2026, 12, 24),
    date(2026, 12, 31),
    reason="ferie",
    reason_en="holidays",
    notice="Torniamo il 4 gennaio.",
)
SHORT = ExceptionalDays(date(2026, 12, 3), date(2026, 12, 3), parse_ranges("10:00-11:00"), reason="assemblea")


def test_a_channel_in_words():
    shown = channel_hours(_phone(), MONDAY)
    assert (shown.open, shown.text) == (True, "Aperto ora, fino alle 12.00")
    assert shown.week.lines[0] == ("dal lunedì al giovedì", "10.00–12.00 e 14.00–16.00")
    assert shown.week.note == "Numero gratuito"
    assert channel_hours(_phone(), MONDAY, "en").week.note == "Free of charge"
    assert shown.coming == ()


def test_a_change_of_hours_is_announced_before_it_comes():
    summer = DatedRule(date(2027, 1, 11), parse("Mo-Fr 09:00-12:00"))
    shown = channel_hours(_phone(rules=(_rule(PHONE), summer)), MONDAY)
    [week] = shown.coming
    assert (week.begins, week.sentence) == ("lunedì 11 gennaio 2027", "dal lunedì al venerdì dalle 9 alle 12")


def test_the_counter_is_by_appointment_and_not_open():
    shown = channel_hours(_counter(), rome("2026-11-24 10:30"))
    assert shown.by_appointment
    assert not shown.open


def test_closures_list_only_what_takes_something_away():
    found = closures([_phone(), _counter()], date(2026, 11, 23))
    assert [(one.when, one.channels) for one in found] == [
        ("lunedì 7 dicembre 2026", ("telefono",)),
        ("martedì 8 dicembre 2026", ("telefono", "sportello")),
        ("venerdì 25 dicembre 2026", ("telefono",)),
        ("venerdì 1 gennaio 2027", ("telefono",)),
        ("mercoledì 6 gennaio 2027", ("telefono",)),
    ]


@pytest.mark.parametrize(("today", "first"), [(date(2026, 12, 7), 7), (date(2026, 12, 8), 8)])
def test_a_holiday_is_listed_through_its_own_day(today, first):
    assert closures([_phone()], today)[0].first == date(2026, 12, first)


def test_exceptions_are_listed_once_for_both_channels():
    found = closures([_phone(CLOSED, SHORT), _counter(CLOSED)], date(2026, 11, 23))
    [ferie] = [one for one in found if one.reason == "ferie"]
    assert ferie.when == "da giovedì 24 dicembre a giovedì 31 dicembre 2026"
    assert ferie.channels == ("telefono", "sportello")
    assert ferie.notice == "Torniamo il 4 gennaio."
    [short] = [one for one in found if one.reason == "assemblea"]
    assert (short.hours, short.channels) == ("10.00–11.00", ("telefono",))
    assert "Natale" not in [one.reason for one in found]  # inside the closure already


def test_a_closure_says_for_whom_it_is_one():
    monday, tuesday = (ExceptionalDays(date(2026, 12, day), date(2026, 12, day), reason="corso") for day in (14, 15))
    found = closures([_phone(monday, tuesday, SHORT), _counter()], date(2026, 12, 3))
    assert [(one.reason, one.effect) for one in found][:3] == [
        ("assemblea", "Telefono: 10.00–11.00"),
        ("Sant’Ambrogio", "Chiuso"),  # a Monday: the counter would not receive anyway
        ("Immacolata Concezione", "Chiuso"),
    ]
    assert [one.effect for one in found if one.reason == "corso"] == ["Chiuso", "Telefono: chiuso"]


def test_an_exception_that_decides_no_day_is_not_told():
    replaced = ExceptionalDays(SHORT.first, SHORT.last, parse_ranges("14:00-15:00"), reason="guasto")
    found = closures([_phone(replaced, SHORT)], date(2026, 12, 3))
    assert [one.reason for one in found if one.first == SHORT.first] == ["assemblea"]
    assert "guasto" in [one.reason for one in closures([_phone(SHORT, replaced)], date(2026, 12, 3))]


def test_every_change_of_hours_within_ninety_days_is_announced():
    changes = [
        DatedRule(date(2026, 12, 14), parse("Mo 09:00-12:00")),
        DatedRule(date(2027, 1, 11), parse(PHONE)),
        DatedRule(date(2027, 2, 22), parse("Tu 09:00-12:00")),
    ]
    shown = channel_hours(_phone(rules=(_rule(PHONE), *changes)), MONDAY, "en")
    assert [week.begins for week in shown.coming] == ["Monday 14 December 2026", "Monday 11 January 2027"]


@pytest.mark.parametrize(("today", "listed"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)])
def test_a_closure_disappears_after_its_last_day(today, listed):
    found = closures([_phone(CLOSED)], today, "en")
    assert ("holidays" in [one.reason for one in found]) is listed


def test_the_data_hold_the_very_intervals_of_the_calendar():
    phone = _phone(CLOSED, SHORT)
    data = hours_data([phone, _counter(CLOSED)], date(2026, 11, 23), "it")
    days = data["telefono"]["days"]
    told = [(one["starts_at"], one["ends_at"]) for day in days for one in day["intervals"]]
    held = phone.calendar.intervals(date(2026, 11, 23), date(2026, 11, 23) + timedelta(days=27))
    assert told[0] == ("2026-11-23T10:00:00+01:00", "2026-11-23T12:00:00+01:00")
    assert len(told) == len(held) > 30
    assert {day["date"]: day["closed_reason"] for day in days}["2026-12-07"] == "Sant’Ambrogio"
    assert data["telefono"]["rules"][0]["expression"] == PHONE
    assert data["closures"][0]["reason"] == "assemblea"
    assert data["timezone"] == "Europe/Rome"


def test_the_status_as_data():
    data = status_data([_phone(), _counter()], MONDAY, "it")
    assert data["telefono"] == {
        "open": True,
        "until": "2026-11-23T12:00:00+01:00",
        "opens_at": None,
        "by_appointment": False,
        "text": "Aperto ora, fino alle 12.00",
    }
    assert data["sportello"]["open"] is False
    assert data["sportello"]["opens_at"] == "2026-11-24T10:00:00+01:00"


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        ("2026-11-23 10:30", 60),
        ("2026-11-23 11:59:40", 20),
        ("2026-11-24 10:30", 60),  # the counter is receiving
        ("2026-11-23 13:59:55", 5),
        ("2026-11-23 23:59:30", 30),
    ],
)
def test_a_status_is_not_kept_beyond_a_change(at, seconds):
    assert fresh_for([_phone(), _counter()], rome(at)) == seconds


def _phone(*exceptions: ExceptionalDays, rules: tuple[DatedRule, ...] = ()) -> Timetable:
    return Timetable("telefono", rules or (_rule(PHONE),), exceptions, calendar(exceptions=exceptions))


def _counter(*exceptions: ExceptionalDays) -> Timetable:
    rule = DatedRule(date(2020, 1, 1), parse(COUNTER), by_appointment=True)
    compiled = calendar(COUNTER, by_appointment=True, exceptions=exceptions)
    return Timetable("sportello", (rule,), exceptions, compiled)


def _rule(expression: str) -> DatedRule:
    return DatedRule(date(2020, 1, 1), parse(expression), note="Numero gratuito", note_en="Free of charge")
