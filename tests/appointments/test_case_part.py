"""What the page of a case offers to whoever has, or had, a visit."""

import pytest

from tests.factories.appointments import TUESDAY, booked, clock_stands
from tests.factories.cases import view
from tests.factories.hours import rome
from urp.appointments import case_part
from urp.appointments.book import book
from urp.appointments.queries import latest_of_case
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")


def may_book(case_id: int | None, moment: str) -> bool:
    assert case_id is not None
    with clock_stands(rome(moment)):
        return case_part.may_book(view(case_id), latest_of_case(case_id))


def test_after_a_visit_that_nobody_marked_another_can_be_booked() -> None:
    visit = booked(TUESDAY)

    assert not may_book(visit.case_id, "2026-11-23 09:00")
    assert not may_book(visit.case_id, "2026-11-24 10:29")  # it may still be going on
    assert may_book(visit.case_id, "2026-11-24 10:30")

    at = rome("2026-11-24 10:30")
    with clock_stands(at), transaction():
        book(view(visit.case_id), rome("2026-12-03 10:00"), needs=(), at=at)
    assert not may_book(visit.case_id, "2026-11-24 10:30")
