"""Hours that can be read and yet cannot be meant: what to tell the administrator before they are saved."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from urp.foundation.clock import ROME
from urp.hours.calendar import ONE_DAY, BeyondCalendar, Calendar, horizon
from urp.hours.days import Channel, DatedRule, ExceptionalDays
from urp.hours.grammar import CLOSED_WEEK, GrammarError, TimeRange, parse, parse_ranges
from urp.hours.holidays import DEFAULT_SUBDIVISION, Holidays, Override, apply, national

EARLIEST = time(7)
LATEST = time(20)
LONGEST_MINUTES = 6 * 60
FEWEST_OPENINGS = 40
YEAR = timedelta(days=364)  # 52 whole weeks


class WrittenHours(Protocol):
    """Weekly hours as an administrator writes them; `rule` is in the grammar of `grammar.parse`."""

    @property
    def channel(self) -> Channel: ...
    @property
    def rule(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def by_appointment(self) -> bool: ...
    @property
    def note(self) -> str: ...
    @property
    def note_en(self) -> str: ...


class WrittenClosure(Protocol):
    """Exceptional local days as written; empty `ranges` closes them."""

    @property
    def channels(self) -> Sequence[Channel]: ...
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...
    @property
    def ranges(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def reason_en(self) -> str: ...
    @property
    def notice(self) -> str: ...
    @property
    def notice_en(self) -> str: ...


@dataclass(frozen=True, slots=True)
class HoursProblem:
    """One mistake: where it was written, as in `hours.0.rule`, and what to write instead (English)."""

    path: str
    message: str


def check(
    hours: Sequence[WrittenHours],
    closures: Sequence[WrittenClosure] = (),
    *,
    overrides: Iterable[Override] = (),
    subdivision: str = DEFAULT_SUBDIVISION,
    today: date,
) -> list[HoursProblem]:
    """Every mistake in hours that are about to be published on the local day `today`; empty when right."""
    found = [*_misread_rules(hours), *_misread_closures(closures)]
    if found:
        return found
    first, last = horizon(today)
    holidays = apply(overrides, national(first.year, last.year, subdivision))
    newest: dict[Channel, int] = {}
    for place, entry in sorted(enumerate(hours), key=lambda numbered: numbered[1].valid_from):
        newest[entry.channel] = place
    for channel, place in newest.items():
        begins = max(hours[place].valid_from, today)
        message = _thin_year(_draft(channel, hours, closures, holidays, today), begins)
        if message and parse(hours[place].rule) != CLOSED_WEEK:
            found.append(HoursProblem(f"hours.{place}.rule", message))
    return found


def check_promise(
    channel: Channel,
    hours: Sequence[WrittenHours],
    closures: Sequence[WrittenClosure] = (),
    *,
    count: Callable[[Calendar, datetime], object],
    subdivision: str = DEFAULT_SUBDIVISION,
    today: date,
) -> HoursProblem | None:
    """Why a promise counted in the hours of the channel could not be made one day, though `check` found nothing.

    `count` counts it from an instant, or raises BeyondCalendar. It is asked at the end of the year, when the
    calendars of that year reach least far, or when the last rule begins, if that is later.
    """
    places = [place for place, entry in enumerate(hours) if entry.channel == channel]
    if not places:
        asked = f'add a table [[hours]] with channel = "{channel}"'
        return HoursProblem("hours", f"{channel} has no hours, and the promise is counted in them: {asked}")
    newest = max(places, key=lambda place: hours[place].valid_from)
    path = f"hours.{newest}.rule"
    if parse(hours[newest].rule) == CLOSED_WEEK:
        return HoursProblem(path, "the promise is counted in these hours: write the days and hours of those who answer")
    first, last = horizon(today)
    calendar = _draft(channel, hours, closures, national(first.year, last.year, subdivision), today)
    begins = max(date(today.year, 12, 31), hours[newest].valid_from)
    try:
        count(calendar, datetime.combine(begins, LATEST, ROME))
    except BeyondCalendar as limit:
        return HoursProblem(path, f"too few for the promise ({limit}): write more hours, or a shorter promise")
    return None


def check_lengths(channel: Channel, hours: Sequence[WrittenHours], minutes: Mapping[str, int]) -> list[HoursProblem]:
    """The visits that no opening of the channel can hold, by their path; none where it never opens."""
    weeks = [parse(entry.rule) for entry in hours if entry.channel == channel]
    longest = max((range_.minutes for week in weeks for day in week.days for range_ in day), default=0)
    return [
        HoursProblem(path, f"no opening of {channel} lasts {lasting} minutes: write at most {longest}")
        for path, lasting in minutes.items()
        if lasting > longest > 0
    ]


def implausible_ranges(ranges: Iterable[TimeRange]) -> list[str]:
    """What is wrong with each range: outside 07–20 or longer than six hours (English, one sentence each)."""
    found = []
    for range_ in ranges:
        if range_.opens < EARLIEST or range_.closes > LATEST:
            found.append(f"{range_} is outside {EARLIEST:%H:%M}-{LATEST:%H:%M}: check the hours")
        if range_.minutes > LONGEST_MINUTES:
            found.append(f"{range_} is longer than {LONGEST_MINUTES // 60} hours: split it with a pause")
    return found


def too_few_openings(calendar: Calendar, first: date) -> str | None:
    """What is wrong when the 52 weeks from `first` open fewer than 40 times; raises BeyondCalendar."""
    openings = len(calendar.intervals(first, first + YEAR - ONE_DAY))
    if openings >= FEWEST_OPENINGS:
        return None
    return (
        f"only {openings} openings in a year from {first}: check the days and the closures, "
        "or write off if the channel closes for good"
    )


def _misread_rules(hours: Sequence[WrittenHours]) -> Iterator[HoursProblem]:
    begun: set[tuple[Channel, date]] = set()
    for place, entry in enumerate(hours):
        try:
            days = parse(entry.rule).days
        except GrammarError as error:
            yield HoursProblem(f"hours.{place}.rule", str(error))
        else:
            ranges = dict.fromkeys(range_ for day in days for range_ in day)
            yield from (HoursProblem(f"hours.{place}.rule", text) for text in implausible_ranges(ranges))
        if (entry.channel, entry.valid_from) in begun:
            message = f"{entry.channel} has two rules from {entry.valid_from}: keep one"
            yield HoursProblem(f"hours.{place}.valid_from", message)
        begun.add((entry.channel, entry.valid_from))


def _misread_closures(closures: Sequence[WrittenClosure]) -> Iterator[HoursProblem]:
    for place, closure in enumerate(closures):
        if not closure.ranges:
            continue
        try:
            ranges = parse_ranges(closure.ranges)
        except GrammarError as error:
            yield HoursProblem(f"closures.{place}.ranges", str(error))
        else:
            for message in implausible_ranges(ranges):
                yield HoursProblem(f"closures.{place}.ranges", message)


def _draft(
    channel: Channel,
    hours: Sequence[WrittenHours],
    closures: Sequence[WrittenClosure],
    holidays: Holidays,
    today: date,
) -> Calendar:
    first, last = horizon(today)
    return Calendar(
        [DatedRule(entry.valid_from, parse(entry.rule)) for entry in hours if entry.channel == channel],
        first=first,
        last=last,
        exceptions=[_exception(closure) for closure in closures if channel in closure.channels],
        holidays=holidays,
    )


def _exception(closure: WrittenClosure) -> ExceptionalDays:
    ranges = parse_ranges(closure.ranges) if closure.ranges else ()
    return ExceptionalDays(closure.first_day, closure.last_day, ranges)


def _thin_year(calendar: Calendar, first: date) -> str | None:
    try:
        return too_few_openings(calendar, first)
    except BeyondCalendar:
        return f"{first} is too far ahead: write the rule in the year before it begins"
