"""Visits that the published hours no longer cover, as after a new office file."""

from collections.abc import Iterable
from datetime import datetime

from urp.appointments import closure_queries
from urp.appointments.closure_queries import Visit
from urp.appointments.resettle import Choice, Done, Plan, Proposals, confirmed, end_holds, foreseen, resettle
from urp.hours.calendar import BeyondCalendar, Calendar
from urp.hours.days import Channel
from urp.hours.queries import calendar

COUNTER: Channel = "sportello"


def visits(at: datetime) -> list[Visit]:
    """The active visits after the instant that lie outside the hours of the counter, soonest first."""
    return uncovered(calendar(COUNTER), closure_queries.visits(at))


def plan(at: datetime) -> Plan:
    """Where these visits would go, without moving any."""
    return foreseen(visits(at), Proposals(calendar(COUNTER), at))


def apply(*, choice: Choice, at: datetime) -> Done:
    """Move or release them all, in the caller's transaction."""
    found = uncovered(calendar(COUNTER), closure_queries.locked_visits(at))
    holds = end_holds(found)
    settled = resettle(confirmed(found), Proposals(calendar(COUNTER), at), choice=choice, at=at)
    return Done((), settled, holds=holds)


def uncovered(hours: Calendar, found: Iterable[Visit]) -> list[Visit]:
    """Those of the visits that do not lie wholly within one opening."""
    return [visit for visit in found if not _covers(hours, visit)]


def _covers(hours: Calendar, visit: Visit) -> bool:
    try:
        opening = hours.interval_at(visit.starts_at)
    except BeyondCalendar:  # so far ahead nobody has published hours
        return False
    return opening is not None and visit.ends_at <= opening.ends_at
