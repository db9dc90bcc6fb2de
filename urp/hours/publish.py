"""Publishing the hours an office wrote: check them, store them, tell every process."""

from collections.abc import Sequence

from sqlalchemy import delete, or_, tuple_

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
) -> None:
    """Publish the hours of the office file: they replace what the file said before and what has the same
    dates; the rest of what was written in the console stays.

    Raises WrongHours, and stores nothing, when `check` finds a mistake.
    """
    today = to_rome(now()).date()
    problems = check(hours, closures, overrides=overrides, subdivision=subdivision, today=today)
    if problems:
        raise WrongHours(problems)
    _replace_rules(hours)
    _replace_exceptions(closures)
    for override in overrides:
        db.session.merge(HolidayOverride(day=override.day, is_open=override.is_open, reason=override.reason))
    db.session.merge(HolidayPlace(id=1, subdivision=subdivision))
    db.session.flush()
    bump(VERSION)


def _replace_rules(hours: Sequence[WrittenHours]) -> None:
    same = tuple_(HoursRule.channel, HoursRule.valid_from).in_([(entry.channel, entry.valid_from) for entry in hours])
    db.session.execute(delete(HoursRule).where(or_(HoursRule.from_file, same)))
    db.session.add_all(
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
    )


def _replace_exceptions(closures: Sequence[WrittenClosure]) -> None:
    same = tuple_(HoursException.first_day, HoursException.last_day).in_(
        [(closure.first_day, closure.last_day) for closure in closures]
    )
    db.session.execute(delete(HoursException).where(or_(HoursException.from_file, same)))
    for closure in closures:
        everywhere = set(closure.channels) == set(CHANNELS)
        db.session.add_all(
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
            for channel in ((None,) if everywhere else closure.channels)
        )
