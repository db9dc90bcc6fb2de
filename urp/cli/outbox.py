"""Commands of outgoing mail."""

import json
import sys

import click

from urp.channels import freeze as freezing
from urp.cli.command_group import NUMBER, CommandGroup
from urp.foundation.db import transaction
from urp.outbox import arrows, resend, send
from urp.outbox import queries as outbox_queries
from urp.outbox.states import State

MOST_LINES = 500

outbox = CommandGroup("outbox", help="Outgoing mail.")


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
@click.option("--state", "states", multiple=True, type=click.Choice([*map(str, State)]))
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each message.")
def list_(states: tuple[str, ...], as_json: bool) -> None:
    """List the oldest messages in the given states, or all that are not settled, without a word of their content."""
    most = MOST_LINES + 1
    rows = outbox_queries.listing(states, limit=most) if states else outbox_queries.unsettled(limit=most)
    for row in rows[:MOST_LINES]:
        click.echo(json.dumps(row.as_dict()) if as_json else row.as_line())
    if len(rows) > MOST_LINES:
        click.echo(f"only the oldest {MOST_LINES} are listed: choose with --state", err=True)


@outbox.command("resend")
@click.argument("number", type=NUMBER)
def resend_(number: int) -> None:
    """Send a message again that is uncertain, dead, failed or without its receipt, as a new one; say its number."""
    with transaction():
        made = resend.resend(number)
    click.echo(f"{number}: sent again as {made}")


@outbox.command("mark-sent")
@click.argument("number", type=NUMBER)
def mark_sent(number: int) -> None:
    """Say that a message left: somebody saw it in the mailbox. An alarm about it ends."""
    with transaction():
        resend.mark_sent(number)
    click.echo(f"{number}: sent")


@outbox.command("freeze")
def freeze() -> None:
    """Let nothing leave and read no mail until `thaw`: this database is a copy."""
    with transaction():
        freezing.freeze()
        stopped = arrows.frozen()
    click.echo(f"{stopped} frozen")


@outbox.command("thaw")
def thaw() -> None:
    """Let what was frozen leave; what may have left before the copy was made becomes uncertain."""
    with transaction():
        freezing.thaw()
        doubtful, waiting = arrows.thawed_in_doubt(), arrows.thawed()
    click.echo(f"{waiting} queued, {doubtful} uncertain")
