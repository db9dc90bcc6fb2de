"""The list of command groups."""

from flask import Flask

from urp.cli.appointments import appointments
from urp.cli.office import office
from urp.cli.operators import operators
from urp.cli.outbox import outbox
from urp.cli.pec import pec
from urp.cli.quarantine import inbox


def init_app(app: Flask) -> None:
    """Add the command groups."""
    for group in (office, appointments, inbox, outbox, pec, operators):
        app.cli.add_command(group)
