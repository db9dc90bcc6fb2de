"""Commands for messages that wait for a person: into a case, into a request, among the spam."""

from collections.abc import Callable

import click

from urp.cli.command_group import NUMBER
from urp.cli.inbox import inbox
from urp.foundation.db import transaction
from urp.inbox import settle
from urp.inquiries import take_in

__all__ = ["inbox"]

numbered: Callable[[Callable[..., None]], Callable[..., None]] = click.argument(
    "incoming_id", metavar="ID", type=NUMBER
)


@inbox.command("attach")
@numbered
@click.argument("code")
def attach(incoming_id: int, code: str) -> None:
    """Put a waiting message into the request with this code, whoever sent it."""
    waiting = take_in.look_at(incoming_id)
    with transaction():
        done = take_in.attach(waiting, code)
    click.echo(f"message {incoming_id}: attached" if done else f"message {incoming_id}: was attached before")


@inbox.command("open")
@numbered
def open_(incoming_id: int) -> None:
    """Open a request from a waiting message."""
    waiting = take_in.look_at(incoming_id)
    with transaction():
        opened = take_in.open_request(waiting)
    click.echo(f"message {incoming_id}: {f'opened {opened.code}' if opened else 'was opened before'}")


@inbox.command("spam")
@numbered
@click.option("--reason", required=True, metavar="TEXT", help="Why, for whoever looks later.")
def spam(incoming_id: int, reason: str) -> None:
    """Say that a waiting message is spam; it is kept."""
    with transaction():
        done = settle.spam(incoming_id, reason)
    click.echo(f"message {incoming_id}: {'marked as spam' if done else 'was spam before'}")
