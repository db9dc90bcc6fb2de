"""Commands of the office file: hours, topics, offices, texts."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from urp.cases.dates import PROMISE_CHANNEL
from urp.cases.promise import Promise, promised_at
from urp.channels import directory as channel_directory
from urp.cli.command_group import CommandGroup
from urp.foundation.clock import now, to_rome
from urp.foundation.db import transaction
from urp.hours import lint, publish
from urp.hours.calendar import Calendar
from urp.offices import directory, importer
from urp.offices.problems import OfficeFileError, Problem

office = CommandGroup("office", help="The office file: hours, topics, offices, texts.")


@office.command("check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say every mistake of an office file with its line; change nothing."""
    _read(file)
    click.echo(f"{file}: no mistakes found")


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
        changes = directory.store(content)
        changes += publish.store(content.hours, content.closures, subdivision=content.institution.subdivision)
        changes += channel_directory.store(content)
    click.echo(f"{file}: {changes}")


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
    promise = Promise(given.working_days, given.open_hours)

    def count(calendar: Calendar, at: datetime) -> datetime:
        return promised_at(calendar, at, promise)

    unkept = lint.check_promise(PROMISE_CHANNEL, *written, count=count, subdivision=subdivision, today=today)
    return [unkept] if unkept else []


def _stop(file: Path, problems: Sequence[Problem]) -> NoReturn:
    for problem in sorted(problems):
        click.echo(f"{file}:{problem.line}: {problem.path}: {problem.message}", err=True)
    sys.exit(1)
