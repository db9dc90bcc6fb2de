"""The list of command groups."""

from flask import Flask

from urp.cli.office import office
from urp.cli.outbox import outbox


def init_app(app: Flask) -> None:
    """Add the command groups."""
    for group in (office, outbox):
        app.cli.add_command(group)
