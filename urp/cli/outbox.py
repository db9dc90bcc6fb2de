"""Commands of outgoing mail."""

import json
import sys

import click
from flask.cli import AppGroup

from urp.outbox import queries as outbox_queries
from urp.outbox import send
from urp.outbox.states import NEEDING_CARE, State

MOST_LINES = 500
NOT_SETTLED = (State.QUEUED, State.SENDING, *NEEDING_CARE)

outbox = AppGroup("outbox", help="Outgoing mail.")


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
