"""Commands of the office file: hours, topics, offices, texts."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from urp.appointments import outside
from urp.cases.dates import PROMISE_CHANNEL
from urp.cases.promise import Promise, promised_at
from urp.channels import directory as channel_directory
from urp.cli.command_group import CommandGroup
from urp.foundation.changes import Changes
from urp.foundation.clock import now, to_rome
from urp.foundation.db import transaction
from urp.hours import lint, publish
from urp.hours.calendar import Calendar
from urp.hours.days import CHANNELS, Channel
from urp.hours.difference import difference
from urp.hours.queries import calendar
from urp.offices import directory, importer
from urp.offices.problems import OfficeFileError, Problem

office = CommandGroup("office", help="The office file: hours, topics, offices, texts.")


@office.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say every mistake of an office file with its line, or what it would change in the hours; change nothing."""
    content = _read(file)
    click.echo(f"{file}: no mistakes found")
    try:
        told = _foreseen(content)
    except SQLAlchemyError:  # no database yet: nothing is published that could change
        return
    _say(told)


@office.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--first", is_flag=True, help="Only when the database holds no office yet.")
def import_(file: Path, first: bool) -> None:
    """Merge an office file into the database."""
    if first and directory.is_set_up():  # a mistake written since then must not stop what works
        return
    content = _read(file)
    with transaction():
        if first and directory.is_set_up():  # by somebody who began together with us
            return
        changes, told = _store(content)
    click.echo(f"{file}: {changes}")
    _say(told)


class _TakenBack(Exception):
    """The import was only tried."""


def _foreseen(content: importer.OfficeFile) -> list[str]:
    told: list[str] = []
    try:
        with transaction():
            told = _store(content)[1]
            raise _TakenBack
    except _TakenBack:
        return told


def _store(content: importer.OfficeFile) -> tuple[Changes, list[str]]:
    first_time = not directory.is_set_up()
    before = {channel: calendar(channel) for channel in CHANNELS}
    changes = directory.store(content)
    changes += publish.store(content.hours, content.closures, subdivision=content.institution.subdivision)
    changes += channel_directory.store(content)
    return changes, [] if first_time else [*_in_words(before), *_left_outside()]


def _in_words(before: Mapping[Channel, Calendar]) -> Iterator[str]:
    today = to_rome(now()).date()
    for channel, old in before.items():
        for words in difference(old, calendar(channel), today, old.last):
            yield f"{channel}: {words}"


def _left_outside() -> Iterator[str]:
    if visits := outside.visits(now()):
        yield f"{len(visits)} appointments without hours or desk: see flask --app wsgi appointments outside"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _read(file: Path) -> importer.OfficeFile:
    try:
        content = importer.read(file)
    except OfficeFileError as error:
        _stop(file, error.problems)
    if wrong := _wrong_hours(content):
        _stop(file, [Problem(content.line_of(one.path), one.path, one.message) for one in wrong])
    return content


def _wrong_hours(content: importer.OfficeFile) -> list[lint.HoursProblem]:
    written, given = (content.hours, content.closures), content.institution.promise
    subdivision, today = content.institution.subdivision, to_rome(now()).date()
    if wrong := lint.check(*written, subdivision=subdivision, today=today):
        return wrong
    if wrong := lint.check_lengths("sportello", content.hours, _lengths(content)):
        return wrong
    promise = Promise(given.working_days, given.open_hours)

    def count(calendar: Calendar, at: datetime) -> datetime:
        return promised_at(calendar, at, promise)

    unkept = lint.check_promise(PROMISE_CHANNEL, *written, count=count, subdivision=subdivision, today=today)
    return [unkept] if unkept else []


def _lengths(content: importer.OfficeFile) -> dict[str, int]:
    own = {f"topics.{place}.visit_minutes": one.visit_minutes for place, one in enumerate(content.topics)}
    lengths = {"institution.counter.visit_minutes": content.institution.counter.visit_minutes, **own}
    return {path: minutes for path, minutes in lengths.items() if minutes}


def _stop(file: Path, problems: Sequence[Problem]) -> NoReturn:
    for problem in sorted(problems):
        click.echo(f"{file}:{problem.line}: {problem.path}: {problem.message}", err=True)
    sys.exit(1)
