"""The waiting list: who may join, what they are told, and every way off it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands
from tests.factories.cases import letters, opened, put, text_of, view
from tests.factories.hours import rome
from tests.factories.waiting import asked, live, make_all, released, states_of_offers, waiting
from urp.appointments import wish, wish_queries
from urp.appointments.attend import attended, missed
from urp.appointments.book import book
from urp.appointments.cancel import cancel
from urp.appointments.models import Wish
from urp.cases import queries as cases
from urp.cases.models import Case
from urp.cases.withdraw import withdraw
from urp.foundation.db import db, transaction
from urp.foundation.errors import WrongState

pytestmark = pytest.mark.usefixtures("office")


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Wish.state).order_by(Wish.id)))


def kinds(case_id: int | None) -> list[str]:
    assert case_id is not None
    db.session.rollback()
    return [entry.kind for entry in cases.timeline(case_id)]


def test_who_asks_for_any_time_gets_a_case_a_promise_and_a_letter(app: Flask) -> None:
    who = asked(7)

    case, found = view(who.case_id), wish_queries.waiting_wish(who.case_id)
    assert found is not None
    assert (found.appointment_id, found.ticks, found.offers) == (None, 6, 0)
    assert case.promised_at == rome("2026-11-26 16:00")
    assert case.office_id is None
    (letter,) = letters(app, "appointment_waiting")
    words = text_of(letter)
    assert str(letter["Subject"]) == f"La lista d’attesa per un appuntamento ({who.code})"
    assert f"/l/{who.token}" in words
    assert "giovedì 26 novembre 2026" in words
    assert kinds(who.case_id) == ["received", "wish_noted"]


def test_needs_make_the_wished_visit_longer() -> None:
    found = wish_queries.waiting_wish(asked(7, needs=("lis",)).case_id)

    assert found is not None
    assert (found.ticks, found.needs) == (10, ("lis",))


def test_without_an_address_nobody_waits_for_mails() -> None:
    with pytest.raises(wish.NoAddress):
        asked(None, person={"email": None, "reply_by": "phone"})
    visit = booked(TUESDAY, channel="phone", person={"email": None, "reply_by": "phone"})
    with pytest.raises(wish.NoAddress), transaction():
        wish.note(visit.case_id or 0, appointment_id=visit.id, at=MONDAY)

    assert states() == []
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1  # the refused asking left no case


def test_asking_twice_is_asking_once() -> None:
    visit = waiting(THURSDAY, 2)

    with transaction():
        assert not wish.note(visit.case_id or 0, appointment_id=visit.id, at=MONDAY)
    assert states() == ["waiting"]
    assert kinds(visit.case_id).count("wish_noted") == 1


def test_a_question_can_wait_for_a_visit_too(app: Flask) -> None:
    case = opened(topic="ambiente")
    with transaction():
        assert wish.note(case.id, appointment_id=None, at=MONDAY)

    assert len(letters(app, "appointment_waiting")) == 1
    with transaction():
        visit_id = book(case, TUESDAY, needs=(), at=MONDAY)
    assert states() == ["served"]

    with transaction():
        assert wish.note(case.id, appointment_id=visit_id, at=MONDAY)  # now for an earlier one
    assert states() == ["served", "waiting"]


def test_booking_oneself_lets_what_is_offered_go() -> None:
    who = asked(7)
    released(TUESDAY)
    assert make_all() == 1

    with transaction():
        book(view(who.case_id), THURSDAY, needs=(), at=MONDAY)

    assert (states(), states_of_offers()) == (["served"], ["declined"])
    assert live(who.case_id) is None


def test_who_leaves_lets_what_is_offered_go() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()

    with transaction():
        assert wish.leave(visit.case_id or 0, MONDAY)
    with transaction():
        assert not wish.leave(visit.case_id or 0, MONDAY)

    assert (states(), states_of_offers()) == (["left"], ["declined"])
    assert kinds(visit.case_id)[-1] == "wish_left"
    assert make_all() == 0


def test_a_cancelled_visit_is_waited_for_no_more() -> None:
    visit = waiting(THURSDAY, 2)
    with transaction():
        cancel(visit.id, at=MONDAY, by="office")

    assert states() == ["left"]


@pytest.mark.parametrize("verb", [attended, missed])
def test_who_has_been_here_or_did_not_come_waits_for_no_earlier_time(verb) -> None:
    visit = waiting(TUESDAY, 2)
    at = TUESDAY + timedelta(hours=1)
    with clock_stands(at), transaction():
        assert verb(visit.id, at=at, actor="office")

    assert states() == ["left"]


def test_a_second_visit_ends_the_wish_for_the_first_to_be_earlier() -> None:
    case = opened(topic="ambiente")
    with transaction():
        first = book(case, TUESDAY, needs=(), at=MONDAY)
        wish.note(case.id, appointment_id=first, at=MONDAY)
    at = TUESDAY + timedelta(hours=1)
    with clock_stands(at), transaction():
        second = book(view(case.id), rome("2026-12-10 10:00"), needs=(), at=at)
    assert states() == ["served"]

    with clock_stands(at), transaction():
        assert wish.note(case.id, appointment_id=second, at=at)
        assert attended(first, at=at, actor="office")  # noted late: it is the other visit that the wish is for
    assert states() == ["served", "waiting"]


def test_a_withdrawn_request_waits_no_more() -> None:
    who = asked(7)
    with transaction():
        withdraw(view(who.case_id), at=MONDAY)

    assert states() == ["left"]


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_a_case_that_is_over_cannot_wait(state: str) -> None:
    case = opened(topic="ambiente")
    put(case.id, state, closed_at=MONDAY)

    with pytest.raises(WrongState), transaction():
        wish.note(case.id, appointment_id=None, at=MONDAY)


def test_only_ones_own_coming_visit_can_be_wished_earlier() -> None:
    mine, other = booked(THURSDAY, 1), booked(TUESDAY, 2)

    with pytest.raises(WrongState), transaction():
        wish.note(mine.case_id or 0, appointment_id=other.id, at=MONDAY)
