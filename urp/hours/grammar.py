"""The closed grammar in which an office writes its weekly hours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
OFF = "off"
MAX_BYTES = 8 * 1024
EXAMPLE = "Mo-Th 10:00-12:00,14:00-16:00; Fr 10:00-12:00"

_CLAUSE = re.compile(r"(?P<days>[^\d]+?)\s+(?P<ranges>\d.*)", re.ASCII | re.DOTALL)
_RANGE = re.compile(r"(\d\d):(\d\d)\s*-\s*(\d\d):(\d\d)", re.ASCII)


class GrammarError(ValueError):
    """The text is not in the grammar; the message says what to write instead (English)."""


@dataclass(frozen=True, slots=True, order=True)
class TimeRange:
    """From `opens` (included) to `closes` (excluded), wall time of the office, within one day."""

    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    @property
    def minutes(self) -> int:
        """How long it lasts, in minutes of wall time."""
        return (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute


@dataclass(frozen=True, slots=True)
class WeekRule:
    """The hours of a plain week: seven tuples of ranges, Monday first; an empty tuple is a closed day."""

    days: tuple[tuple[TimeRange, ...], ...]

    def on(self, day: date) -> tuple[TimeRange, ...]:
        """The ranges of the weekday on which `day` falls, earliest first."""
        return self.days[day.weekday()]

    def groups(self) -> tuple[tuple[tuple[int, ...], tuple[TimeRange, ...]], ...]:
        """Open weekdays (0 = Monday) gathered by equal hours, in the order in which they first occur."""
        found: dict[tuple[TimeRange, ...], list[int]] = {}
        for weekday, ranges in enumerate(self.days):
            if ranges:
                found.setdefault(ranges, []).append(weekday)
        return tuple((tuple(weekdays), ranges) for ranges, weekdays in found.items())

    def __str__(self) -> str:
        clauses = (f"{_days_text(weekdays)} {ranges_text(ranges)}" for weekdays, ranges in self.groups())
        return "; ".join(clauses) or OFF


CLOSED_WEEK = WeekRule(((),) * 7)


def parse(expression: str) -> WeekRule:
    """Read weekly hours such as `Mo-Th 10:00-12:00,14:00-16:00; Fr 10:00-12:00`, or `off`.

    A day that is not named is closed; each day is named at most once. Raises GrammarError.
    """
    if len(expression.encode()) > MAX_BYTES:
        raise GrammarError(f"the hours are longer than {MAX_BYTES} bytes: write one clause for each group of days")
    text = expression.strip()
    if text == OFF:
        return CLOSED_WEEK
    if not text:
        raise GrammarError(f"the hours are empty: write {OFF} if it never opens, else hours like {EXAMPLE}")
    days: dict[int, tuple[TimeRange, ...]] = {}
    for clause in text.split(";"):
        weekdays, ranges = _parse_clause(clause.strip())
        for weekday in weekdays:
            if weekday in days:
                raise GrammarError(f"{WEEKDAYS[weekday]} is named twice: write all its hours in one clause")
            days[weekday] = ranges
    return WeekRule(tuple(days.get(weekday, ()) for weekday in range(7)))


def parse_ranges(text: str) -> tuple[TimeRange, ...]:
    """Read the ranges of one day, such as `10:00-12:00,14:00-16:00`, earliest first. Raises GrammarError."""
    ranges = tuple(sorted(_parse_range(item.strip()) for item in text.split(",")))
    for earlier, later in pairwise(ranges):
        if later.opens <= earlier.closes:
            raise GrammarError(f"{earlier} and {later} overlap or touch: write them as one range")
    return ranges


def ranges_text(ranges: tuple[TimeRange, ...]) -> str:
    """The ranges of one day as `parse_ranges` reads them."""
    return ",".join(map(str, ranges))


def runs(weekdays: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Ascending weekdays cut into runs of neighbours: (0, 1, 2, 4) gives (0, 1, 2) and (4,)."""
    run: tuple[int, ...] = ()
    for weekday in weekdays:
        if run and weekday != run[-1] + 1:
            yield run
            run = ()
        run += (weekday,)
    if run:
        yield run


def _parse_clause(clause: str) -> tuple[list[int], tuple[TimeRange, ...]]:
    if not clause:
        raise GrammarError("there is a ; with nothing beside it: remove it")
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        raise GrammarError(f"{_shown(clause)} is not days and hours: write them like Mo-Th 10:00-12:00")
    return _parse_days(match["days"]), parse_ranges(match["ranges"])


def _parse_days(text: str) -> list[int]:
    found: list[int] = []
    for item in text.split(","):
        ends = [_parse_day(name.strip()) for name in item.split("-")]
        first, last = ends[0], ends[-1]
        if len(ends) > 2 or (len(ends) == 2 and first >= last):
            raise GrammarError(f"{_shown(item)} is not a range of days: write it from Monday on, like Mo-Th")
        found.extend(range(first, last + 1))
    return found


def _parse_day(name: str) -> int:
    if name not in WEEKDAYS:
        raise GrammarError(f"{_shown(name)} is not a day: write {' '.join(WEEKDAYS)}, joined by , or -")
    return WEEKDAYS.index(name)


def _parse_range(text: str) -> TimeRange:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise GrammarError(f"{_shown(text)} is not a range of hours: write it like 09:30-12:00")
    numbers = [int(number) for number in match.groups()]
    try:
        range_ = TimeRange(time(numbers[0], numbers[1]), time(numbers[2], numbers[3]))
    except ValueError:
        raise GrammarError(f"{_shown(text)} has an hour that no clock shows: use 00:00 to 23:59") from None
    if range_.closes <= range_.opens:
        raise GrammarError(f"{range_} closes before it opens: hours do not run past midnight")
    return range_


def _days_text(weekdays: tuple[int, ...]) -> str:
    return ",".join(
        WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}" for run in runs(weekdays)
    )


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
