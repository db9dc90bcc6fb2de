"""Publishing the hours an office wrote: check them, store them, tell every process."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_

from urp.foundation.changes import Changes, between
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db
from urp.foundation.errors import NotFound, UrpError
from urp.foundation.versions import bump
from urp.hours import written
from urp.hours.calendar import horizon
from urp.hours.days import CHANNELS, Channel
from urp.hours.grammar import TimeRange, parse, parse_ranges
from urp.hours.holidays import DEFAULT_SUBDIVISION, Override
from urp.hours.lint import HoursProblem, WrittenClosure, WrittenHours, check
from urp.hours.models import HolidayOverride, HolidayPlace, HoursException, HoursRule
from urp.hours.queries import VERSION
from urp.hours.written import WrittenDays


class WrongHours(UrpError):
    """The hours cannot be published; `problems` says why."""

    def __init__(self, problems: Sequence[HoursProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = tuple(problems)


def store(
    hours: Sequence[WrittenHours],
    closures: Sequence[WrittenClosure] = (),
    *,
    overrides: Sequence[Override] = (),
    subdivision: str = DEFAULT_SUBDIVISION,
) -> Changes:
    """Publish the hours of the office file and tell what changed: they replace what the file said before and
    what has the same dates; the rest of what was written in the console stays.

    Raises WrongHours, and stores nothing, when `check` finds a mistake.
    """
    today = to_rome(now()).date()
    problems = check(hours, closures, overrides=overrides, subdivision=subdivision, today=today)
    if problems:
        raise WrongHours(problems)
    changes = _replace(HoursRule, _rule_name, *_rules(hours))
    changes += _replace(HoursException, _closure_name, *_exceptions(closures))
    changes += _merge_overrides(overrides) + _move(subdivision)
    if changes:
        db.session.flush()
        bump(VERSION)
    return changes


def add_exception(
    first: date,
    last: date,
    *,
    channels: Collection[Channel],
    ranges: str = "",
    reason: str,
    reason_en: str = "",
    notice: str = "",
    notice_en: str = "",
) -> Changes:
    """Close the local days from `first` to `last`, or open them in `ranges`, and tell what changed.

    It replaces what was written for the very same days. Raises WrongHours as `check_days` does.
    """
    kept = tuple(channel for channel in CHANNELS if channel in channels)
    extra = WrittenDays(first, last, kept, ranges, reason, reason_en, notice, notice_en)
    check_days(extra)
    rows = _exceptions([extra])[1]
    for row in rows:
        row.from_file = False
    same = [HoursException.first_day == first, HoursException.last_day == last]
    whole = len(kept) == len(CHANNELS)  # else what both channels share stays for the other: the last written decides
    doomed = and_(*same) if whole else and_(*same, HoursException.channel.in_(kept))
    changes = _replace(HoursException, _closure_name, doomed, rows)
    if changes:
        db.session.flush()
        bump(VERSION)
    return changes


def check_days(extra: WrittenDays) -> None:
    """Refuse days that cannot be meant: without a reason, over, in no order, too far ahead, in hours that the lint
    refuses, that leave too few openings in a year, or where narrower days would go on to decide. Raises WrongHours.
    """
    today = to_rome(now()).date()
    problems = [*_unreal_days(extra, today)] or check(
        written.rules(),
        [*written.days(), extra],
        overrides=[Override(row.day, row.is_open, row.reason) for row in db.session.scalars(select(HolidayOverride))],
        subdivision=db.session.scalar(select(HolidayPlace.subdivision)) or DEFAULT_SUBDIVISION,
        today=today,
    )
    if problems := [*problems] or [*_narrower(extra, today)]:
        raise WrongHours(problems)


def remove_exception(first: date, last: date, *, channels: Collection[Channel] = CHANNELS) -> Changes:
    """Take back what was written for the days from `first` to `last`, and only for these; tell what changed.

    Raises NotFound, with the closures to come, when nothing was written for exactly these days.
    """
    exact = [HoursException.first_day == first, HoursException.last_day == last]
    concerned = or_(HoursException.channel.is_(None), HoursException.channel.in_(channels))
    rows = list(db.session.scalars(select(HoursException).where(*exact, concerned).order_by(HoursException.id)))
    if not rows:
        raise NotFound(f"nothing was written for {_days_name(first, last)}; there is: {_coming() or 'nothing'}")
    names = tuple(_closure_name(row) for row in rows)
    for row in rows:
        others = [channel for channel in CHANNELS if channel not in channels]
        if row.channel is None and others:
            row.channel = others[0]  # there are two channels
        else:
            db.session.delete(row)
    db.session.flush()
    bump(VERSION)
    return Changes(retired=names)


def _unreal_days(extra: WrittenDays, today: date) -> Iterator[HoursProblem]:
    latest = horizon(today)[1]
    if not extra.reason.strip():
        yield HoursProblem("reason", "the reason is empty: write why, in a few words")
    if not extra.channels:
        yield HoursProblem("channels", f"no channel is named: write one of {', '.join(CHANNELS)}")
    if extra.last_day < extra.first_day:
        yield HoursProblem("last_day", "the last day comes before the first: write the first day, then the last")
    elif extra.last_day < today:
        yield HoursProblem("last_day", f"{extra.last_day} is over: write a day to come")
    if extra.last_day > latest:
        yield HoursProblem("last_day", f"{extra.last_day} is too far ahead: the calendar ends on {latest}")


def _narrower(extra: WrittenDays, today: date) -> Iterator[HoursProblem]:
    """Days with hours of their own inside these, which would stay as they are: the most precise word decides."""
    wanted, begins = _ranges(extra), max(extra.first_day, today)
    found = [
        _days_name(one.first_day, one.last_day)
        for one in written.days()
        if one.first_day <= extra.last_day
        and begins <= one.last_day  # they meet
        and one.last_day - one.first_day < extra.last_day - extra.first_day
        and {*one.channels} & {*extra.channels}
        and _ranges(one) != wanted
    ]
    if names := [*dict.fromkeys(found)]:
        first = ", ".join(f"appointments reopen {name.replace('/', ' ')}" for name in names)
        yield HoursProblem("first_day", f"other hours are written for {', '.join(names)} and would stay: {first} first")


def _ranges(days: WrittenDays) -> tuple[TimeRange, ...]:
    return parse_ranges(days.ranges) if days.ranges else ()


def _rules(hours: Sequence[WrittenHours]) -> tuple[ColumnElement[bool], list[HoursRule]]:
    same = tuple_(HoursRule.channel, HoursRule.valid_from).in_([(entry.channel, entry.valid_from) for entry in hours])
    return or_(HoursRule.from_file, same), [
        HoursRule(
            channel=entry.channel,
            valid_from=entry.valid_from,
            expression=str(parse(entry.rule)),
            by_appointment=entry.by_appointment,
            note=entry.note,
            note_en=entry.note_en,
            from_file=True,
        )
        for entry in hours
    ]


def _exceptions(closures: Sequence[WrittenClosure]) -> tuple[ColumnElement[bool], list[HoursException]]:
    same = tuple_(HoursException.first_day, HoursException.last_day).in_(
        [(closure.first_day, closure.last_day) for closure in closures]
    )
    return or_(HoursException.from_file, same), [
        HoursException(
            channel=channel,
            first_day=closure.first_day,
            last_day=closure.last_day,
            ranges=closure.ranges or None,
            reason=closure.reason,
            reason_en=closure.reason_en,
            notice=closure.notice,
            notice_en=closure.notice_en,
            from_file=True,
        )
        for closure in closures
        for channel in ((None,) if set(closure.channels) == set(CHANNELS) else closure.channels)
    ]


def _replace(
    table: type[HoursRule] | type[HoursException],
    name: Callable[[Any], str],
    doomed: ColumnElement[bool],
    wanted: Sequence[HoursRule | HoursException],
) -> Changes:
    columns = [column for column in table.__table__.c if column.name != "id"]
    rows = db.session.execute(select(*columns).where(doomed).order_by(table.id)).all()
    old = [(name(row), tuple(row)) for row in rows]
    new = [(name(row), tuple(getattr(row, column.name) for column in columns)) for row in wanted]
    if old == new:
        return Changes()
    db.session.execute(delete(table).where(doomed))
    db.session.add_all(wanted)
    return between(old, new) or Changes(changed=(f"order of {table.__tablename__}",))  # the last written decides


def _rule_name(row: Any) -> str:
    return f"hours {row.channel} from {row.valid_from}"


def _closure_name(row: Any) -> str:
    return f"closure {_days_name(row.first_day, row.last_day)} {row.channel or ''}".rstrip()


def _days_name(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first}/{last}"


def _coming() -> str:
    today = to_rome(now()).date()
    names = [_days_name(one.first_day, one.last_day) for one in written.days() if one.last_day >= today]
    return ", ".join(dict.fromkeys(names))


def _merge_overrides(overrides: Sequence[Override]) -> Changes:
    found = db.session.scalars(select(HolidayOverride).where(HolidayOverride.day.in_([one.day for one in overrides])))
    old = [(f"holiday {row.day}", (row.is_open, row.reason)) for row in found]
    for one in overrides:
        db.session.merge(HolidayOverride(day=one.day, is_open=one.is_open, reason=one.reason))
    return between(old, [(f"holiday {one.day}", (one.is_open, one.reason)) for one in overrides])


def _move(subdivision: str) -> Changes:
    row = db.session.get(HolidayPlace, 1)
    old = [("patron saint", row.subdivision)] if row else []
    db.session.merge(HolidayPlace(id=1, subdivision=subdivision))
    return between(old, [("patron saint", subdivision)])
