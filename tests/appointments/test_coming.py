"""«Vengo», and what an answer in writing does to it."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories.appointments import MONDAY, THURSDAY, clock_stands, seen
from tests.factories.cases import opened, view
from urp.appointments.book import book
from urp.appointments.coming import coming, is_in_doubt
from urp.cases import case_page
from urp.cases import queries as cases
from urp.cases.answer import answer
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")
HOUR = timedelta(hours=1)


@pytest.fixture
def case_id() -> int:
    """A question of this morning."""
    return opened(topic="ambiente", at=MONDAY - 3 * HOUR).id


def answered(case_id: int, hours: int) -> None:
    with transaction():
        answer(view(case_id), "Ecco la risposta.", at=MONDAY + hours * HOUR, actor="operator:1")


def visit(case_id: int) -> int:
    with transaction():
        return book(view(case_id), THURSDAY, needs=(), at=MONDAY)


def said(visit_id: int, hours: int) -> bool:
    with transaction():
        return coming(visit_id, at=MONDAY + hours * HOUR)


def asks(app: Flask, case_id: int, hours: int) -> bool:
    """Whether the page of the case asks if the visit is still needed."""
    case = view(case_id)
    with clock_stands(MONDAY + hours * HOUR), app.test_request_context(f"/r/{case.code}"):
        return bool(case_page.context(case)["perhaps_not_needed"])


def test_an_answer_before_the_visit_was_booked_puts_nothing_in_doubt(app: Flask, case_id: int) -> None:
    answered(case_id, -2)
    visit_id = visit(case_id)
    assert not asks(app, case_id, 0)

    answered(case_id, 1)
    assert asks(app, case_id, 1)
    assert is_in_doubt(seen(visit_id))


def test_vengo_is_asked_again_after_each_answer_and_noted_again(app: Flask, case_id: int) -> None:
    visit_id = visit(case_id)
    assert said(visit_id, 1)
    assert not asks(app, case_id, 1)
    for hours in (2, 4):
        answered(case_id, hours)
        assert asks(app, case_id, hours)
        assert said(visit_id, hours + 1)
        assert not said(visit_id, hours + 1)
        assert seen(visit_id).coming_at == MONDAY + (hours + 1) * HOUR
        assert not asks(app, case_id, hours + 1)
    assert [entry.kind for entry in cases.timeline(case_id)].count("coming") == 3
