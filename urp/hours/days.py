"""What one day offers: the weekly rule in force, unless a holiday or an exception says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from urp.hours.grammar import TimeRange, WeekRule
from urp.hours.holidays import DayName, Holidays, Language

Channel = Literal["telefono", "sportello"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


@dataclass(frozen=True, slots=True)
class DatedRule:
    """Weekly hours that hold from `valid_from` (local day) until the next rule begins."""

    valid_from: date
    rule: WeekRule
    by_appointment: bool = False
    note: str = ""
    note_en: str = ""

    def note_in(self, language: Language) -> str:
        """The note in the given language; Italian where it is not translated."""
        return (language == "en" and self.note_en) or self.note


@dataclass(frozen=True, slots=True)
class ExceptionalDays:
    """Local days, `first` to `last` both included, closed (no ranges) or open at other hours.

    `reason` is short and completes «Oggi chiuso: …»; `notice` is the whole sentence for citizens;
    where the English is missing the Italian is shown.
    Raises ValueError when `last` comes before `first`.
    """

    first: date
    last: date
    ranges: tuple[TimeRange, ...] = ()
    reason: str = ""
    reason_en: str = ""
    notice: str = ""
    notice_en: str = ""

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the exception of {self.first} ends before it begins, on {self.last}")

    def covers(self, day: date) -> bool:
        """Whether the day is one of these."""
        return self.first <= day <= self.last

    @property
    def name(self) -> DayName:
        """The reason in both languages."""
        return DayName(self.reason, self.reason_en or self.reason)

    def notice_in(self, language: Language) -> str:
        """The notice in the given language; Italian where it is not translated."""
        return (language == "en" and self.notice_en) or self.notice

    @property
    def length(self) -> timedelta:
        """From the first to the last day; zero for a single day."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The ranges of one day and, for a day that is closed out of turn, why."""

    ranges: tuple[TimeRange, ...]
    by_appointment: bool = False
    closed_because: DayName | None = None


def rule_on(rules: Sequence[DatedRule], day: date) -> DatedRule | None:
    """The rule in force on `day`: the one that began last; None before the first begins."""
    begun = [rule for rule in rules if rule.valid_from <= day]
    return max(begun, key=lambda rule: rule.valid_from, default=None)


def exception_on(exceptions: Sequence[ExceptionalDays], day: date) -> ExceptionalDays | None:
    """The exception that decides `day`: the shortest is the most precise; among equals the last written."""
    covering = [exception for exception in reversed(exceptions) if exception.covers(day)]
    return min(covering, key=lambda exception: exception.length, default=None)


def plan_day(
    day: date, *, rules: Sequence[DatedRule], exceptions: Sequence[ExceptionalDays], holidays: Holidays
) -> DayPlan:
    """Decide one local day: an exception wins over a holiday, a holiday over the week."""
    rule = rule_on(rules, day)
    by_appointment = rule is not None and rule.by_appointment
    exception = exception_on(exceptions, day)
    if exception is not None:
        return DayPlan(exception.ranges, by_appointment, None if exception.ranges else exception.name)
    if day in holidays:
        return DayPlan((), by_appointment, holidays[day])
    return DayPlan(rule.rule.on(day) if rule else (), by_appointment)
