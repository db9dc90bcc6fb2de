"""The dates by which a request is answered: our promise, and the law's term."""

from dataclasses import dataclass
from datetime import date, datetime

from urp.cases import deadlines
from urp.cases.promise import Promise, promised_at
from urp.foundation.clock import to_rome
from urp.hours.days import Channel
from urp.hours.queries import calendar, legal_holidays
from urp.offices import queries as offices

PROMISE_CHANNEL: Channel = "telefono"
"""The promise is kept by people at work: the days on which the office answers the phone."""


@dataclass(frozen=True)
class Dates:
    """The days a question will be answered by: our promise, and the legal term where there is one."""

    promised_at: datetime
    calendar_version: str
    term_on: date | None


def dates(topic: str, at: datetime) -> Dates:
    """What we would promise for a question on this topic presented at that instant."""
    return dates_of(_term_days(topic), presented_at=at, seen_at=at)


def dates_of(term_days: int | None, *, presented_at: datetime, seen_at: datetime) -> Dates:
    """The promise counted from when we see a request, its term from when it reached us (both aware instants)."""
    open_hours = calendar(PROMISE_CHANNEL)
    given = offices.institution().promise
    received_on = to_rome(presented_at).date()
    return Dates(
        promised_at=promised_at(open_hours, seen_at, Promise(given.working_days, given.open_hours)),
        calendar_version=open_hours.version,
        term_on=deadlines.due_on(received_on, term_days, holidays=legal_holidays()) if term_days else None,
    )


def _term_days(topic: str) -> int | None:
    return offices.request_type(offices.topic(topic).request_type).term_days
