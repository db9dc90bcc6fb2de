"""Hours are spoken as the office speaks them, in Italian and in English."""

from datetime import UTC, date, datetime

import pytest

from tests.factories.hours import PHONE, rome
from urp.hours.calendar import Calendar
from urp.hours.days import DatedRule
from urp.hours.grammar import CLOSED_WEEK, parse
from urp.hours.words import effect_words, period_words, status_text, week_days, week_lines, week_sentence

PUBLISHED = parse(PHONE)


def test_the_week_in_lines():
    assert week_lines(PUBLISHED) == (
        ("dal lunedì al giovedì", "10.00–12.00 e 14.00–16.00"),
        ("venerdì", "10.00–12.00"),
    )
    assert week_lines(PUBLISHED, "en") == (
        ("Monday to Thursday", "10:00–12:00 and 14:00–16:00"),
        ("Friday", "10:00–12:00"),
    )


def test_the_week_in_a_sentence():
    assert week_sentence(PUBLISHED) == (
        "dal lunedì al giovedì dalle 10 alle 12 e dalle 14 alle 16; il venerdì dalle 10 alle 12"
    )
    assert week_sentence(PUBLISHED, "en") == (
        "Monday to Thursday from 10:00 to 12:00 and from 14:00 to 16:00; Friday from 10:00 to 12:00"
    )


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("Tu,Th 09:30-12:45", "il martedì e il giovedì dalle 9.30 alle 12.45"),
        ("Mo-Tu 10:00-12:00", "il lunedì e il martedì dalle 10 alle 12"),
        ("Mo-We,Fr 10:00-12:00", "dal lunedì al mercoledì e il venerdì dalle 10 alle 12"),
        ("Mo,We,Fr 10:00-12:00", "il lunedì, il mercoledì e il venerdì dalle 10 alle 12"),
        ("Fr-Su 10:00-12:00", "dal venerdì alla domenica dalle 10 alle 12"),
        ("Su 08:00-09:00", "la domenica dalle 8 alle 9"),
        (
            "Mo 08:00-09:00,10:00-11:00,12:00-13:00",
            "il lunedì dalle 8 alle 9, dalle 10 alle 11 e dalle 12 alle 13",
        ),
    ],
)
def test_days_are_gathered_as_people_say_them(rule, sentence):
    assert week_sentence(parse(rule)) == sentence


def test_days_of_a_list_go_without_article():
    assert week_lines(parse("Tu,Th 09:30-12:00")) == (("martedì e giovedì", "9.30–12.00"),)


def test_a_week_that_never_opens():
    assert week_lines(CLOSED_WEEK) == ()
    assert week_sentence(CLOSED_WEEK) == "chiuso"
    assert week_sentence(CLOSED_WEEK, "en") == "closed"


@pytest.mark.parametrize(
    ("at", "italian", "english"),
    [
        ("2026-11-23 10:00", "Aperto ora, fino alle 12.00", "Open now, until 12:00"),
        ("2026-11-23 12:00", "In pausa: riapre alle 14.00", "On a break: opens again at 14:00"),
        (
            "2026-11-23 16:00",
            "Chiuso ora. Riapre domani, martedì, alle 10.00",
            "Closed now. Opens again tomorrow, Tuesday, at 10:00",
        ),
        (
            "2026-11-23 09:30",
            "Chiuso ora. Riapre oggi alle 10.00",
            "Closed now. Opens again today at 10:00",
        ),
        (
            "2026-11-20 12:00",
            "Chiuso ora. Riapre lunedì 23 novembre alle 10.00",
            "Closed now. Opens again on Monday 23 November at 10:00",
        ),
        (
            "2026-12-07 11:00",
            "Oggi chiuso: Sant’Ambrogio. Riapre mercoledì 9 dicembre alle 10.00",
            "Closed today: Saint Ambrose’s Day. Opens again on Wednesday 9 December at 10:00",
        ),
        (
            "2026-12-08 00:00",
            "Oggi chiuso: Immacolata Concezione. Riapre domani, mercoledì, alle 10.00",
            "Closed today: Immaculate Conception. Opens again tomorrow, Wednesday, at 10:00",
        ),
    ],
)
def test_the_status_of_the_phone(phone, at, italian, english):
    instant = rome(at)
    assert status_text(phone.status(instant), instant) == italian
    assert status_text(phone.status(instant), instant, "en") == english


@pytest.mark.parametrize(
    ("at", "italian"),
    [
        ("2026-11-24 10:30", "Riceviamo solo su appuntamento. Prossimo giorno: oggi"),
        ("2026-11-23 10:30", "Riceviamo solo su appuntamento. Prossimo giorno: domani, martedì"),
        ("2026-11-26 16:00", "Riceviamo solo su appuntamento. Prossimo giorno: martedì 1 dicembre"),
        (
            "2026-12-08 10:30",
            "Oggi chiuso: Immacolata Concezione. Riceviamo solo su appuntamento. Prossimo giorno: giovedì 10 dicembre",
        ),
    ],
)
def test_the_counter_speaks_of_appointments_and_never_of_being_open(counter, at, italian):
    assert status_text(counter.status(rome(at)), rome(at)) == italian


def test_today_is_the_day_in_rome_not_in_greenwich(phone):
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # already Tuesday in Rome
    assert status_text(phone.status(late), late) == "Chiuso ora. Riapre oggi alle 10.00"


def test_a_channel_that_never_opens_promises_nothing():
    never = Calendar([DatedRule(date(2026, 1, 1), CLOSED_WEEK)], first=date(2026, 1, 1), last=date(2026, 12, 31))
    assert status_text(never.status(rome("2026-11-23 10:30")), rome("2026-11-23 10:30")) == "Chiuso ora"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 12, 24), date(2026, 12, 24), "giovedì 24 dicembre 2026"),
        (date(2026, 8, 10), date(2026, 8, 21), "da lunedì 10 agosto a venerdì 21 agosto 2026"),
        (date(2026, 12, 31), date(2027, 1, 4), "da giovedì 31 dicembre 2026 a lunedì 4 gennaio 2027"),
    ],
)
def test_a_period_names_its_first_and_last_day(first, last, words):
    assert period_words(first, last) == words


@pytest.mark.parametrize(
    ("channels", "hours", "italian", "english"),
    [
        ((), "", "Chiuso", "Closed"),
        (("telefono", "sportello"), "", "Chiuso", "Closed"),
        (("telefono",), "", "Telefono: chiuso", "Phone: closed"),
        (("sportello",), "10.00–11.00", "Sportello: 10.00–11.00", "Counter: 10.00–11.00"),
        (("telefono", "sportello"), "10.00–11.00", "Orario: 10.00–11.00", "Hours: 10.00–11.00"),
    ],
)
def test_what_an_exceptional_day_changes_and_for_whom(channels, hours, italian, english):
    assert effect_words(channels, hours) == italian
    assert effect_words(channels, hours, "en") == english


@pytest.mark.parametrize(
    ("rule", "italian", "english"),
    [
        ("Tu,Th 10:00-12:00,14:00-16:00", "il martedì e il giovedì", "Tuesday and Thursday"),
        ("Mo-Th 10:00-12:00; Fr 09:00-10:00", "dal lunedì al venerdì", "Monday to Friday"),
        ("Su 10:00-12:00", "la domenica", "Sunday"),
    ],
)
def test_the_days_of_a_week_alone(rule: str, italian: str, english: str) -> None:
    assert week_days(parse(rule)) == italian
    assert week_days(parse(rule), "en") == english
