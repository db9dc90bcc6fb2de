"""Where the usual library for opening hours cuts its user, ours does not: each edge is shown on both."""

from datetime import UTC, date, datetime, timedelta, timezone

import opening_hours
import pytest
from holidays import country_holidays
from sqlalchemy import Date

from tests.factories.hours import COUNTER, PHONE, calendar, rome
from urp.foundation.clock import ROME
from urp.hours.calendar import StatusKind
from urp.hours.days import ExceptionalDays
from urp.hours.grammar import GrammarError, parse
from urp.hours.holidays import LIBRARY_LANGUAGES, national
from urp.hours.models import HoursException

THURSDAY, SATURDAY_NIGHT = rome("2026-11-26 11:00"), rome("2026-11-28 03:00")
SAINT_AMBROSE, CHRISTMAS = rome("2026-12-07 11:00"), rome("2026-12-25 11:00")


def usual(expression: str, **more: str) -> opening_hours.OpeningHours:
    return opening_hours.OpeningHours(expression, timezone=ROME, auto_country=False, max_interval_days=366, **more)


@pytest.mark.parametrize(
    ("expression", "at", "believes", "means"),
    [
        ("Mo-Su 10:00-12:00; PH off", CHRISTMAS, True, "holidays count for nothing without a country"),
        ("Mo-Fr 10:00-12:00; Nov 31 off", THURSDAY, False, "a day that does not exist closes the year"),
        ("Mo-Th 10:00-12:00; Th 14:00-16:00", THURSDAY, False, "a second clause takes the first one's day away"),
        ("   ", SATURDAY_NIGHT, True, "nothing at all is open day and night"),
        ('"solo su appuntamento"', SATURDAY_NIGHT, True, "a remark alone is open day and night"),
        ("Fr 12:00-10:00", SATURDAY_NIGHT, True, "a range runs into the next day"),
    ],
)
def test_what_the_library_believes_our_grammar_refuses(
    expression: str, at: datetime, believes: bool, means: str
) -> None:
    assert usual(expression).is_open(at) is believes, means
    with pytest.raises(GrammarError):
        parse(expression)


def test_the_library_forgets_the_patron_saint_and_we_do_not() -> None:
    assert usual("Mo-Su 10:00-12:00; PH off", country="IT").is_open(SAINT_AMBROSE)
    assert not calendar("Mo-Su 10:00-12:00").is_open(SAINT_AMBROSE)


def test_the_days_of_an_exception_are_days_that_exist() -> None:
    columns = HoursException.__table__.c
    assert {type(columns[name].type) for name in ("first_day", "last_day")} == {Date}
    with pytest.raises(ValueError, match="day"):
        ExceptionalDays(date(2026, 11, 31), date(2026, 11, 31))


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-5))])
def test_the_library_refuses_other_zones_and_we_count_in_them(zone: timezone) -> None:
    at = THURSDAY.astimezone(zone)
    with pytest.raises(TypeError):
        usual(PHONE).is_open(at)
    assert calendar().is_open(at)


def test_the_library_stops_where_only_the_reason_changes_and_we_say_when_it_opens() -> None:
    closure = ExceptionalDays(date(2026, 11, 24), date(2026, 11, 25), reason="ferie")
    at = rome("2026-11-23 12:30")
    library = usual('Mo-Fr 10:00-12:00; 2026 Nov 24-25 off "ferie"')
    assert not library.is_open(library.next_change(at))
    assert calendar("Mo-Fr 10:00-12:00", exceptions=[closure]).status(at).opens_at == rome("2026-11-26 10:00")


@pytest.mark.parametrize("minutes", range(0, 24 * 60, 30))
def test_by_appointment_is_never_open_at_any_time_of_a_day(counter, minutes: int) -> None:
    tuesday = rome("2026-11-24 00:00") + timedelta(minutes=minutes)
    assert not counter.is_open(tuesday)
    assert counter.status(tuesday).kind is StatusKind.BY_APPOINTMENT


def test_no_text_raises_the_library_s_own_error() -> None:
    with pytest.raises(opening_hours.ParserError):
        usual("Mo 25:61")
    with pytest.raises(GrammarError) as caught:
        parse("Mo 25:61")
    assert not isinstance(caught.value, opening_hours.ParserError)


def test_holidays_answer_an_unknown_language_in_english_and_we_never_ask_in_one() -> None:
    christmas = date(2026, 12, 25)
    assert country_holidays("IT", subdiv="MI", years=2026, language="it")[christmas] == "Christmas Day"
    assert "it" not in LIBRARY_LANGUAGES
    assert national(2026, 2026)[christmas].it == "Natale"


@pytest.mark.parametrize(
    ("expression", "year", "lost"),
    [
        (COUNTER, 2026, ["01-01", "01-06", "06-02", "12-08"]),
        (COUNTER, 2027, ["12-07"]),
        (PHONE, 2026, ["01-01", "01-06", "04-06", "05-01", "06-02", "12-07", "12-08", "12-25"]),
        (PHONE, 2027, ["01-01", "01-06", "03-29", "06-02", "10-04", "11-01", "12-07", "12-08"]),
    ],
)
def test_a_year_loses_just_these_days(expression: str, year: int, lost: list[str]) -> None:
    opened, never_closed = (_days(calendar(expression, holidays=holidays), year) for holidays in (None, {}))
    assert [f"{day:%m-%d}" for day in never_closed if day not in opened] == lost


def test_on_wednesday_the_phone_answers_and_the_counter_does_not_receive(phone, counter) -> None:
    wednesday = date(2026, 11, 25)
    assert phone.intervals(wednesday, wednesday)
    assert counter.intervals(wednesday, wednesday) == []


def test_the_first_working_saint_francis_would_have_been_a_day_like_others(phone) -> None:
    monday = date(2027, 10, 4)
    assert monday.weekday() == 0
    assert phone.intervals(monday, monday) == []
    assert calendar(holidays={}).is_open(rome("2027-10-04 10:00"))


def _days(compiled, year: int) -> list[date]:
    found = compiled.intervals(date(year, 1, 1), date(year, 12, 31))
    return sorted({one.starts_at.astimezone(ROME).date() for one in found})
