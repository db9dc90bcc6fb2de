"""The list of command groups."""

from flask import Flask

from urp.cli.office import office
from urp.cli.outbox import outbox
from urp.cli.pec import pec
from urp.cli.quarantine import inbox


def init_app(app: Flask) -> None:
    """Add the command groups."""
    for group in (office, inbox, outbox, pec):
        app.cli.add_command(group)
