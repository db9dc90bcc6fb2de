"""Runs the migrations with the application's own engine."""

from alembic import context
from flask import current_app

from urp.foundation.db import db


def run() -> None:
    """Bring the database to the revision asked for, in one transaction where the database can."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


run()
