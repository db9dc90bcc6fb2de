"""Giving a visit up: the time rests, the case follows, and nothing happens twice."""

import pytest
from sqlalchemy import select

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, clock_stands, held, seen
from tests.factories.cases import opened, put, view
from tests.factories.snapshots import all_rows
from urp.appointments import events, queries
from urp.appointments.attend import missed
from urp.appointments.book import book
from urp.appointments.cancel import cancel, on_withdrawn
from urp.appointments.models import Block
from urp.cases import queries as cases
from urp.cases.dates import dates_of
from urp.cases.events import CaseWithdrawn
from urp.cases.withdraw import withdraw
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound, WrongState

pytestmark = pytest.mark.usefixtures("office")


def cancelled(appointment_id: int, *, by="citizen", at=MONDAY) -> bool:
    with transaction():
        return cancel(appointment_id, at=at, by=by)


def question_with_visit():
    case = opened(topic="ambiente", at=MONDAY)
    with transaction():
        return case, book(case, TUESDAY, needs=(), at=MONDAY)


def kinds(case_id: int) -> list[str]:
    return [entry.kind for entry in cases.timeline(case_id)]


def test_the_time_of_a_visit_rests_before_somebody_else_gets_it(told) -> None:
    visit = booked(TUESDAY)
    assert cancelled(visit.id) is True
    now = seen(visit.id)
    assert (now.state, now.seq) == ("cancelled", 1)
    rest = db.session.scalars(select(Block)).one()
    assert len(claims_of(block_id=rest.id)) == len(claims_of()) == 6
    assert events.AppointmentCancelled(visit.id, visit.case_id, "citizen") in told


def test_twice_is_once(rows) -> None:
    visit = booked(TUESDAY)
    cancelled(visit.id)
    before = rows()
    assert cancelled(visit.id) is False
    assert rows() == before


def test_who_gives_up_the_visit_that_opened_a_case_takes_it_back(told) -> None:
    visit = booked(TUESDAY)
    cancelled(visit.id)
    assert view(visit.case_id).state == "withdrawn"
    assert kinds(visit.case_id)[-2:] == ["appointment_cancelled", "withdrawn"]
    assert told.count(CaseWithdrawn(visit.case_id)) == 1
    assert [one for one in told if isinstance(one, events.AppointmentCancelled)] == [
        events.AppointmentCancelled(visit.id, visit.case_id, "citizen")
    ]


def test_a_question_stays_open_without_its_visit() -> None:
    case, visit_id = question_with_visit()
    cancelled(visit_id)
    assert view(case.id).state == "received"
    assert queries.active_of_case(case.id) is None
    assert queries.latest_of_case(case.id).state == "cancelled"


def test_when_the_office_cancels_the_case_stays_and_is_promised_an_answer() -> None:
    visit = booked(TUESDAY)
    cancelled(visit.id, by="office")
    case = view(visit.case_id)
    assert case.state == "received"
    assert case.promised_at == dates_of(None, presented_at=MONDAY, seen_at=MONDAY).promised_at
    assert cases.timeline(case.id)[-1].actor == "office"
    with transaction():  # and another visit may be booked in it, which is what the case is about
        again = book(case, THURSDAY, needs=(), at=MONDAY)
    assert seen(again).opened_case is True
    assert view(case.id).promised_at == THURSDAY


def test_a_case_that_is_closed_already_is_not_withdrawn() -> None:
    visit = booked(TUESDAY)
    put(visit.case_id, "closed")
    assert cancelled(visit.id) is True
    assert view(visit.case_id).state == "closed"


def test_the_person_may_book_again() -> None:
    cancelled(booked(TUESDAY).id)
    assert booked(THURSDAY).state == "confirmed"


def test_who_withdraws_a_question_does_not_come() -> None:
    case, visit_id = question_with_visit()
    with transaction():
        withdraw(case, at=MONDAY)
        on_withdrawn(CaseWithdrawn(case.id))
    assert seen(visit_id).state == "cancelled"
    assert kinds(case.id).count("withdrawn") == 1
    assert kinds(case.id).count("appointment_cancelled") == 1


def test_a_withdrawal_without_a_visit_or_after_it_began_changes_no_visit(rows) -> None:
    alone = opened(at=MONDAY, person={"email": "altra@posta.example"})
    case, _visit = question_with_visit()
    before = rows()
    with clock_stands(TUESDAY), transaction():
        on_withdrawn(CaseWithdrawn(alone.id))
        on_withdrawn(CaseWithdrawn(case.id))
    assert rows() == before


def test_a_visit_that_has_begun_or_is_over_cannot_be_given_up() -> None:
    visit = booked(TUESDAY)
    with pytest.raises(WrongState):
        cancelled(visit.id, at=TUESDAY)
    with transaction():
        missed(visit.id, at=TUESDAY, actor="office")
    with pytest.raises(WrongState):
        cancelled(visit.id, at=TUESDAY)
    with pytest.raises(NotFound):
        cancelled(987_654)


def test_a_hold_that_is_given_up_is_free_at_once_and_nobody_is_told(told) -> None:
    hold_id = held(TUESDAY)
    assert cancelled(hold_id) is True
    assert (claims_of(), told) == ([], [])
    assert seen(held(TUESDAY)).state == "held"


@pytest.fixture
def rows(app):
    """Every row of every table as it is now."""
    return lambda: all_rows(app)
