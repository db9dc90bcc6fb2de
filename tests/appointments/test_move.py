"""Moving a visit: the new time first, so that nobody ever ends up with none."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories.appointments import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    booking,
    claims_of,
    confirmed,
    held,
    publish_hours,
    seen,
)
from tests.factories.busy_counter import figures
from tests.factories.cases import opened, view
from tests.factories.hours import rome
from tests.factories.snapshots import all_rows
from urp.appointments import events, queries
from urp.appointments.attend import attended
from urp.appointments.book import book
from urp.appointments.call_list import to_be_called
from urp.appointments.cancel import cancel
from urp.appointments.coming import coming
from urp.appointments.models import Appointment, Block
from urp.appointments.move import move
from urp.appointments.refusals import NotOnOffer, Taken
from urp.cases import queries as cases
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound, WrongState

pytestmark = pytest.mark.usefixtures("office")
FIVE = timedelta(minutes=5)


def moved(appointment_id: int, starts_at, *, at=MONDAY, by="citizen", **more) -> bool:
    with transaction():
        return move(appointment_id, starts_at, at=at, by=by, **more)


def rests() -> list[Block]:
    db.session.rollback()
    return list(db.session.scalars(select(Block).order_by(Block.id)))


def test_a_visit_gets_its_new_time_and_the_old_one_rests() -> None:
    visit = booked(TUESDAY)
    assert moved(visit.id, THURSDAY) is True
    now = seen(visit.id)
    assert (now.starts_at, now.seq, now.uid, now.state) == (THURSDAY, 1, visit.uid, "confirmed")
    assert claims_of(appointment_id=visit.id) == [(THURSDAY + n * FIVE, 1) for n in range(6)]
    (rest,) = rests()
    assert (rest.kind, rest.desk, rest.starts_at, rest.ticks, rest.offers) == ("rest", 1, TUESDAY, 6, 0)
    assert claims_of(block_id=rest.id) == [(TUESDAY + n * FIVE, 1) for n in range(6)]
    with pytest.raises(Taken):
        held(TUESDAY)


def test_the_rest_lasts_between_the_offices_two_figures() -> None:
    visit = booked(TUESDAY)
    for start in (THURSDAY, TUESDAY + 6 * FIVE, rome("2026-12-01 10:00"), rome("2026-12-03 10:00")):
        moved(visit.id, start)
    waits = [(rest.free_at - MONDAY).total_seconds() / 60 for rest in rests()]
    assert len(waits) == 4
    assert all(20 <= minutes <= 60 for minutes in waits)
    assert len(set(waits)) == 4


def test_the_timeline_and_the_listeners_are_told(told) -> None:
    visit = booked(TUESDAY)
    moved(visit.id, THURSDAY, by="office", channel="phone")
    entry = cases.timeline(visit.case_id)[-1]
    assert (entry.kind, entry.actor, entry.data["starts_at"]) == (
        "appointment_moved",
        "office",
        "2026-11-26T09:00:00+00:00",
    )
    assert told.count(events.AppointmentMoved(visit.id, visit.case_id, "office", visit.starts_at)) == 1


@pytest.mark.parametrize(("by", "on_the_list"), [("citizen", False), ("office", True)])
def test_who_chooses_another_time_need_not_be_called_about_the_old_one(by, on_the_list) -> None:
    visit = booked(TUESDAY, channel="phone", person={"email": None, "reply_by": "phone"})
    with transaction():
        to_be_called(visit.id, at=MONDAY)
        assert move(visit.id, THURSDAY, at=MONDAY, by=by)

    assert bool(queries.to_call()) == on_the_list


def test_the_same_time_is_no_move(rows) -> None:
    visit = booked(TUESDAY)
    before = rows()
    assert moved(visit.id, TUESDAY) is False
    assert rows() == before


def test_what_was_said_about_the_old_time_does_not_hold_for_the_new_one() -> None:
    visit = booked(TUESDAY)
    with transaction():
        coming(visit.id, at=MONDAY)
        db.session.get_one(Appointment, visit.id).reminded_at = MONDAY
    moved(visit.id, THURSDAY)
    assert (seen(visit.id).coming_at, seen(visit.id).reminded_at) == (None, None)


def test_the_promise_follows_the_visit_that_opened_the_case_and_no_other() -> None:
    visit = booked(TUESDAY)
    moved(visit.id, THURSDAY)
    assert view(visit.case_id).promised_at == THURSDAY
    question = opened(topic="ambiente", at=MONDAY, person={"email": "altra@posta.example"})
    with transaction():
        own = book(question, TUESDAY + 6 * FIVE, needs=(), at=MONDAY)
    moved(own, THURSDAY + 6 * FIVE)
    assert view(question.id).promised_at == question.promised_at


def test_who_does_not_get_the_new_time_keeps_the_old_one(rows) -> None:
    visit = booked(TUESDAY)
    booked(THURSDAY, 1)
    before = rows()
    with transaction():
        with pytest.raises(Taken):
            move(visit.id, THURSDAY, at=MONDAY, by="citizen")
        with pytest.raises(NotOnOffer):
            move(visit.id, THURSDAY + FIVE, at=MONDAY, by="citizen")
        with pytest.raises(Taken):  # kept for the phone
            move(visit.id, rome("2026-11-26 11:00"), at=MONDAY, by="citizen")
    assert rows() == before
    assert moved(visit.id, rome("2026-11-26 11:00"), by="office", channel="phone")


def test_a_long_visit_may_move_over_its_own_minutes() -> None:
    figures(phone_share_percent=0)
    hold_id = held(TUESDAY, ticks=10)
    visit = seen(confirmed(hold_id, booking(needs=("lis",))).appointment_id)
    moved(visit.id, TUESDAY + 6 * FIVE)
    assert claims_of(appointment_id=visit.id) == [(TUESDAY + n * FIVE, 1) for n in range(6, 16)]
    (rest,) = rests()
    assert (rest.starts_at, rest.ticks) == (TUESDAY, 6)
    moved(visit.id, TUESDAY + 12 * FIVE)
    assert (rests()[-1].starts_at, rests()[-1].ticks) == (TUESDAY + 6 * FIVE, 6)
    assert len(claims_of()) == 10 + 6 + 6


def test_moving_back_onto_the_resting_time_is_not_possible() -> None:
    visit = booked(TUESDAY)
    moved(visit.id, THURSDAY)
    with pytest.raises(Taken):
        moved(visit.id, TUESDAY)
    assert seen(visit.id).starts_at == THURSDAY


def test_hours_that_changed_in_the_same_request_count() -> None:
    visit = booked(TUESDAY)
    publish_hours(counter="Tu 10:00-12:00")
    with pytest.raises(NotOnOffer) as refused:
        moved(visit.id, THURSDAY)
    assert refused.value.why == "closed"


def test_only_a_visit_that_stands_and_has_not_begun_can_move() -> None:
    visit = booked(TUESDAY)
    with pytest.raises(WrongState):
        moved(visit.id, THURSDAY, at=TUESDAY)
    with transaction():
        attended(visit.id, at=TUESDAY, actor="office")
    cancelled = booked(THURSDAY, 1)
    with transaction():
        cancel(cancelled.id, at=MONDAY, by="citizen")
    hold_id = held(rome("2026-12-01 10:00"))
    for one in (visit.id, cancelled.id, hold_id):
        with pytest.raises(WrongState):
            moved(one, rome("2026-12-03 10:00"))
    with pytest.raises(NotFound):
        moved(987_654, THURSDAY)


@pytest.fixture
def rows(app):
    """Every row of every table as it is now."""
    return lambda: all_rows(app)
