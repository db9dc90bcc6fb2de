"""Reading the hours: one compiled timetable per channel and year, kept in process."""

from sqlalchemy import or_, select

from urp.foundation.clock import now, to_rome
from urp.foundation.db import db
from urp.foundation.versions import cached
from urp.hours.calendar import Calendar, Timetable, horizon
from urp.hours.days import CHANNELS, Channel, DatedRule, ExceptionalDays
from urp.hours.grammar import parse, parse_ranges
from urp.hours.holidays import DEFAULT_SUBDIVISION, Holidays, Override, apply, national
from urp.hours.models import HolidayOverride, HolidayPlace, HoursException, HoursRule

VERSION = "hours"


def calendar(channel: Channel) -> Calendar:
    """The compiled calendar of the channel, from last year to the year after next (Europe/Rome)."""
    return timetable(channel).calendar


def timetable(channel: Channel) -> Timetable:
    """What the office wrote about the channel and its calendar; compiled on change and on New Year's Day."""
    year = to_rome(now()).year
    return cached(VERSION, lambda: _compile(channel), part=f"{channel} {year}")


def timetables() -> list[Timetable]:
    """The timetable of every channel, in the order in which pages show them."""
    return [timetable(channel) for channel in CHANNELS]


def legal_holidays() -> Holidays:
    """National holidays and the patron saint, for statutory terms: the office's own word does not count."""
    first, last = horizon(to_rome(now()).date())
    return cached(VERSION, lambda: national(first.year, last.year, _subdivision()), part=f"holidays {first.year}")


def _compile(channel: Channel) -> Timetable:
    first, last = horizon(to_rome(now()).date())
    rules, exceptions = _rules(channel), _exceptions(channel)
    holidays = apply(_overrides(), national(first.year, last.year, _subdivision()))
    compiled = Calendar(rules, first=first, last=last, exceptions=exceptions, holidays=holidays)
    return Timetable(channel, rules, exceptions, compiled)


def _rules(channel: Channel) -> tuple[DatedRule, ...]:
    rows = db.session.scalars(select(HoursRule).where(HoursRule.channel == channel).order_by(HoursRule.valid_from))
    return tuple(
        DatedRule(row.valid_from, parse(row.expression), row.by_appointment, row.note, row.note_en) for row in rows
    )


def _exceptions(channel: Channel) -> tuple[ExceptionalDays, ...]:
    concerned = or_(HoursException.channel.is_(None), HoursException.channel == channel)
    rows = db.session.scalars(select(HoursException).where(concerned).order_by(HoursException.id))
    return tuple(
        ExceptionalDays(
            row.first_day,
            row.last_day,
            parse_ranges(row.ranges) if row.ranges else (),
            reason=row.reason,
            reason_en=row.reason_en,
            notice=row.notice,
            notice_en=row.notice_en,
        )
        for row in rows
    )


def _overrides() -> list[Override]:
    rows = db.session.scalars(select(HolidayOverride).order_by(HolidayOverride.day))
    return [Override(row.day, row.is_open, row.reason) for row in rows]


def _subdivision() -> str:
    return db.session.scalar(select(HolidayPlace.subdivision)) or DEFAULT_SUBDIVISION
