"""What becomes of a visit: «vengo», came, did not come."""

from datetime import timedelta

import pytest

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, held, seen
from tests.factories.cases import opened, view
from urp.appointments import queries
from urp.appointments.attend import attended, missed
from urp.appointments.book import book
from urp.appointments.call_list import to_be_called
from urp.appointments.coming import coming
from urp.cases import queries as cases
from urp.foundation.db import transaction
from urp.foundation.errors import NotFound, WrongState

pytestmark = pytest.mark.usefixtures("office")
HOUR = timedelta(hours=1)


def marked(verb, appointment_id: int, *, at=TUESDAY) -> bool:
    with transaction():
        return verb(appointment_id, at=at, actor="operator:7")


def said(appointment_id: int, *, at=MONDAY) -> bool:
    with transaction():
        return coming(appointment_id, at=at)


@pytest.mark.parametrize(("verb", "state"), [(attended, "attended"), (missed, "missed")])
def test_an_outcome_is_noted_once_and_closes_the_case_of_the_visit(verb, state) -> None:
    visit = booked(TUESDAY)
    assert marked(verb, visit.id) is True
    assert marked(verb, visit.id) is False
    assert seen(visit.id).state == state
    case = view(visit.case_id)
    assert (case.state, case.closed_at) == ("closed", TUESDAY)
    last = cases.timeline(visit.case_id)[-1]
    assert (last.kind, last.actor, last.data["appointment"]) == (f"appointment_{state}", "operator:7", visit.id)


def test_a_wrong_mark_is_put_right() -> None:
    visit = booked(TUESDAY)
    for verb, state in ((missed, "missed"), (attended, "attended"), (missed, "missed")):
        assert marked(verb, visit.id) is True
        assert seen(visit.id).state == state
    assert view(visit.case_id).state == "closed"


def test_a_question_is_not_closed_by_a_visit() -> None:
    case = opened(topic="ambiente", at=MONDAY)
    with transaction():
        visit_id = book(case, TUESDAY, needs=(), at=MONDAY)
    marked(attended, visit_id)
    assert view(case.id).state == "received"


def test_a_case_whose_later_visit_is_to_come_is_not_closed_by_the_mark_of_the_first() -> None:
    visit = booked(TUESDAY)
    with transaction():
        later = book(view(visit.case_id), THURSDAY, needs=(), at=TUESDAY + HOUR)
    assert marked(missed, visit.id, at=TUESDAY + HOUR)
    assert view(visit.case_id).state == "received"

    assert marked(attended, later, at=THURSDAY)
    assert view(visit.case_id).state == "closed"


def test_whoever_was_here_need_not_be_called_any_more() -> None:
    visit = booked(TUESDAY, channel="phone", person={"email": None, "reply_by": "phone"})
    with transaction():
        assert to_be_called(visit.id, at=MONDAY)
    assert [one.id for one in queries.to_call()] == [visit.id]

    marked(attended, visit.id)
    assert queries.to_call() == []


def test_nothing_becomes_of_a_visit_before_it_begins_nor_of_a_hold() -> None:
    visit = booked(TUESDAY)
    with pytest.raises(WrongState):
        marked(attended, visit.id, at=MONDAY)
    hold_id = held(at=MONDAY)
    with pytest.raises(WrongState):
        marked(missed, hold_id, at=seen(hold_id).starts_at)
    with pytest.raises(NotFound):
        marked(attended, 987_654)


def test_who_says_that_they_come_says_it_once() -> None:
    visit = booked(TUESDAY)
    assert said(visit.id) is True
    assert said(visit.id) is False
    assert seen(visit.id).coming_at == MONDAY
    assert [entry.kind for entry in cases.timeline(visit.case_id)].count("coming") == 1


def test_nobody_comes_to_a_visit_that_has_begun_or_does_not_stand() -> None:
    visit = booked(TUESDAY)
    with pytest.raises(WrongState):
        said(visit.id, at=TUESDAY)
    with pytest.raises(WrongState):
        said(held(at=MONDAY))
    with pytest.raises(NotFound):
        said(987_654)
