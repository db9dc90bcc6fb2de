"""The published hours of the office, any week that can be written, and the clock of Rome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from hypothesis import strategies as st

from urp.foundation.clock import ROME
from urp.hours.calendar import Calendar
from urp.hours.days import DatedRule, ExceptionalDays
from urp.hours.grammar import TimeRange, WeekRule, parse
from urp.hours.holidays import Holidays, national

PHONE = "Mo-Th 10:00-12:00,14:00-16:00; Fr 10:00-12:00"
COUNTER = "Tu,Th 10:00-12:00,14:00-16:00"
BOTH = ("telefono", "sportello")


@dataclass(frozen=True)
class Hours:
    """Weekly hours as the office writes them."""

    channel: str
    rule: str
    valid_from: date = date(2026, 1, 1)
    by_appointment: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True)
class Closure:
    """Days that differ from the week as the office writes them; without ranges they are closed."""

    channels: tuple[str, ...]
    first_day: date
    last_day: date
    ranges: str = ""
    reason: str = "ferie"
    reason_en: str = ""
    notice: str = ""
    notice_en: str = ""


def calendar(
    expression: str = PHONE,
    *,
    by_appointment: bool = False,
    exceptions: Sequence[ExceptionalDays] = (),
    holidays: Holidays | None = None,
) -> Calendar:
    """The weekly hours compiled for the years that the tests speak of, 2025 to 2028."""
    return Calendar(
        [DatedRule(date(2020, 1, 1), parse(expression), by_appointment)],
        first=date(2025, 1, 1),
        last=date(2028, 12, 31),
        exceptions=exceptions,
        holidays=national(2025, 2028) if holidays is None else holidays,
    )


def rome(text: str) -> datetime:
    """«2026-12-04 11:30» on the clock of Rome."""
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


def _ranges(quarters: list[int]) -> tuple[TimeRange, ...]:
    edges = [time(quarter // 4, quarter % 4 * 15) for quarter in quarters]
    return tuple(TimeRange(*pair) for pair in zip(edges[::2], edges[1::2], strict=False))


_DAYS = st.lists(st.integers(7 * 4, 20 * 4), unique=True, max_size=6).map(sorted).map(_ranges)
WEEKS = st.lists(_DAYS, min_size=7, max_size=7).map(lambda days: WeekRule(tuple(days)))
