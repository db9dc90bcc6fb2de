"""What changes for people between two calendars, in words to confirm before the new one is published."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, zip_longest
from typing import NamedTuple

from urp.foundation.clock import to_rome
from urp.hours.calendar import Calendar
from urp.hours.grammar import TimeRange
from urp.hours.holidays import Language
from urp.hours.words import AND, WEEKDAYS, date_words, period_words, ranges_words

CLOSES: dict[Language, str] = {"it": "chiude", "en": "closes"}
OPENS: dict[Language, str] = {"it": "apre", "en": "opens"}
CHANGES: dict[Language, str] = {"it": "cambia", "en": "changes"}
INSTEAD: dict[Language, str] = {"it": "invece di", "en": "instead of"}
BY_APPOINTMENT: dict[Language, str] = {"it": "su appuntamento", "en": "by appointment"}
WALK_IN: dict[Language, str] = {"it": "senza appuntamento", "en": "without appointment"}
SHORTEST_PERIOD = 3
"""So many neighbouring days become «da … a …»; fewer are named one by one."""

MOST_NAMED = 4
"""So many single days of one group are named; more are counted by weekday."""


class Hours(NamedTuple):
    """What one day offers, in wall time; without ranges it is closed."""

    ranges: tuple[TimeRange, ...] = ()
    by_appointment: bool = False


class Change(NamedTuple):
    """What becomes of a day, in words; empty when it stays as it is."""

    kind: str = ""
    how: str = ""


Period = tuple[date, date]


def difference(old: Calendar, new: Calendar, first: date, last: date, language: Language = "it") -> tuple[str, ...]:
    """What changes on the local days from `first` to `last`, both included; empty when nothing does.

    «chiude: martedì 15 e giovedì 17 dicembre», «cambia: giovedì 24 dicembre: 10.00–12.00 invece di …».
    Raises BeyondCalendar when one of the two calendars does not know these days.
    """
    before, after = _days(old, first, last), _days(new, first, last)
    changes = {
        day: _change(before.get(day, Hours()), after.get(day, Hours()), language) for day in sorted({*before, *after})
    }
    found: dict[Change, list[Period]] = {}
    for change, run in groupby(changes, key=changes.__getitem__):  # days that never open do not part neighbours
        days = list(run)
        if change.kind:
            short = len(days) < SHORTEST_PERIOD
            found.setdefault(change, []).extend([(day, day) for day in days] if short else [(days[0], days[-1])])
    return tuple(
        ": ".join(filter(None, (change.kind, _when(periods, first.year, language), change.how)))
        for change, periods in found.items()
    )


def _days(calendar: Calendar, first: date, last: date) -> dict[date, Hours]:
    found: dict[date, Hours] = {}
    for interval in calendar.intervals(first, last):
        opens, closes = to_rome(interval.starts_at), to_rome(interval.ends_at)
        earlier = found.get(opens.date(), Hours()).ranges
        ranges = (*earlier, TimeRange(opens.time(), closes.time()))
        found[opens.date()] = Hours(ranges, interval.by_appointment)
    return found


def _change(old: Hours, new: Hours, language: Language) -> Change:
    if old == new:
        return Change()
    if not new.ranges:
        return Change(CLOSES[language])
    hours = ranges_words(new.ranges, language)
    booked = (BY_APPOINTMENT if new.by_appointment else WALK_IN)[language]
    if not old.ranges:
        return Change(OPENS[language], f"{hours}, {booked}" if new.by_appointment else hours)
    other = f"{hours} {INSTEAD[language]} {ranges_words(old.ranges, language)}" if new.ranges != old.ranges else ""
    rule = booked if new.by_appointment != old.by_appointment else ""
    return Change(CHANGES[language], ", ".join(filter(None, (other, rule))))


def _when(periods: Sequence[Period], year: int, language: Language) -> str:
    single = [first for first, last in periods if first == last]
    long = [_period(first, last, year, language) for first, last in periods if first != last]
    named = _named(single, year, language) if len(single) <= MOST_NAMED else _counted(single, language)
    items = [*long, *named]
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {AND[language]} {items[-1]}"


def _period(first: date, last: date, year: int, language: Language) -> str:
    words = period_words(first, last, language)
    return words.removesuffix(f" {year}") if last.year == year else words


def _named(days: Sequence[date], year: int, language: Language) -> Iterator[str]:
    """Each day; the month is said once for neighbours in the list that share it."""
    for day, following in zip_longest(days, days[1:]):
        if following and (following.year, following.month) == (day.year, day.month):
            yield f"{WEEKDAYS[language][day.weekday()]} {day.day}"
        else:
            yield date_words(day, language, year=day.year != year)


def _counted(days: Sequence[date], language: Language) -> Iterator[str]:
    """So many Mondays, so many Tuesdays, and between which days."""
    for weekday in range(7):
        those = [day for day in days if day.weekday() == weekday]
        if those:
            count = f"{len(those)} {_plural(weekday, language)} " if len(those) > 1 else ""
            yield count + period_words(those[0], those[-1], language)


def _plural(weekday: int, language: Language) -> str:
    name = WEEKDAYS[language][weekday]
    if language == "en":
        return f"{name}s"
    return {"sabato": "sabati", "domenica": "domeniche"}.get(name, name)
