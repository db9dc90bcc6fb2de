"""Arithmetic of times at the counter: ticks, starts on offer, what is kept for the phone (pure)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from typing import Literal

from urp.hours.calendar import Interval

TICK_S = 300
"""Claims count in steps of five minutes, whatever the office's own step is."""

TICK = timedelta(seconds=TICK_S)
ONE_WEEK = timedelta(weeks=1)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_YEARS_SHOWN = 2

Desks = Mapping[int, int]
"""From a tick to its desks, as bits: desk 1 is bit 1."""


class BadStart(ValueError):
    """This is no instant; `why` is "format", or "no_offset" for a time that does not say in which zone."""

    def __init__(self, why: Literal["format", "no_offset"]) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the calendar, from its Monday."""

    monday: date

    @property
    def label(self) -> str:
        """The week as ISO 8601 writes it: 2026-W48."""
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def first(self) -> date:
        """Monday."""
        return self.monday

    @property
    def last(self) -> date:
        """Sunday."""
        return self.monday + timedelta(days=6)

    @property
    def previous(self) -> "Week":
        """The week before."""
        return Week(self.monday - ONE_WEEK)

    @property
    def next(self) -> "Week":
        """The week after."""
        return Week(self.monday + ONE_WEEK)


def tick_of(at: datetime) -> int:
    """The tick in which an aware instant lies."""
    return int(at.timestamp() // TICK_S)


def instant_of(tick: int) -> datetime:
    """When a tick begins, in UTC."""
    return datetime.fromtimestamp(tick * TICK_S, UTC)


def ticks_of(starts_at: datetime, ticks: int) -> range:
    """The ticks of a visit, ascending."""
    return range(tick_of(starts_at), tick_of(starts_at) + ticks)


def starts(intervals: Iterable[Interval], *, step_minutes: int, ticks: int) -> list[datetime]:
    """When a visit of that length may start: from each opening in equal steps, its end not after the closing.

    An opening inside a tick is rounded up to the next whole one.
    """
    step, length = timedelta(minutes=step_minutes), ticks * TICK
    found = []
    for interval in intervals:
        start = instant_of(-(-int(interval.starts_at.timestamp()) // TICK_S))
        while start + length <= interval.ends_at:
            found.append(start)
            start += step
    return found


def free(starts: Iterable[datetime], *, ticks: int, desks: int, busy: Desks, kept: Desks) -> list[datetime]:
    """The starts for which one desk of 1..desks has all its ticks free, and none of them kept for others."""
    return [start for start in starts if open_desks(start, ticks=ticks, desks=desks, busy=busy, kept=kept)]


def open_desks(start: datetime, *, ticks: int, desks: int, busy: Desks, kept: Desks) -> list[int]:
    """The desks, in ascending order, of which every tick of the visit is free and not kept for others."""
    taken = 0
    for tick in ticks_of(start, ticks):
        taken |= busy.get(tick, 0) | kept.get(tick, 0)
    return [desk for desk in range(1, desks + 1) if not taken >> desk & 1]


def kept_for_phone(
    intervals: Iterable[Interval], *, step_minutes: int, desks: int, share_percent: int
) -> dict[int, int]:
    """Which ticks of which desks one day keeps for who calls.

    Of the day's plain visits, desk by desk, the share is spread evenly and rounded to the nearest whole visit.
    """
    kept: dict[int, int] = {}
    length = step_minutes * 60 // TICK_S
    grid = starts(intervals, step_minutes=step_minutes, ticks=length)
    for number, (start, desk) in enumerate((start, desk) for start in grid for desk in range(1, desks + 1)):
        if _share(number + 1, share_percent) > _share(number, share_percent):
            for tick in ticks_of(start, length):
                kept[tick] = kept.get(tick, 0) | 1 << desk
    return kept


def parse_start(text: str) -> datetime:
    """The instant that a form names, such as 2026-11-24T10:30+01:00, in UTC; raises BadStart.

    The first and the last year that a machine can count are no times: an hour more, or Rome's clock, leads out of them.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadStart("format") from None
    if found.tzinfo is None:
        raise BadStart("no_offset")
    if not MINYEAR < found.year < MAXYEAR:
        raise BadStart("format")
    return found.astimezone(UTC)


def week_of(text: str | None, today: date) -> Week:
    """The week an address names (2026-W48); the week of `today` when it names none, or one years away."""
    match = _WEEK.fullmatch(text or "")
    if match and abs(int(match[1]) - today.year) <= _YEARS_SHOWN:
        try:
            return Week(date.fromisocalendar(int(match[1]), int(match[2]), 1))
        except ValueError:
            pass  # not every year has a week 53
    return Week(today - timedelta(days=today.weekday()))


def nearest(starts: Sequence[datetime], wanted: datetime, count: int = 3) -> list[datetime]:
    """The starts closest to the wanted one, the closest first; of two equally close the earlier."""
    return sorted(starts, key=lambda start: (abs(start - wanted), start))[:count]


def _share(visits: int, percent: int) -> int:
    return (visits * percent + 50) // 100
