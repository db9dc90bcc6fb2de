"""The page, the data, the feed, the search engines, the sign and the status tell one and the same calendar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask

from tests.factories.hours import BOTH, COUNTER, PHONE, Closure, Hours, calendar
from tests.hours.retold import READERS, of_status
from urp.foundation.clock import ROME
from urp.foundation.db import transaction
from urp.hours import publish, queries
from urp.hours.calendar import Calendar
from urp.hours.holidays import Override, national

STATUS_DAYS = 14
PUBLISHED = (Hours("telefono", PHONE), Hours("sportello", COUNTER, by_appointment=True))


@dataclass(frozen=True)
class Situation:
    """A day on which somebody looks, and what the office had written by then."""

    today: date
    hours: tuple[Hours, ...] = PUBLISHED
    closures: tuple[Closure, ...] = ()
    overrides: tuple[Override, ...] = field(default=())


CLOSURE = (
    Closure(BOTH, date(2026, 12, 24), date(2027, 1, 5), reason="ferie", notice="Torniamo il 7 gennaio."),
    Closure(BOTH, date(2026, 12, 29), date(2026, 12, 29), ranges="10:00-12:00", reason="ufficio aperto"),
    Closure(("sportello",), date(2026, 12, 3), date(2026, 12, 3), reason="corso"),
)
SHORTENED = (
    Closure(BOTH, date(2026, 12, 3), date(2026, 12, 3), ranges="10:00-11:00", reason="assemblea"),
    Closure(("telefono",), date(2026, 12, 9), date(2026, 12, 10), ranges="14:00-15:30", reason="guasto"),
    Closure(("telefono",), date(2026, 12, 16), date(2026, 12, 16), reason="sciopero"),
    Closure(("telefono",), date(2026, 12, 16), date(2026, 12, 16), ranges="10:00-11:00", reason="sciopero"),
)
SITUATIONS = {
    "an ordinary week": Situation(date(2026, 11, 23)),
    "hours that change and change back": Situation(
        date(2026, 11, 23),
        (
            *PUBLISHED,
            Hours("telefono", "Mo-Fr 09:00-12:00", date(2026, 12, 14)),
            Hours("telefono", PHONE, date(2027, 1, 11)),
            Hours("sportello", "We 14:30-17:00", date(2026, 12, 9), by_appointment=True),
        ),
    ),
    "a closure": Situation(date(2026, 11, 23), closures=CLOSURE),
    "the middle of a closure": Situation(date(2026, 12, 28), closures=CLOSURE),
    "shortened days": Situation(date(2026, 11, 30), closures=SHORTENED),
    "holidays": Situation(date(2026, 12, 4)),
    "a holiday that is worked and a day of rest": Situation(
        date(2026, 12, 4),
        overrides=(Override(date(2026, 12, 7), is_open=True), Override(date(2026, 12, 10), False, "inventario")),
    ),
    "the week in which summer time ends": Situation(date(2026, 10, 19)),
    "the week in which summer time begins, before Easter": Situation(date(2027, 3, 22)),
    "the Monday of 4 October 2027": Situation(date(2027, 9, 27)),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_form_of_the_hours_tells_the_compiled_calendar(app: Flask, name: str) -> None:
    assert disagreeing(app, SITUATIONS[name]) == []


def test_a_form_that_tells_another_calendar_would_be_named(app: Flask) -> None:
    forgotten = {day: name for day, name in national(2025, 2028).items() if day != date(2026, 12, 8)}
    another = {
        "telefono": calendar(holidays=forgotten),
        "sportello": calendar(COUNTER, by_appointment=True, holidays=forgotten),
    }
    every = [f"{form}: {channel}" for form in (*READERS, "status") for channel in another]

    assert disagreeing(app, SITUATIONS["holidays"], another) == every


def test_one_hour_more_in_one_form_would_be_named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    address, days, read = READERS["page"]
    longer = (address, days, lambda html, first, span: read(html.replace("–16.00", "–17.00"), first, span))
    monkeypatch.setitem(READERS, "page", longer)

    assert disagreeing(app, SITUATIONS["an ordinary week"]) == ["page: telefono", "page: sportello"]


def disagreeing(app: Flask, situation: Situation, another: Mapping[str, Calendar] | None = None) -> list[str]:
    """The forms, each with its channel, whose intervals are not those of the compiled calendar (or of another)."""
    today, client, told = situation.today, app.test_client(), {}
    with time_machine.travel(datetime.combine(today, time(10, 30), ROME), tick=False):
        with app.app_context(), transaction():
            publish.store(situation.hours, situation.closures, overrides=situation.overrides)
        with app.app_context():
            calendars = another or {channel: queries.calendar(channel) for channel in BOTH}
        for form, (address, days, read) in READERS.items():
            told[form] = (days, read(client.get(address).text, today, days))
        told["status"] = (STATUS_DAYS, of_status(client, today, STATUS_DAYS))
    return [
        f"{form}: {channel}"
        for form, (days, intervals) in told.items()
        for channel in BOTH
        if intervals[channel] != held(calendars[channel], today, days, only_starts=(form, channel) == ONLY_STARTS)
    ]


ONLY_STARTS = ("status", "sportello")
"""Nobody may simply come to the counter, so its status says when it receives and not until when."""


def held(calendar: Calendar, first: date, days: int, *, only_starts: bool) -> set[tuple[datetime, datetime]]:
    """What the calendar holds; asked the first time for nothing, it would prove nothing."""
    found = calendar.intervals(first, first + timedelta(days - 1))
    assert found
    return {(one.starts_at, one.starts_at if only_starts else one.ends_at) for one in found}
