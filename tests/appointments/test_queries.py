"""Reading the book: the visit of a case, the day sheet, the call list, the busy desks."""

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, booking, held, seen
from tests.factories.busy_counter import figures
from tests.factories.cases import opened
from tests.factories.hours import rome
from urp.appointments import queries
from urp.appointments.attend import missed
from urp.appointments.book import book, book_new
from urp.appointments.call_list import to_be_called
from urp.appointments.cancel import cancel
from urp.appointments.models import Appointment
from urp.appointments.slots import tick_of
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")


def test_a_view_has_what_pages_and_letters_show() -> None:
    visit = booked(TUESDAY, language="en", needs=("lingua",))
    assert visit.ends_at - visit.starts_at == timedelta(minutes=40)
    assert (visit.language, visit.is_active, visit.applicant.full_name) == ("en", True, "Giulia Bianchi")
    hold = seen(held(THURSDAY))
    assert (hold.language, hold.subject, hold.code, hold.applicant, hold.is_active) == ("it", None, None, None, True)
    assert queries.appointment(987_654) is None


def test_the_visit_of_a_case_is_the_one_that_stands_the_latest_is_the_last_one() -> None:
    case = opened(topic="ambiente", at=MONDAY)
    assert queries.active_of_case(case.id) is queries.latest_of_case(case.id) is None
    with transaction():
        first = book(case, TUESDAY, needs=(), at=MONDAY)
        cancel(first, at=MONDAY, by="office")
    assert queries.active_of_case(case.id) is None
    assert queries.latest_of_case(case.id).id == first
    with transaction():
        second = book(case, THURSDAY, needs=(), at=MONDAY)
    assert queries.active_of_case(case.id).id == queries.latest_of_case(case.id).id == second


def test_the_day_sheet_has_who_comes_by_time_and_desk() -> None:
    figures(desks=2, phone_share_percent=0)
    late, early, beside = booked(rome("2026-11-24 15:30"), 1), booked(TUESDAY, 2), booked(TUESDAY, 3)
    gone = booked(rome("2026-11-24 10:30"), 4)
    held(rome("2026-11-24 11:00"))
    booked(THURSDAY, 5)
    with transaction():
        cancel(gone.id, at=MONDAY, by="citizen")
        missed(early.id, at=TUESDAY, actor="office")
    sheet = queries.day_sheet(date(2026, 11, 24))
    assert [visit.id for visit in sheet] == [early.id, beside.id, late.id]
    assert [visit.state for visit in sheet] == ["missed", "confirmed", "confirmed"]
    assert queries.day_sheet(date(9999, 12, 31)) == []


def test_the_day_of_the_sheet_is_romes() -> None:
    night = rome("2026-11-24 00:15")
    visit = booked(TUESDAY)
    with transaction():
        db.session.execute(update(Appointment).values(starts_at=night))  # 23.15 of the day before in UTC
    assert [one.id for one in queries.day_sheet(date(2026, 11, 24))] == [visit.id]
    assert queries.day_sheet(date(2026, 11, 23)) == []


def test_the_call_list_begins_with_who_waits_longest() -> None:
    first, second, third = (booked(None, number) for number in range(3))
    with transaction():
        assert to_be_called(second.id, at=MONDAY) is True
        assert to_be_called(third.id, at=MONDAY - timedelta(hours=1)) is True
        assert to_be_called(second.id, at=MONDAY - timedelta(days=1)) is False
    assert [visit.id for visit in queries.to_call()] == [third.id, second.id]
    with transaction():
        cancel(third.id, at=MONDAY, by="citizen")
    assert [visit.id for visit in queries.to_call()] == [second.id]
    assert seen(first.id).call_since is None


def test_busy_desks_are_bits() -> None:
    figures(desks=50, phone_share_percent=0)
    for number in range(50):
        with transaction():
            book_new(TUESDAY, booking(number, channel="phone"), at=MONDAY)
    first = tick_of(TUESDAY)
    everybody = sum(1 << desk for desk in range(1, 51))
    assert queries.busy(first + 5, first + 6) == {first + 5: everybody}
    assert queries.busy(first - 10, first - 1) == {}
