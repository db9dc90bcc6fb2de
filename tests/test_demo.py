"""The demonstration week is made once, with the verbs everybody uses."""

from flask import Flask
from sqlalchemy import func, select

from urp.cases.models import Case
from urp.demo import WEEK
from urp.foundation.db import db
from urp.outbox.models import OutboxMessage


def test_the_demo_fills_an_empty_office_once(app: Flask) -> None:
    runner = app.test_cli_runner()

    first, second = (runner.invoke(args=["demo"]) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == len(WEEK)
        letters = db.session.scalar(select(func.count()).select_from(OutboxMessage))
    extra = sum(bool(scene.adds) + scene.withdraws for scene in WEEK)
    assert letters == 2 * len(WEEK) + extra
