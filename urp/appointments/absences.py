"""A desk where nobody sits for some days: its visits go to another desk, or to another time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from urp.appointments import closure_queries, fence
from urp.appointments.closures import span, ticks_in
from urp.appointments.outside import COUNTER
from urp.appointments.resettle import Choice, Done, Plan, Proposals, confirmed, end_holds, foreseen, resettle
from urp.appointments.slots import tick_of
from urp.appointments.states import BlockKind
from urp.foundation.clock import ROME, to_rome
from urp.foundation.errors import UrpError
from urp.hours.calendar import Interval
from urp.hours.lint import EARLIEST, LATEST
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
    empty = dict.fromkeys(_ticks(absence, at), 1 << absence.desk)
    found = closure_queries.visits(*span(absence.first, absence.last, at), desk=absence.desk)
    return foreseen(found, Proposals(calendar(COUNTER), at, also_busy=empty))


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
    holds = end_holds(found)
    proposals = Proposals(calendar(COUNTER), at, also_busy=dict.fromkeys(ticks, 1 << absence.desk))
    settled = resettle(confirmed(found), proposals, choice=choice, at=at)
    fence.end_rests(ticks, desks)
    fence.close_gaps(block_id, ticks, desks)
    return Done((), settled, holds=holds, offers=offers)


def end(desk: int, first: date, last: date, *, at: datetime) -> bool:
    """Somebody sits at the desk again on these local days; False if nobody was absent."""
    begin, until = span(first, last, at)
    return fence.lift(BlockKind.ABSENCE, range(tick_of(begin), tick_of(until)), desk) > 0


def _ticks(absence: Absence, at: datetime) -> set[int]:
    desks, hours = offices.institution().counter.desks, calendar(COUNTER)
    if not 1 <= absence.desk <= desks:
        raise WrongAbsence(f"there is no desk {absence.desk}: the office has {desks} (counter.desks in its file)")
    if not absence.reason.strip():
        raise WrongAbsence("the reason is empty: write why, in a few words")
    if absence.last < absence.first:
        raise WrongAbsence("the last day comes before the first: write the first day, then the last")
    if absence.last < to_rome(at).date():
        raise WrongAbsence(f"{absence.last} is over: write a day to come")
    if absence.last > hours.last:
        raise WrongAbsence(f"{absence.last} is too far ahead: the calendar ends on {hours.last}")
    return {*ticks_in(_whole_days(max(absence.first, to_rome(at).date()), absence.last), at)}


def _whole_days(first: date, last: date) -> Iterator[Interval]:
    """All hours that a day can have: it may open, or open longer, after the absence was written."""
    for offset in range((last - first).days + 1):
        day = first + timedelta(offset)
        yield Interval(datetime.combine(day, EARLIEST, ROME), datetime.combine(day, LATEST, ROME))
