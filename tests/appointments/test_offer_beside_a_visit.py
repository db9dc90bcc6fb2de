"""Nobody is offered a time that they could not accept, for they have a visit already."""

import pytest

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, seen
from tests.factories.busy_counter import figures
from tests.factories.cases import opened
from tests.factories.hours import rome
from tests.factories.waiting import accepted, asked, live, make_all, released
from urp.appointments import wish
from urp.appointments.book import book
from urp.appointments.cancel import cancel
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture(autouse=True)
def nothing_kept_for_the_phone(office: None) -> None:
    """All times are on the web: which ones the phone keeps is not the matter here."""
    figures(phone_share_percent=0)


def test_who_has_a_visit_in_another_case_is_offered_none_beside_it() -> None:
    who = asked(7)
    other = booked(THURSDAY, 7)
    released(TUESDAY)

    assert make_all() == 0
    with transaction():
        cancel(other.id, at=MONDAY, by="citizen")
    assert make_all() == 1
    held = live(who.case_id)
    assert held is not None
    assert seen(accepted(held.id, at=MONDAY)).case_id == who.case_id


def test_a_visit_that_is_past_keeps_nobody_from_an_offer() -> None:
    booked(TUESDAY, 7)
    who = asked(7)
    wednesday = rome("2026-11-25 09:00")
    released(rome("2026-12-01 10:00"), at=wednesday)

    assert make_all(wednesday) == 1
    held = live(who.case_id)
    assert held is not None
    assert seen(accepted(held.id, at=wednesday)).case_id == who.case_id


def test_where_nobody_noted_the_outcome_of_a_visit_another_is_offered_in_its_case() -> None:
    question, wednesday = opened(at=MONDAY), rome("2026-11-25 09:00")
    with transaction():
        visit_id = book(question, TUESDAY, needs=(), at=MONDAY)
        wish.note(question.id, appointment_id=visit_id, at=MONDAY)
        wish.note(question.id, appointment_id=None, at=wednesday)
    released(rome("2026-12-01 10:00"), at=wednesday)

    assert make_all(wednesday) == 1
    held = live(question.id)
    assert held is not None
    second = accepted(held.id, at=wednesday)
    assert second != visit_id
    assert seen(second).case_id == question.id


def test_a_question_with_a_visit_to_come_is_offered_none_beside_it() -> None:
    question = opened(at=MONDAY)
    with transaction():
        visit_id = book(question, THURSDAY, needs=(), at=MONDAY, override=True)  # nothing but the case tells whose
        wish.note(question.id, appointment_id=visit_id, at=MONDAY)
        wish.note(question.id, appointment_id=None, at=MONDAY)
    released(TUESDAY)

    assert make_all() == 0
