"""Visits that the published hours no longer cover or that have lost their desk, as after a new office file."""

from collections.abc import Iterable
from datetime import datetime

from urp.appointments import closure_queries
from urp.appointments.closure_queries import Visit
from urp.appointments.resettle import Choice, Done, Plan, Proposals, confirmed, covers, end_holds, foreseen, resettle
from urp.hours.calendar import Calendar
from urp.hours.days import Channel
from urp.hours.queries import calendar
from urp.offices import queries as offices

COUNTER: Channel = "sportello"


def visits(at: datetime) -> list[Visit]:
    """The active visits after the instant that lie outside the counter's hours or at a desk that is no more, soonest
    first."""
    return _unkept(closure_queries.visits(at))


def plan(at: datetime) -> Plan:
    """Where these visits would go, without moving any."""
    return foreseen(visits(at), Proposals(calendar(COUNTER), at))


def apply(*, choice: Choice, at: datetime) -> Done:
    """Seat them at another desk, or move or release them, in the caller's transaction."""
    found = _unkept(closure_queries.locked_visits(at))
    holds = end_holds(found)
    settled = resettle(confirmed(found), Proposals(calendar(COUNTER), at), choice=choice, at=at)
    return Done((), settled, holds=holds)


def uncovered(hours: Calendar, found: Iterable[Visit]) -> list[Visit]:
    """Those of the visits that do not lie wholly within one opening."""
    return [visit for visit in found if not covers(hours, visit)]


def _unkept(found: Iterable[Visit]) -> list[Visit]:
    hours, desks = calendar(COUNTER), offices.institution().counter.desks
    return [visit for visit in found if visit.desk > desks or not covers(hours, visit)]
