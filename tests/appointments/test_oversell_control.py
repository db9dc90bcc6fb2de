"""The control: who looks first and writes then sells a time many times over, and the audit sees it."""

import threading
import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, insert, select
from sqlalchemy.pool import NullPool

from tests.factories import book_audit
from tests.factories.busy_counter import HALF_HOUR, figures, places
from tests.factories.crowds import tally, together
from tests.faults.campaign import measured
from urp.appointments.models import Appointment
from urp.appointments.states import ACTIVE
from urp.foundation.clock import now

PEOPLE = 30


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The database as SQLAlchemy opens it by itself."""
    made = create_engine(database_url, poolclass=NullPool)
    yield made
    made.dispose()


def test_looking_first_and_writing_then_sells_one_time_to_everybody(app: Flask, engine: Engine) -> None:
    with app.app_context():
        figures(desks=1)
        wanted = places(now())[0]
        assert book_audit.faults() == []
    looked = threading.Barrier(PEOPLE)
    outcomes = together(app, [partial(sell_carelessly, engine, looked, wanted)] * PEOPLE)
    with app.app_context():
        too_many = book_audit.sold(wanted) - 1
        told = [fault for fault in book_audit.faults() if "sit at desk 1 together" in fault]
    measured(f"F23 control on {engine.dialect.name}: looking first and writing then sold {too_many} places too many")
    assert tally(outcomes) == {"done": PEOPLE}
    assert too_many == len(told) == PEOPLE - 1


def sell_carelessly(engine: Engine, looked: threading.Barrier, starts_at: datetime) -> None:
    """Check, then insert: what the program must never do."""
    same_time = select(Appointment.id).where(Appointment.starts_at == starts_at, Appointment.state.in_(ACTIVE))
    with engine.connect() as connection:
        taken = connection.execute(same_time).first()
        looked.wait(60)
        if taken is None:
            values = {
                "uid": str(uuid.uuid4()), "state": "confirmed", "desk": 1, "starts_at": starts_at, "ticks": HALF_HOUR,
                "created_at": now(),
            }  # fmt: skip
            connection.execute(insert(Appointment).values(values))
            connection.commit()
