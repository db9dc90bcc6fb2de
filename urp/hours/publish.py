"""Publishing the hours an office wrote: check them, store them, tell every process."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, tuple_

from urp.foundation.changes import Changes, between
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db
from urp.foundation.errors import UrpError
from urp.foundation.versions import bump
from urp.hours.days import CHANNELS
from urp.hours.grammar import parse
from urp.hours.holidays import DEFAULT_SUBDIVISION, Override
from urp.hours.lint import HoursProblem, WrittenClosure, WrittenHours, check
from urp.hours.models import HolidayOverride, HolidayPlace, HoursException, HoursRule
from urp.hours.queries import VERSION


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
    days = f"{row.first_day}" if row.first_day == row.last_day else f"{row.first_day}/{row.last_day}"
    return f"closure {days} {row.channel or ''}".rstrip()


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
