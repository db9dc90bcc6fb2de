"""The whole database at a moment, to see whether anything changed."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from urp.foundation.db import Base, db


def all_rows(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table."""
    with app.app_context():
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(map(tuple, db.session.execute(select(table))), key=repr) for table in tables}
