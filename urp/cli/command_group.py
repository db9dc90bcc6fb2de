"""What our command groups share: trouble is one line on stderr and exit code 1, a number fits into a row."""

import sys
from typing import Any, NoReturn

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from urp.foundation.db import DatabaseBusy
from urp.foundation.errors import UrpError

NUMBER = click.IntRange(1, 2**63 - 1)


class CommandGroup(AppGroup):
    """A group whose commands never end with a traceback for a broken rule or a database that is away."""

    def invoke(self, ctx: click.Context) -> Any:
        """Do the command; raises SystemExit."""
        try:
            return super().invoke(ctx)
        except DatabaseBusy:
            stop("the database is busy: nothing was stored, try again")
        except UrpError as error:
            stop(str(error) or type(error).__name__)
        except SQLAlchemyError as error:
            stop(f"the database: {_first_line(error)}")


def stop(problem: str) -> NoReturn:
    """Say what is wrong and end; raises SystemExit."""
    click.echo(problem, err=True)
    sys.exit(1)


def _first_line(error: SQLAlchemyError) -> str:
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()  # without the statement
    return said.partition("\n")[0] or type(error).__name__
