"""Who may book which time: the one place that puts calendar and office data together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Literal

from urp.appointments import queries, slots
from urp.appointments.refusals import Why
from urp.foundation.clock import ROME, to_rome
from urp.hours.calendar import Calendar, Interval
from urp.hours.days import exception_on
from urp.hours.holidays import Language
from urp.hours.queries import calendar, timetable
from urp.offices import queries as offices
from urp.offices.cards import TopicView
from urp.offices.institution import Counter

Channel = Literal["web", "phone"]
Asker = Literal["web", "phone", "office"]
"""Who wants a time: by one of the channels, or the office itself, which has to move a visit."""

ONE_DAY = timedelta(days=1)
LONGER = timedelta(days=30)
"""So much farther than citizens the office sees, so that nobody who was agreed with loses the visit."""

KEPT_UNTIL = timedelta(hours=1)
"""So long before the phones close on the working day before, the phone's share is everybody's."""


@dataclass(frozen=True, slots=True)
class _Day:
    """One local day on which the counter opens, and the ends of its terms (aware UTC)."""

    intervals: tuple[Interval, ...]
    deadline: datetime  # until then the web may book it
    release: datetime  # from then on the web may book the phone's share


def length(topic: TopicView | None, needs: Sequence[str]) -> int:
    """How many ticks a visit on this topic takes for somebody with these needs; unknown needs take none."""
    counter = _counter()
    minutes = (topic and topic.visit_minutes) or counter.visit_minutes
    minutes += sum(need.extra_minutes for need in counter.needs if need.slug in needs)
    return -(-minutes * 60 // slots.TICK_S)


def window(channel: Asker, at: datetime) -> tuple[date, date]:
    """The first and the last local day that the channel, or the office, may book at that instant."""
    today = to_rome(at).date()
    last = today + timedelta(days=_counter().horizon_days)
    return (today + ONE_DAY if channel == "web" else today), (last + LONGER if channel == "office" else last)


def free_starts(
    *, ticks: int, channel: Channel, at: datetime, first: date | None = None, last: date | None = None
) -> list[datetime]:
    """When a visit of that length could start as things are, earliest first, between two local days if given.

    To be shown, never to decide: only a claim decides.
    """
    begin, end = window(channel, at)
    days = [day for day in _days(max(begin, first or begin), min(end, last or end)) if _is_open_to(channel, day, at)]
    counter = _counter()
    grid = [start for day in days for start in _starts(day.intervals, ticks) if start > at]
    if not grid:
        return []
    busy = queries.busy(slots.tick_of(grid[0]), slots.tick_of(grid[-1]) + ticks - 1)
    kept = {tick: desks for day in days for tick, desks in _kept(day, channel, at).items()}
    return slots.free(grid, ticks=ticks, desks=counter.desks, busy=busy, kept=kept)


def nearest_free(wanted: datetime, *, ticks: int, channel: Channel, at: datetime, count: int = 3) -> list[datetime]:
    """The free starts closest to the wanted one, the closest first."""
    return slots.nearest(free_starts(ticks=ticks, channel=channel, at=at), wanted, count)


def refusal(starts_at: datetime, *, ticks: int, channel: Asker, at: datetime) -> Why | None:
    """Why the calendar does not offer this start to the channel; None when it does, whether free or not."""
    if starts_at <= at:
        return "past"
    first, last = window(channel, at)
    if starts_at > at + (last - first + 3 * ONE_DAY) or to_rome(starts_at).date() > last:
        return "beyond"
    opening = _opening(starts_at, ticks)
    if opening is not None:
        return opening
    day = _day_of(starts_at)
    return None if day and _is_open_to(channel, day, at) else "too_soon"


def covered(starts_at: datetime, ticks: int) -> bool:
    """Whether the counter is open during the whole visit, wherever its start lies."""
    length = ticks * slots.TICK
    return any(
        interval.starts_at <= starts_at and starts_at + length <= interval.ends_at
        for interval in _intervals(to_rome(starts_at).date())
    )


def why_closed(starts_at: datetime, ticks: int, language: Language) -> str | None:
    """What the office wrote about that day when the counter is not open during the whole visit; else None."""
    if covered(starts_at, ticks):
        return None
    counter, day = timetable("sportello"), to_rome(starts_at).date()
    special = exception_on(counter.exceptions, day)
    return (special.name.spoken(language) if special else counter.calendar.closed_reason(day, language)) or None


def deadline(starts_at: datetime, phones: Calendar | None = None) -> datetime:
    """Until when the web may book the local day of that instant (aware UTC); `phones` as they will be, if given."""
    return _deadline(to_rome(starts_at).date(), phones)


def desks_for(starts_at: datetime, *, ticks: int, channel: Asker, at: datetime) -> list[int]:
    """The desks that the channel may use for a start on offer, free or not, in the order to try them."""
    day = _day_of(starts_at)
    kept = _kept(day, channel, at) if day else {}
    return slots.open_desks(starts_at, ticks=ticks, desks=_counter().desks, busy={}, kept=kept)


def _opening(starts_at: datetime, ticks: int) -> Why | None:
    day = to_rome(starts_at).date()
    intervals = _intervals(day)
    if not intervals:
        return "holiday" if calendar("sportello").closed_reason(day) else "closed"
    if not any(interval.starts_at <= starts_at < interval.ends_at for interval in intervals):
        return "closed"
    return None if starts_at in _starts(intervals, ticks) else "off_grid"


def _is_open_to(channel: Asker, day: _Day, at: datetime) -> bool:
    return channel != "web" or at < day.deadline


def _kept(day: _Day, channel: Asker, at: datetime) -> slots.Desks:
    counter = _counter()
    if channel != "web" or at >= day.release or not counter.phone_share_percent:
        return {}
    return _share(day.intervals, counter.visit_minutes, counter.desks, counter.phone_share_percent)


@lru_cache(maxsize=400)  # a day of fifty desks takes as long to share out as five weeks to read
def _share(intervals: tuple[Interval, ...], step_minutes: int, desks: int, percent: int) -> slots.Desks:
    return slots.kept_for_phone(intervals, step_minutes=step_minutes, desks=desks, share_percent=percent)


def _starts(intervals: Sequence[Interval], ticks: int) -> list[datetime]:
    return slots.starts(intervals, step_minutes=_counter().visit_minutes, ticks=ticks)


def _days(first: date, last: date) -> Iterator[_Day]:
    if first > last:
        return
    found = calendar("sportello").intervals(first, last)
    for day, intervals in groupby(found, key=lambda interval: to_rome(interval.starts_at).date()):
        yield _Day(tuple(intervals), _deadline(day), _release(day))


def _day_of(starts_at: datetime) -> _Day | None:
    day = to_rome(starts_at).date()
    return next(_days(day, day), None)


def _intervals(day: date) -> list[Interval]:
    return calendar("sportello").intervals(day, day)


def _deadline(day: date, phones: Calendar | None = None) -> datetime:
    closing = (phones or calendar("telefono")).last_closing_before(day)
    before = to_rome(closing).date() if closing else day - ONE_DAY
    return datetime.combine(before, _counter().book_until, ROME).astimezone(UTC)


def _release(day: date) -> datetime:
    closing = calendar("telefono").last_closing_before(day)
    return closing - KEPT_UNTIL if closing else _deadline(day)


def _counter() -> Counter:
    return offices.institution().counter
