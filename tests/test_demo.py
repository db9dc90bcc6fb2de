"""The demonstration week is made once, with the verbs everybody uses."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.factories.hours import rome
from urp.appointments.models import Appointment, Wish
from urp.appointments.states import State
from urp.cases.models import Case
from urp.demo import VISITS, WEEK
from urp.foundation.clock import now
from urp.foundation.db import Base, db
from urp.outbox.models import OutboxMessage

SUNDAY, CHRISTMAS, SPRING = "2026-11-22 12:00", "2026-12-25 23:30", "2027-03-29 08:00"


@pytest.mark.parametrize("day", [SUNDAY, CHRISTMAS, SPRING])
def test_the_demo_fills_an_empty_office_once(app: Flask, day: str) -> None:
    runner = app.test_cli_runner()

    with time_machine.travel(rome(day), tick=False):
        first, second = (runner.invoke(args=["demo"]) for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    with app.app_context():
        assert count(Case) == len(WEEK) + len(VISITS)
        letters = count(OutboxMessage)
    extra = sum(bool(scene.adds) + scene.withdraws + scene.comes for scene in WEEK)
    assert letters == 2 * len(WEEK) + extra + sum(visit.phone is None for visit in VISITS)


@pytest.mark.parametrize("day", [SUNDAY, SPRING])
def test_visits_are_to_come_but_for_one_and_somebody_waits(app: Flask, day: str) -> None:
    with time_machine.travel(rome(day), tick=False):
        app.test_cli_runner().invoke(args=["demo"])

        with app.app_context():
            visits = db.session.execute(select(Appointment.state, Appointment.starts_at)).all()
            assert count(Wish) == 1
        been = [starts_at < now() for _, starts_at in visits]

    assert [state == State.ATTENDED for state, _ in visits] == been
    assert (len(visits), sum(been)) == (len(VISITS) + sum(scene.comes for scene in WEEK), 1)


def count(table: type[Base]) -> int:
    """How many rows there are."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0
