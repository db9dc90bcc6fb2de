"""What the public reads about hours, as plain values: for pages in both languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from urp.foundation.clock import to_rome
from urp.hours.calendar import Status, Timetable
from urp.hours.days import Channel, DatedRule, ExceptionalDays, exception_on, rule_on
from urp.hours.grammar import CLOSED_WEEK
from urp.hours.holidays import Language
from urp.hours.words import (
    date_words,
    effect_words,
    period_words,
    ranges_words,
    status_text,
    week_days,
    week_lines,
    week_sentence,
)

NOTICE = timedelta(days=90)  # how long before a closure the page tells of it


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a plain week in words: lines for a list, one sentence, a note, the day it begins, its days alone."""

    lines: tuple[tuple[str, str], ...]
    sentence: str
    note: str
    begins: str = ""
    days: str = ""


@dataclass(frozen=True, slots=True)
class ChannelHours:
    """One channel as pages show it: `text` is the status pill; `coming` are the weeks of the next 90 days."""

    channel: Channel
    status: Status
    text: str
    by_appointment: bool
    week: Week
    coming: tuple[Week, ...] = ()

    @property
    def open(self) -> bool:
        """Whether anybody may call or come now."""
        return self.status.is_open


@dataclass(frozen=True, slots=True)
class Closure:
    """Days that differ from the week, in words; `hours` is empty unless they open at other hours.

    `effect` is what changes for whom: «Chiuso», «Telefono: chiuso», «Sportello: 10.00–11.00».
    """

    first: date
    last: date
    when: str
    reason: str
    notice: str
    hours: str
    effect: str
    channels: tuple[Channel, ...]


def channel_hours(timetable: Timetable, now: datetime, language: Language = "it") -> ChannelHours:
    """One channel at an instant (aware): its status, its week and the week that follows, in words."""
    today = to_rome(now).date()
    rule = rule_on(timetable.rules, today)
    coming = [rule for rule in timetable.rules if today < rule.valid_from <= today + NOTICE]
    status = timetable.calendar.status(now)
    return ChannelHours(
        channel=timetable.channel,
        status=status,
        text=status_text(status, now, language),
        by_appointment=rule is not None and rule.by_appointment,
        week=_week(rule, language),
        coming=tuple(_week(rule, language) for rule in coming),
    )


def closures(timetables: Sequence[Timetable], today: date, language: Language = "it") -> list[Closure]:
    """The closures and exceptional openings of today and the next 90 days, soonest first.

    A holiday is listed only where it closes a day on which the channel would otherwise open, an exception only
    where it decides a day: where two speak of the same days, the last written does.
    """
    found: dict[ExceptionalDays, list[Channel]] = {}
    for timetable in timetables:
        for exception in _coming_exceptions(timetable, today, today + NOTICE):
            found.setdefault(exception, []).append(timetable.channel)
        for holiday in _coming_holidays(timetable, today, today + NOTICE):
            found.setdefault(holiday, []).append(timetable.channel)
    soonest = sorted(found, key=lambda exception: (exception.first, exception.last))
    return [_closure(exception, tuple(found[exception]), timetables, language) for exception in soonest]


def _week(rule: DatedRule | None, language: Language) -> Week:
    if rule is None:
        return Week((), week_sentence(CLOSED_WEEK, language), "")
    begins = date_words(rule.valid_from, language, year=True)
    words = week_lines(rule.rule, language), week_sentence(rule.rule, language)
    return Week(*words, rule.note_in(language), begins, week_days(rule.rule, language))


def _coming_exceptions(timetable: Timetable, today: date, last: date) -> Iterator[ExceptionalDays]:
    for exception in timetable.exceptions:
        first = max(exception.first, today)
        days = (first + timedelta(offset) for offset in range((exception.last - first).days + 1))
        if first <= last and any(exception_on(timetable.exceptions, day) is exception for day in days):
            yield exception


def _coming_holidays(timetable: Timetable, today: date, last: date) -> Iterator[ExceptionalDays]:
    for day, name in timetable.calendar.holidays.items():
        if not today <= day <= last:
            continue
        rule = rule_on(timetable.rules, day)
        if rule and rule.rule.on(day) and not exception_on(timetable.exceptions, day):
            yield ExceptionalDays(day, day, reason=name.it, reason_en=name.en)


def _closure(
    exception: ExceptionalDays, channels: tuple[Channel, ...], timetables: Sequence[Timetable], language: Language
) -> Closure:
    hours = ranges_words(exception.ranges, language)
    shut = not any(_opens_within(timetable, exception) for timetable in timetables)
    return Closure(
        first=exception.first,
        last=exception.last,
        when=period_words(exception.first, exception.last, language),
        reason=exception.name.spoken(language),
        notice=exception.notice_in(language),
        hours=hours,
        effect=effect_words(() if shut else channels, hours, language),
        channels=channels,
    )


def _opens_within(timetable: Timetable, days: ExceptionalDays) -> bool:
    calendar = timetable.calendar
    first, last = max(days.first, calendar.first), min(days.last, calendar.last)
    return bool(calendar.intervals(first, last))
