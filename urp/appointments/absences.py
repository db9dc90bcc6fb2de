"""A desk where nobody sits for some days: its visits go to another desk, or to another time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import update

from urp.appointments import claims, closure_queries, fence
from urp.appointments.closure_queries import Visit
from urp.appointments.closures import span, ticks_in
from urp.appointments.models import Appointment
from urp.appointments.outside import COUNTER
from urp.appointments.resettle import (
    Choice,
    Done,
    Hit,
    Plan,
    Proposals,
    Settled,
    confirmed,
    end_holds,
    resettle,
)
from urp.appointments.slots import TICK_S, tick_of, ticks_of
from urp.appointments.states import BlockKind
from urp.foundation.clock import to_rome
from urp.foundation.db import db
from urp.foundation.errors import UrpError
from urp.hours.queries import calendar
from urp.offices import queries as offices


class WrongAbsence(UrpError):
    """The desk or the days cannot be meant; the message says what to write instead (English)."""


@dataclass(frozen=True)
class Absence:
    """One desk, local days from first to last, and why."""

    desk: int
    first: date
    last: date
    reason: str


def plan(absence: Absence, *, at: datetime) -> Plan:
    """Whom the absence hits and where they would go, without doing it; raises WrongAbsence."""
    ticks = _ticks(absence, at)
    found = closure_queries.visits(*span(absence.first, absence.last, at), desk=absence.desk)
    proposals = _proposals(absence, ticks, at)
    counted = confirmed(found)
    hits = [Hit(one, _beside(one, proposals) or proposals.nearest(one)) for one in counted]
    return Plan((), tuple(hits), holds=len(found) - len(counted))


def apply(absence: Absence, *, choice: Choice, at: datetime) -> Done:
    """Keep the desk's times from everybody until the last day is over, and find its visits another place.

    Who can stay at the same time goes to another desk and hears nothing of it; the others are moved or
    released. Runs in the caller's transaction; raises WrongAbsence.
    """
    ticks = _ticks(absence, at)
    begin, end = span(absence.first, absence.last, at)
    desks = (absence.desk,)
    closure_queries.locked_visits(begin, end, desk=absence.desk)  # as every act does: first the visits, then the ticks
    block_id = fence.raise_fence(BlockKind.ABSENCE, ticks, desks, free_at=end, reason=absence.reason)
    offers = fence.end_offers(ticks, desks)
    found = closure_queries.locked_visits(begin, end, desk=absence.desk)
    holds, counted = end_holds(found), confirmed(found)
    stay = [one for one in counted if _change_desk(one)]
    left = [one for one in counted if one not in stay]
    moved = resettle(left, _proposals(absence, ticks, at), choice=choice, at=at)
    fence.end_rests(ticks, desks)
    fence.close_gaps(block_id, ticks, desks)
    settled = sorted([*(Settled(one, one.starts_at) for one in stay), *moved], key=lambda one: one.visit.starts_at)
    return Done((), tuple(settled), holds=holds, offers=offers)


def end(desk: int, first: date, last: date, *, at: datetime) -> int:
    """Somebody sits at the desk again on these local days; says how many minutes come back."""
    begin, until = span(first, last, at)
    return fence.lift(BlockKind.ABSENCE, range(tick_of(begin), tick_of(until)), desk) * TICK_S // 60


def _ticks(absence: Absence, at: datetime) -> set[int]:
    desks, hours = offices.institution().counter.desks, calendar(COUNTER)
    if not 1 <= absence.desk <= desks:
        raise WrongAbsence(f"there is no desk {absence.desk}: the office has {desks} (counter.desks in its file)")
    if absence.last < absence.first:
        raise WrongAbsence("the last day comes before the first: write the first day, then the last")
    if absence.last < to_rome(at).date():
        raise WrongAbsence(f"{absence.last} is over: write a day to come")
    if absence.last > hours.last:
        raise WrongAbsence(f"{absence.last} is too far ahead: the calendar ends on {hours.last}")
    return {*ticks_in(hours.intervals(absence.first, absence.last), at)}


def _proposals(absence: Absence, ticks: Iterable[int], at: datetime) -> Proposals:
    return Proposals(calendar(COUNTER), at, dict.fromkeys(ticks, 1 << absence.desk))


def _beside(visit: Visit, proposals: Proposals) -> datetime | None:
    return visit.starts_at if proposals.desk_beside(visit.starts_at, visit.ticks) else None


def _change_desk(visit: Visit) -> bool:
    """Sit the visit at another desk at its own time, if one is free."""
    others = [desk for desk in range(1, offices.institution().counter.desks + 1) if desk != visit.desk]
    holder = {"appointment_id": visit.id}
    desk = claims.claim(holder, starts_at=visit.starts_at, ticks=visit.ticks, desks=others)
    if desk is None:
        return False
    db.session.execute(update(Appointment).where(Appointment.id == visit.id).values(desk=desk))
    claims.release(holder, but_for=(desk, ticks_of(visit.starts_at, visit.ticks)))
    return True
