"""The compiled calendar of one channel: sorted UTC intervals, and every question about them."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from urp.foundation.clock import ROME, to_rome
from urp.foundation.errors import UrpError
from urp.hours.days import Channel, DatedRule, ExceptionalDays, plan_day
from urp.hours.holidays import DayName, Holidays, Language

ONE_DAY = timedelta(days=1)
NOTHING = timedelta()


class BeyondCalendar(UrpError):
    """The question is about days that the calendar was not compiled for."""


class StatusKind(StrEnum):
    """What a channel can be at an instant."""

    OPEN = "open"
    PAUSE = "pause"
    CLOSED = "closed"
    CLOSED_TODAY = "closed_today"
    BY_APPOINTMENT = "by_appointment"


@dataclass(frozen=True, slots=True)
class Interval:
    """From `starts_at` (included) to `ends_at` (excluded), aware UTC instants of one local day."""

    starts_at: datetime
    ends_at: datetime
    by_appointment: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A channel at an instant: open `until`, or opening at `opens_at` (None: never in this calendar)."""

    kind: StatusKind
    until: datetime | None = None
    opens_at: datetime | None = None
    reason: DayName | None = None

    @property
    def is_open(self) -> bool:
        """Whether anybody may simply call or come now; never true by appointment."""
        return self.kind is StatusKind.OPEN


def horizon(today: date) -> tuple[date, date]:
    """The days a calendar is compiled for: from the start of last year to the end of the year after next."""
    return date(today.year - 1, 1, 1), date(today.year + 2, 12, 31)


