"""The commands of `flask --app wsgi …`: office, outbox."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from flask import Flask
from flask.cli import AppGroup

from urp.channels import directory as channel_directory
from urp.foundation.clock import now, to_rome
from urp.foundation.db import transaction
from urp.hours import lint, publish
from urp.offices import directory, importer
from urp.offices.problems import OfficeFileError, Problem
from urp.outbox import queries as outbox_queries
from urp.outbox import send
from urp.outbox.states import State

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
    content = _read(file)
    with transaction():
        if first and directory.is_set_up():
            return
        summary = directory.store(content)
        publish.store(content.hours, content.closures, subdivision=content.institution.subdivision)
        channel_directory.store(content)
    click.echo(f"{file}: {summary}")


@outbox.command("drain")
def drain() -> None:
    """Send what is due now, from this very process."""
    for mailbox in ("pec", "peo"):
        click.echo(f"{mailbox}: {send.drain(mailbox)}")


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([*map(str, State)]),
    default=("queued", "sending", "uncertain", "dead"),
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=500, show_default=True, help="At most so many, oldest first."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each message.")
def list_(states: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List messages in the given states, without a word of their content."""
    for row in outbox_queries.listing(states, limit):
        click.echo(json.dumps(row.as_dict()) if as_json else row.as_line())


def _read(file: Path) -> importer.OfficeFile:
    try:
        content = importer.read(file)
    except OfficeFileError as error:
        _stop(file, error.problems)
    today = to_rome(now()).date()
    subdivision = content.institution.subdivision
    wrong = lint.check(content.hours, content.closures, subdivision=subdivision, today=today)
    if wrong:
        _stop(file, [Problem(content.line_of(one.path), one.path, one.message) for one in wrong])
    return content


def _stop(file: Path, problems: Sequence[Problem]) -> NoReturn:
    for problem in sorted(problems):
        click.echo(f"{file}:{problem.line}: {problem.path}: {problem.message}", err=True)
    sys.exit(1)
