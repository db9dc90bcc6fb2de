"""What the day sheet shows: the visits of a day, the open days beside it, whom to call, what is still to be noted."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from urp.appointments import outcome_queries, queries
from urp.appointments.outcome_queries import Outcomes
from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.foundation.clock import ROME, now, to_rome
from urp.hours import queries as hours
from urp.hours.calendar import Calendar, Interval
from urp.hours.holidays import Language
from urp.hours.words import date_words
from urp.offices import queries as offices
from urp.web.language import chosen

ONE_DAY = timedelta(days=1)
COUNTED = timedelta(days=30)
"""So far back the numbers of the day sheet go."""

MOST_TO_MARK = 50
"""Where more are open, nobody marks them, and a longer list would change nothing."""


@dataclass(frozen=True)
class Visit:
    """One line of the sheet; `can_mark` from the visit's beginning on."""

    visit: AppointmentView
    topic: str | None
    needs: tuple[str, ...]
    can_mark: bool
    is_marked: bool


@dataclass(frozen=True)
class Neighbour:
    """An open day before or after, and how it is called."""

    day: date
    words: str


@dataclass(frozen=True)
class Day:
    """A local day and its neighbours that open; `reason` says why it is closed out of turn."""

    day: date
    intervals: tuple[Interval, ...]
    reason: str | None
    before: Neighbour | None
    after: Neighbour | None
    is_today: bool


@dataclass(frozen=True)
class Marked:
    """A visit about which something was just noted: attended, missed, or called."""

    id: int
    starts_at: datetime
    how: str


def asked(text: str | None) -> date | None:
    """The day of an address (`2026-11-24`): without one today, or the next day that opens.

    None when it is no day, or a day of which nothing is known yet or any more.
    """
    counter = hours.calendar("sportello")
    if not text:
        today = to_rome(now()).date()
        return today if counter.intervals(today, today) else _after(counter, today) or today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if day.isoformat() != text:  # Python reads a week, too
        return None
    return day if counter.first <= day <= counter.last else None


def context(day: date) -> dict[str, Any]:
    """All that `templates/appointments/desk/day.html` shows of a day that `asked` found."""
    at = now()
    return {
        "day": _day(day),
        "visits": [_visit(one) for one in queries.day_sheet(day)],
        "to_mark": [_visit(one) for one in queries.to_mark(_midnight(at), MOST_TO_MARK)],
        "to_call": [_visit(one) for one in queries.to_call()],
        "desks": offices.institution().counter.desks,
        "outcomes": [(_topic(one.topic_id), one) for one in _outcomes()],
        "printed_at": at,
    }


def marked(appointment_id: int, how: str) -> Marked | None:
    """What was just noted about this visit, if there is one."""
    visit = queries.appointment(appointment_id)
    return Marked(visit.id, visit.starts_at, how) if visit else None


def _midnight(at: datetime) -> datetime:
    """When the local day began: today's visits are still at hand on their own sheet."""
    return datetime.combine(to_rome(at).date(), time.min, ROME)


def _day(day: date) -> Day:
    counter = hours.calendar("sportello")
    return Day(
        day=day,
        intervals=tuple(counter.intervals(day, day)),
        reason=counter.closed_reason(day, _language()),
        before=_neighbour(_before(counter, day)),
        after=_neighbour(_after(counter, day)),
        is_today=day == to_rome(now()).date(),
    )


def _neighbour(day: date | None) -> Neighbour | None:
    return Neighbour(day, date_words(day, _language())) if day else None


def _before(counter: Calendar, day: date) -> date | None:
    found = counter.intervals(counter.first, day - ONE_DAY) if day > counter.first else []
    return to_rome(found[-1].starts_at).date() if found else None


def _after(counter: Calendar, day: date) -> date | None:
    found = counter.intervals(day + ONE_DAY, counter.last) if day < counter.last else []
    return to_rome(found[0].starts_at).date() if found else None


def _visit(one: AppointmentView) -> Visit:
    needs = offices.institution().counter.needs
    known = {need.slug: (_language() == "en" and need.title_en) or need.title for need in needs}
    marked = one.state in (State.ATTENDED, State.MISSED)
    begun = one.starts_at <= now()
    return Visit(
        visit=one,
        topic=_topic(one.topic_id),
        needs=tuple(known.get(slug, slug) for slug in one.needs),
        can_mark=begun and (marked or one.state == State.CONFIRMED),
        is_marked=marked,
    )


def _topic(topic_id: int | None) -> str | None:
    return offices.topic_by_id(topic_id).title(chosen()) if topic_id is not None else None


def _outcomes() -> list[Outcomes]:
    return outcome_queries.outcomes(now() - COUNTED, now())


def _language() -> Language:
    return "en" if chosen() == "en" else "it"
