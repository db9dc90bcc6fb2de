"""The commands of `flask --app wsgi …`: office, outbox."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import AppGroup

from urp.cases.promise import Promise, promised_at
from urp.channels import directory as channel_directory
from urp.foundation.clock import now, to_rome
from urp.foundation.db import transaction
from urp.hours import lint, publish
from urp.hours.calendar import Calendar
from urp.inquiries.submit import PROMISE_CHANNEL
from urp.offices import directory, importer
from urp.offices.problems import OfficeFileError, Problem
from urp.outbox import queries as outbox_queries
from urp.outbox import send
from urp.outbox.states import NEEDING_CARE, State

MOST_LINES = 500
NOT_SETTLED = (State.QUEUED, State.SENDING, *NEEDING_CARE)

office = AppGroup("office", help="The office file: hours, topics, offices, texts.")
outbox = AppGroup("outbox", help="Outgoing mail.")


def init_app(app: Flask) -> None:
    """Add the command groups."""
    app.cli.add_command(office)
    app.cli.add_command(outbox)


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


@outbox.command("drain")
def drain() -> None:
    """Send what is due now, from this very process; exit code 1 when letters that are due could not leave."""
    stuck = False
    for mailbox in ("pec", "peo"):
        done = send.Counts(more=True)
        while done.more:
            done = send.drain(mailbox)
            click.echo(f"{mailbox}: {done}")
        stuck |= done.stopped is not None and outbox_queries.is_due(mailbox)
    if stuck:
        sys.exit(1)


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([*map(str, State)]),
    default=[*map(str, NOT_SETTLED)],
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each message.")
def list_(states: tuple[str, ...], as_json: bool) -> None:
    """List the oldest messages in the given states, without a word of their content."""
    rows = outbox_queries.listing(states, limit=MOST_LINES + 1)
    for row in rows[:MOST_LINES]:
        click.echo(json.dumps(row.as_dict()) if as_json else row.as_line())
    if len(rows) > MOST_LINES:
        click.echo(f"only the oldest {MOST_LINES} are listed: choose with --state", err=True)


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
