"""Closing the counter with care: whom it hits, where they could go, and all of it done in one act."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from urp.appointments import bookable, closure_queries, fence, outside, slots
from urp.appointments.outside import COUNTER
from urp.appointments.resettle import Choice, Done, Plan, Proposals, confirmed, end_holds, foreseen, resettle
from urp.appointments.states import BlockKind
from urp.foundation.changes import Changes
from urp.foundation.clock import ROME
from urp.hours import publish, written
from urp.hours.calendar import ONE_DAY, Calendar, Interval
from urp.hours.days import Channel, ExceptionalDays
from urp.hours.difference import difference
from urp.hours.grammar import parse_ranges
from urp.hours.queries import calendar, timetable
from urp.hours.written import WrittenDays
from urp.offices import queries as offices

PHONE: Channel = "telefono"
FENCE = timedelta(minutes=15)
"""No request that began under the old hours is still on its way after that."""


def plan(closure: WrittenDays, *, at: datetime) -> Plan:
    """What the closure would do, without doing it; raises WrongHours."""
    publish.check_days(closure)
    only = _only_words(closure)
    words = tuple(
        f"{channel}: {change}"
        for channel in closure.channels
        for change in difference(calendar(channel), _foreseen(closure, channel), closure.first_day, closure.last_day)
    )
    hours = _foreseen(closure, COUNTER) if COUNTER in closure.channels else calendar(COUNTER)
    found = outside.uncovered(hours, closure_queries.visits(*span(closure.first_day, closure.last_day, at)))
    phones = _foreseen(closure, PHONE) if PHONE in closure.channels else None
    return foreseen(found, Proposals(hours, at, phones=phones), words or only)


def apply(closure: WrittenDays, *, choice: Choice, at: datetime) -> Done:
    """Publish the closure, keep its times from everybody, and move or release the visits it hits.

    Runs in the caller's transaction; raises WrongHours.
    """
    before, only = {channel: calendar(channel) for channel in closure.channels}, _only_words(closure)
    first, last = closure.first_day, closure.last_day
    publish.add_exception(
        *(first, last),
        channels=closure.channels,
        ranges=closure.ranges,
        reason=closure.reason,
        reason_en=closure.reason_en,
        notice=closure.notice,
        notice_en=closure.notice_en,
    )
    after = {channel: calendar(channel) for channel in closure.channels}
    words = tuple(
        f"{channel}: {one}" for channel in before for one in difference(before[channel], after[channel], first, last)
    )
    if COUNTER not in closure.channels:
        return Done(words or only, ())
    return _emptied(closure, words or only, before[COUNTER], after[COUNTER], choice=choice, at=at)


def reopen(first: date, last: date, *, at: datetime) -> Changes:
    """Take back what was written for exactly these days; their times can be booked at once. Raises NotFound."""
    changes = publish.remove_exception(first, last)
    begin, end = span(first, last, at)
    fence.lift(BlockKind.CLOSURE, range(slots.tick_of(begin), slots.tick_of(end)))
    return changes


def span(first: date, last: date, at: datetime) -> tuple[datetime, datetime]:
    """From the beginning of the first local day, or from now, to the end of the last: what can still be changed."""
    begin, end = (datetime.combine(day, time.min, ROME) for day in (first, last + ONE_DAY))
    return max(begin, at), max(end, at)


def ticks_in(openings: Iterable[Interval], at: datetime) -> Iterator[int]:
    """The ticks of these openings that have not begun yet."""
    for opening in openings:
        length = opening.ends_at - opening.starts_at
        for tick in slots.ticks_of(opening.starts_at, -(-length // slots.TICK)):
            if tick > slots.tick_of(at):
                yield tick


def _emptied(
    closure: WrittenDays, words: tuple[str, ...], before: Calendar, after: Calendar, *, choice: Choice, at: datetime
) -> Done:
    first, last = closure.first_day, min(closure.last_day, bookable.window("office", at)[1])
    days = (first, last) if first <= last else (first, first)
    closed = {*ticks_in(before.intervals(*days), at)} - {*ticks_in(after.intervals(*days), at)}
    desks = range(1, offices.institution().counter.desks + 1)
    hit = span(first, closure.last_day, at)
    closure_queries.locked_visits(*hit)  # as every act does: first the visits, then the ticks
    block_id = fence.raise_fence(BlockKind.CLOSURE, closed, desks, free_at=at + FENCE, reason=closure.reason)
    offers = fence.end_offers(closed, desks)
    found = outside.uncovered(after, closure_queries.locked_visits(*hit))
    holds = end_holds(found)
    settled = resettle(confirmed(found), Proposals(after, at), choice=choice, at=at)
    fence.end_rests(closed, desks)
    fence.close_gaps(block_id, closed, desks)
    return Done(words, settled, holds=holds, offers=offers)


def _only_words(closure: WrittenDays) -> tuple[str, ...]:
    """What to say of a closure that changes no hours; nothing of one that is written already."""
    return () if closure in written.days() else ("the hours stay as they are, only the words for citizens change",)


def _foreseen(closure: WrittenDays, channel: Channel) -> Calendar:
    written = timetable(channel)
    ranges = parse_ranges(closure.ranges) if closure.ranges else ()
    return Calendar(
        written.rules,
        first=written.calendar.first,
        last=written.calendar.last,
        exceptions=(*written.exceptions, ExceptionalDays(closure.first_day, closure.last_day, ranges)),
        holidays=written.calendar.holidays,
    )
