"""The free times as a page shows them: one week, day by day, and the few that come first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask_babel import format_date

from urp.appointments import bookable, slots
from urp.appointments.slots import Week
from urp.foundation.clock import ROME, to_rome
from urp.hours import queries as hours
from urp.hours.days import rule_on
from urp.web.language import chosen as language

CHANNEL: bookable.Channel = "web"
FRIDAY = 4
NEAREST = 3


@dataclass(frozen=True)
class Day:
    """A day on which the counter receives, or would but for `closed`; starts are UTC instants.

    `late` says that its places are for the phone alone by now.
    """

    day: date
    starts: tuple[datetime, ...]
    late: bool = False
    closed: str | None = None


@dataclass(frozen=True)
class Top:
    """Times above the week: the nearest to one that is gone, the one chosen in another week, or the first free."""

    kind: str  # nearest | chosen | first
    starts: tuple[datetime, ...]


@dataclass(frozen=True)
class Offered:
    """A week of times; `before` and `after` are the labels of its neighbours, where there is anything to book."""

    week: Week
    title: str
    days: tuple[Day, ...]
    before: str | None
    after: str | None
    top: Top | None
    elsewhere: bool  # the week asked for cannot be booked: this is the nearest
    free: tuple[datetime, ...]  # all of them, to the end of what can be booked

    @property
    def has_tiles(self) -> bool:
        """Whether the page shows any time to choose."""
        return bool(self.top) or any(day.starts for day in self.days)


@dataclass(frozen=True)
class Asked:
    """What the page is about: the week's label as typed, how long the visit is, what the visitor has in hand.

    `own` is a time that is already theirs, `chosen` the one on their form; `gone` says that it cannot be had.
    """

    week: str | None
    ticks: int
    own: datetime | None = None
    chosen: datetime | None = None
    gone: bool = False


def offered(asked: Asked, at: datetime) -> Offered:
    """The week asked for, or the first with a free time; weeks outside what can be booked become the nearest."""
    free = bookable.free_starts(ticks=asked.ticks, channel=CHANNEL, at=at)
    if asked.own and asked.own not in free and not asked.gone:
        free = sorted([*free, asked.own])
    first, last = bookable.window(CHANNEL, at)
    week = _within(_week(asked, free, to_rome(at).date()), first, last)
    days = tuple(_days(free, max(first, week.first), min(last, week.last), at))
    return Offered(
        week=week,
        title=_title(week, days),
        days=days,
        before=week.previous.label if week.first > first else None,
        after=week.next.label if week.last < last else None,
        top=_top(asked, free, days),
        elsewhere=bool(asked.week) and week != slots.week_of(asked.week, to_rome(at).date()),
        free=tuple(free),
    )


def readable(start: str | None) -> datetime | None:
    """The instant that a form names, or None."""
    try:
        return slots.parse_start(start or "")
    except slots.BadStart:
        return None


def first_free(at: datetime) -> datetime | None:
    """The first time that anybody could book now, for a visit of ordinary length; one SELECT."""
    free = bookable.free_starts(ticks=bookable.length(None, ()), channel=CHANNEL, at=at)
    return free[0] if free else None


def _week(asked: Asked, free: Sequence[datetime], today: date) -> Week:
    if asked.week:
        return slots.week_of(asked.week, today)
    near = slots.nearest(free, asked.chosen, 1) if asked.chosen and (asked.gone or asked.chosen in free) else free[:1]
    return _week_with(to_rome(near[0]).date() if near else today)


def _week_with(day: date) -> Week:
    return Week(day - timedelta(day.weekday()))


def _within(week: Week, first: date, last: date) -> Week:
    return _week_with(min(max(week.last, first), last)) if week.last < first or week.first > last else week


def _days(free: Sequence[datetime], first: date, last: date, at: datetime) -> list[Day]:
    by_day = {day: tuple(starts) for day, starts in groupby(free, lambda start: to_rome(start).date())}
    timetable = hours.timetable("sportello")
    opens = {to_rome(interval.starts_at).date() for interval in timetable.calendar.intervals(first, last)}
    found = []
    for day in (first + timedelta(offset) for offset in range((last - first).days + 1)):
        rule = rule_on(timetable.rules, day)
        if day in opens:
            found.append(Day(day, by_day.get(day, ()), late=bookable.deadline(_noon(day)) <= at))
        elif rule and rule.rule.on(day):
            closed = timetable.calendar.closed_reason(day, "en" if language() == "en" else "it")
            found.append(Day(day, (), closed=closed))
    return found


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ROME)


def _top(asked: Asked, free: Sequence[datetime], days: Sequence[Day]) -> Top | None:
    if asked.gone and free:
        near = slots.nearest(free, asked.chosen, NEAREST) if asked.chosen else free[:NEAREST]
        return Top("nearest", tuple(sorted(near)))
    shown = {start for day in days for start in day.starts}
    if asked.chosen and asked.chosen in free:
        return None if asked.chosen in shown else Top("chosen", (asked.chosen,))
    return Top("first", (free[0],)) if free and not shown else None


def _title(week: Week, days: Sequence[Day]) -> str:
    """«23–27 novembre 2026», to the Sunday where the counter receives at the weekend."""
    working = all(day.day.weekday() <= FRIDAY for day in days)
    first, last = week.first, week.last - timedelta(2 if working else 0)
    if first.year != last.year:
        return f"{format_date(first, 'd MMMM y')} – {format_date(last, 'd MMMM y')}"
    if first.month != last.month:
        return f"{format_date(first, 'd MMMM')} – {format_date(last, 'd MMMM y')}"
    return f"{first.day}–{format_date(last, 'd MMMM y')}"
