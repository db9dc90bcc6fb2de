"""The hours as schema.org data, which search engines read from the page."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from urp.foundation.clock import to_rome
from urp.hours.calendar import ONE_DAY, Timetable
from urp.hours.days import DatedRule, rule_on
from urp.hours.grammar import TimeRange
from urp.hours.notice_board import NOTICE
from urp.hours.words import WEEKDAYS

Ranges = tuple[TimeRange, ...]


def opening_hours(timetable: Timetable, today: date) -> list[dict[str, Any]]:
    """`OpeningHoursSpecification` for each range: the weeks in force and to come, then the days that differ.

    The second kind, listed for today and the next 90 days, names no weekday and wins over the first; a day that
    opens and closes at midnight is closed. Hours are wall time in Europe/Rome.
    """
    current = rule_on(timetable.rules, today)
    rules = [rule for rule in timetable.rules if rule is current or rule.valid_from > today]
    ends: list[date | None] = [rule.valid_from - ONE_DAY for rule in rules[1:]]
    weekly = [one for rule, end in zip(rules, [*ends, None], strict=True) for one in _weekly(rule, end)]
    return weekly + [one for first, last, ranges in _different(timetable, today) for one in _dated(first, last, ranges)]


def _weekly(rule: DatedRule, last: date | None) -> Iterator[dict[str, Any]]:
    validity = {"validFrom": rule.valid_from.isoformat(), **({"validThrough": last.isoformat()} if last else {})}
    for weekdays, ranges in rule.rule.groups():
        names = [WEEKDAYS["en"][weekday] for weekday in weekdays]
        for range_ in ranges:
            yield {**_specification(range_), "dayOfWeek": names, **validity}


def _dated(first: date, last: date, ranges: Ranges) -> Iterator[dict[str, Any]]:
    validity = {"validFrom": first.isoformat(), "validThrough": last.isoformat()}
    if not ranges:
        yield {"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00", **validity}
    for range_ in ranges:
        yield {**_specification(range_), **validity}


def _specification(range_: TimeRange) -> dict[str, Any]:
    return {"@type": "OpeningHoursSpecification", "opens": f"{range_.opens:%H:%M}", "closes": f"{range_.closes:%H:%M}"}


def _different(timetable: Timetable, today: date) -> list[tuple[date, date, Ranges]]:
    """The days on which the calendar differs from the week, neighbours with equal hours taken together."""
    found: list[tuple[date, date, Ranges]] = []
    for offset in range(NOTICE.days + 1):
        day = today + timedelta(offset)
        rule, ranges = rule_on(timetable.rules, day), _ranges_of(timetable, day)
        if ranges == (rule.rule.on(day) if rule else ()):
            continue
        if found and found[-1][1:] == (day - ONE_DAY, ranges):
            found[-1] = (found[-1][0], day, ranges)
        else:
            found.append((day, day, ranges))
    return found


def _ranges_of(timetable: Timetable, day: date) -> Ranges:
    return tuple(
        TimeRange(to_rome(one.starts_at).time(), to_rome(one.ends_at).time())
        for one in timetable.calendar.intervals(day, day)
    )
