"""What the public reads about hours, as plain values: for pages in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from urp.foundation.clock import to_rome
from urp.hours.calendar import Status, Timetable
from urp.hours.days import Channel, DatedRule, ExceptionalDays, exception_on, rule_on
from urp.hours.grammar import CLOSED_WEEK, WeekRule
from urp.hours.holidays import Language
from urp.hours.words import date_words, period_words, ranges_words, status_text, week_lines, week_sentence

NOTICE = timedelta(days=90)  # how long before a closure the page tells of it


@dataclass(frozen=True, slots=True)
class Week:
    """The hours of a plain week in words: lines for a list, one sentence, a note."""

    lines: tuple[tuple[str, str], ...]
    sentence: str
    note: str


@dataclass(frozen=True, slots=True)
class ChannelHours:
    """One channel as pages show it: `text` is the status pill; `next_week` begins on `next_from` (words)."""

    channel: Channel
    status: Status
    text: str
    by_appointment: bool
    week: Week
    next_week: Week | None = None
    next_from: str | None = None

    @property
    def open(self) -> bool:
        """Whether anybody may call or come now."""
        return self.status.is_open


@dataclass(frozen=True, slots=True)
class Closure:
    """Days that differ from the week, in words; `hours` is empty unless they open at other hours."""

    first: date
    last: date
    when: str
    reason: str
    notice: str
    hours: str
    channels: tuple[Channel, ...]


def channel_hours(timetable: Timetable, now: datetime, language: Language = "it") -> ChannelHours:
    """One channel at an instant (aware): its status, its week and the week that follows, in words."""
    today = to_rome(now).date()
    rule = rule_on(timetable.rules, today)
    coming = next((rule for rule in timetable.rules if today < rule.valid_from <= today + NOTICE), None)
    status = timetable.calendar.status(now)
    return ChannelHours(
        channel=timetable.channel,
        status=status,
        text=status_text(status, now, language),
        by_appointment=rule is not None and rule.by_appointment,
        week=_week(rule, language),
        next_week=_week(coming, language) if coming else None,
        next_from=date_words(coming.valid_from, language, year=True) if coming else None,
    )


def closures(timetables: Sequence[Timetable], today: date, language: Language = "it") -> list[Closure]:
    """The closures and exceptional openings of the next 90 days, soonest first.

    A holiday is listed only where it closes a day on which the channel would otherwise open.
    """
    found: dict[ExceptionalDays, list[Channel]] = {}
    for timetable in timetables:
        for exception in [*_coming_exceptions(timetable, today), *_coming_holidays(timetable, today)]:
            found.setdefault(exception, []).append(timetable.channel)
    soonest = sorted(found, key=lambda exception: (exception.first, exception.last))
    return [_closure(exception, tuple(found[exception]), language) for exception in soonest]


def _week(rule: DatedRule | None, language: Language) -> Week:
    week: WeekRule = rule.rule if rule else CLOSED_WEEK
    return Week(week_lines(week, language), week_sentence(week, language), rule.note_in(language) if rule else "")


def _coming_exceptions(timetable: Timetable, today: date) -> list[ExceptionalDays]:
    return [
        exception for exception in timetable.exceptions if exception.last >= today and exception.first <= today + NOTICE
    ]


def _coming_holidays(timetable: Timetable, today: date) -> list[ExceptionalDays]:
    found = []
    for day, name in timetable.calendar.holidays.items():
        rule = rule_on(timetable.rules, day)
        missed = rule is not None and rule.rule.on(day) and not exception_on(timetable.exceptions, day)
        if missed and today <= day <= today + NOTICE:
            found.append(ExceptionalDays(day, day, reason=name.it, reason_en=name.en))
    return found


def _closure(exception: ExceptionalDays, channels: tuple[Channel, ...], language: Language) -> Closure:
    return Closure(
        first=exception.first,
        last=exception.last,
        when=period_words(exception.first, exception.last, language),
        reason=exception.name.spoken(language),
        notice=exception.notice_in(language),
        hours=ranges_words(exception.ranges, language),
        channels=channels,
    )