class Calendar:
    """One channel from `first` to `last`, local days both included.

    Instants are aware datetimes in any zone (naive: ValueError) and come back in UTC; days are local
    days in Europe/Rome. Every question about days outside the calendar raises BeyondCalendar.
    Ranges must lie outside the night of the clock change, which the lint makes sure of.
    """

    def __init__(
        self,
        rules: Sequence[DatedRule],
        *,
        first: date,
        last: date,
        exceptions: Sequence[ExceptionalDays] = (),
        holidays: Holidays | None = None,
    ) -> None:
        self.first, self.last, self.holidays = first, last, holidays or {}
        self._begins_at = _instant(first, time.min)
        self._ends_at = _instant(last + ONE_DAY, time.min)
        self._intervals: list[Interval] = []
        self._days: list[date] = []  # the days that open, ascending
        self._closings: list[datetime] = []  # when each of them closes
        self._reasons: dict[date, DayName] = {}
        for offset in range((last - first).days + 1):
            day = first + timedelta(offset)
            plan = plan_day(day, rules=rules, exceptions=exceptions, holidays=self.holidays)
            if plan.closed_because:
                self._reasons[day] = plan.closed_because
            for range_ in plan.ranges:
                starts_at, ends_at = _instant(day, range_.opens), _instant(day, range_.closes)
                self._intervals.append(Interval(starts_at, ends_at, plan.by_appointment))
            if plan.ranges:
                self._days.append(day)
                self._closings.append(self._intervals[-1].ends_at)
        self._starts = [interval.starts_at for interval in self._intervals]
        self._totals = self._open_time_by_the_end_of_each()
        self.version = self._fingerprint()

    def interval_at(self, at: datetime) -> Interval | None:
        """The interval that contains the instant, walk-in or by appointment; None when there is none."""
        at = self._known(at)
        position = bisect_right(self._starts, at) - 1
        found = self._intervals[position] if position >= 0 else None
        return found if found and at < found.ends_at else None

    def is_open(self, at: datetime) -> bool:
        """Whether anybody may call or come at this instant; never true of hours by appointment."""
        found = self.interval_at(at)
        return found is not None and not found.by_appointment

    def next_opening(self, at: datetime) -> Interval | None:
        """The first interval that starts after the instant; None when the calendar holds no more."""
        position = bisect_right(self._starts, self._known(at))
        return self._intervals[position] if position < len(self._intervals) else None

    def intervals(self, first: date, last: date) -> list[Interval]:
        """Every interval of the local days from `first` to `last`, both included, earliest first."""
        if first < self.first or last > self.last:
            raise BeyondCalendar(f"the calendar knows {self.first} to {self.last}, not {first} to {last}")
        begin = bisect_left(self._starts, _instant(first, time.min))
        end = bisect_left(self._starts, _instant(last + ONE_DAY, time.min))
        return self._intervals[begin:end]

    def add_open_time(self, at: datetime, amount: timedelta) -> datetime:
        """The instant by which `amount` of open time has passed since `at`; `at` itself for none.

        Ends at a closing rather than at the next opening. Raises ValueError for a negative amount.
        """
        at = self._known(at)
        if amount < NOTHING:
            raise ValueError("open time is added, never taken away")
        if amount == NOTHING:
            return at
        wanted = self._open_time_before(at) + amount
        position = bisect_left(self._totals, wanted)
        if position == len(self._totals):
            raise BeyondCalendar(f"there is less open time than that before {self.last}")
        return self._intervals[position].ends_at - (self._totals[position] - wanted)

    def add_working_days(self, at: datetime, days: int) -> datetime:
        """The closing instant of the n-th day with openings after the local day of `at`.

        Raises ValueError for less than one day.
        """
        if days < 1:
            raise ValueError("at least one working day is added")
        today = to_rome(self._known(at)).date()
        position = bisect_right(self._days, today) + days - 1
        if position >= len(self._days):
            raise BeyondCalendar(f"there are fewer working days than that before {self.last}")
        return self._closings[position]

    def last_closing_before(self, day: date) -> datetime | None:
        """When the last day with openings before the local day closes; None when the calendar holds no such day."""
        if not self.first <= day <= self.last:
            raise BeyondCalendar(f"the calendar knows {self.first} to {self.last}, not {day}")
        position = bisect_left(self._days, day)
        return self._closings[position - 1] if position else None

    def closed_reason(self, day: date, language: Language = "it") -> str | None:
        """Why the local day is closed out of turn (holiday, closure); None on any other day."""
        if not self.first <= day <= self.last:
            raise BeyondCalendar(f"the calendar knows {self.first} to {self.last}, not {day}")
        reason = self._reasons.get(day)
        return reason.spoken(language) if reason else None

    def status(self, at: datetime) -> Status:
        """What to say of the channel at this instant; the words are in `words.status_text`."""
        current, coming = self.interval_at(at), self.next_opening(at)
        if current and not current.by_appointment:
            return Status(StatusKind.OPEN, until=current.ends_at)
        today = to_rome(at).date()
        reason = self._reasons.get(today)
        soonest = current or coming
        opens_at = soonest.starts_at if soonest else None
        if soonest and soonest.by_appointment:
            return Status(StatusKind.BY_APPOINTMENT, opens_at=opens_at, reason=reason)
        if reason:
            return Status(StatusKind.CLOSED_TODAY, opens_at=opens_at, reason=reason)
        paused = opens_at and to_rome(opens_at).date() == today and self.intervals(today, today)[0].starts_at < at
        return Status(StatusKind.PAUSE if paused else StatusKind.CLOSED, opens_at=opens_at)

    def _known(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        at = at.astimezone(UTC)
        if not self._begins_at <= at < self._ends_at:
            raise BeyondCalendar(f"the calendar knows {self.first} to {self.last}, not {at.isoformat()}")
        return at

    def _open_time_before(self, at: datetime) -> timedelta:
        position = bisect_right(self._starts, at) - 1
        if position < 0:
            return NOTHING
        return self._totals[position] - max(self._intervals[position].ends_at - at, NOTHING)

    def _open_time_by_the_end_of_each(self) -> list[timedelta]:
        totals, total = [], NOTHING
        for interval in self._intervals:
            total += interval.ends_at - interval.starts_at
            totals.append(total)
        return totals

    def _fingerprint(self) -> str:
        told = [
            (int(interval.starts_at.timestamp()), int(interval.ends_at.timestamp()), interval.by_appointment)
            for interval in self._intervals
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Timetable:
    """One channel: what the office wrote, and the calendar compiled from it."""

    channel: Channel
    rules: tuple[DatedRule, ...]
    exceptions: tuple[ExceptionalDays, ...]
    calendar: Calendar


def _instant(day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, ROME).astimezone(UTC)
