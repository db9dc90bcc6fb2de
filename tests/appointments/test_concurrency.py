"""One person, one case, one time: whoever asks twice at the same moment gets one visit."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import book_audit
from tests.factories.busy_counter import door, figures, places, take, visit, visitor
from tests.factories.cases import opened
from tests.factories.crowds import tally, together
from urp.appointments.book import Booked, book, book_new, confirm
from urp.appointments.cancel import cancel
from urp.appointments.models import Appointment, Claim
from urp.appointments.move import move
from urp.cases.models import Case
from urp.foundation.clock import now
from urp.foundation.db import db
from urp.outbox.models import MESSAGES

PEOPLE = 20


@pytest.fixture
def at(app: Flask) -> datetime:
    """The instant at which everybody comes; two desks, nothing kept for the phone."""
    with app.app_context():
        figures(desks=2, phone_share_percent=0)
    return now()


def test_a_person_who_confirms_in_twenty_windows_has_one_visit(app: Flask, at: datetime) -> None:
    with app.app_context():
        holds = [take(start, at=at) for start in places(at)[:PEOPLE]]
    outcomes = together(app, [partial(door, confirm, held, visitor(1), at=at) for held in holds])
    assert tally(outcomes) == {"done": 1, "AlreadyBooked": PEOPLE - 1}
    assert in_the_book(app) == {"held": PEOPLE - 1, "confirmed": 1, "cases": 1}


def test_a_button_pressed_twenty_times_confirms_once(app: Flask, at: datetime) -> None:
    with app.app_context():
        held = take(places(at)[0], at=at)
    outcomes = together(app, [partial(door, confirm, held, visitor(1), at=at)] * PEOPLE)
    assert tally(outcomes)["done"] == 1
    assert set(tally(outcomes)) <= {"done", "HoldExpired", "AlreadyBooked"}
    assert in_the_book(app) == {"confirmed": 1, "cases": 1}


def test_a_question_becomes_one_visit(app: Flask, at: datetime) -> None:
    with app.app_context():
        case, starts = opened(), places(at)[:PEOPLE]
    outcomes = together(app, [partial(door, book, case, start, needs=(), at=at) for start in starts])
    assert tally(outcomes) == {"done": 1, "AlreadyBooked": PEOPLE - 1}
    assert in_the_book(app) == {"confirmed": 1, "cases": 1}


def test_web_and_telephone_sell_a_time_to_one_of_both(app: Flask, at: datetime) -> None:
    with app.app_context():
        figures(desks=1)
        start = places(at)[0]
    calls = [partial(door, book_new, start, visitor(number, channel="phone"), at=at) for number in range(PEOPLE)]
    pages: list[Callable[[], Any]] = [partial(visit, start, PEOPLE + number, at=at) for number in range(PEOPLE)]
    outcomes = together(app, [*calls, *pages])
    assert tally(outcomes) == {"done": 1, "Taken": 2 * PEOPLE - 1}
    assert in_the_book(app) == {"confirmed": 1, "cases": 1}


def test_a_visit_moved_and_given_up_at_once_ends_in_one_way(app: Flask, at: datetime) -> None:
    with app.app_context():
        start, *others = places(at)[:8]
        booked = visit(start, 1, at=at)
    moves = [partial(door, move, booked.appointment_id, other, at=at, by="citizen") for other in others]
    cancels: list[Callable[[], Any]] = [partial(door, cancel, booked.appointment_id, at=at, by="citizen")] * 8
    outcomes = together(app, [*moves, *cancels])
    assert set(tally(outcomes)) <= {"done", "WrongState"}
    assert outcomes[len(moves) :].count(True) == 1
    assert in_the_book(app) == {"cancelled": 1, "cases": 1}


def test_each_change_has_a_number_and_a_letter_of_its_own(app: Flask, at: datetime) -> None:
    with app.app_context():
        start, *others = places(at)[:8]
        booked: Booked = visit(start, 1, at=at)
    outcomes = together(
        app, [partial(door, move, booked.appointment_id, other, at=at, by="citizen") for other in others]
    )
    with app.app_context():
        moved = outcomes.count(True)
        keys = list(db.session.scalars(select(MESSAGES.c.dedupe_key).where(MESSAGES.c.kind == "appointment_moved")))
        assert tally(outcomes) == {"done": len(others)}
        assert db.session.get_one(Appointment, booked.appointment_id).seq == moved == len(set(keys)) == len(keys)


def in_the_book(app: Flask) -> dict[str, int]:
    """How many visits there are in each state, and cases in all; nothing is malformed."""
    with app.app_context():
        assert book_audit.faults() == []
        rows = db.session.execute(select(Appointment.state, func.count()).group_by(Appointment.state)).all()
        active = select(func.coalesce(func.sum(Appointment.ticks), 0)).where(
            Appointment.state.in_(["held", "confirmed"])
        )
        mine = select(func.count()).select_from(Claim).where(Claim.appointment_id.is_not(None))
        assert db.session.scalar(active) == db.session.scalar(mine)
        return {
            **{state: number for state, number in rows},
            "cases": db.session.scalar(select(func.count(Case.id))) or 0,
        }
