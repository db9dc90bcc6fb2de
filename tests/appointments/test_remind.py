"""Reminders: the working day before, between nine and eighteen, once, and never of what is no more."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands, publish_hours, seen
from tests.factories.cases import letters, text_of
from tests.factories.hours import Closure, rome
from urp.appointments import remind
from urp.appointments.cancel import cancel
from urp.appointments.move import move
from urp.cases import queries as cases
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")

THE_WEEK_BEFORE = rome("2026-11-20 10:00")
WEDNESDAY = rome("2026-11-25 09:00")


def due(at: datetime) -> list[int]:
    db.session.rollback()
    return remind.due(at, 100)


def reminded(visit_id: int, at: datetime = MONDAY) -> bool:
    with transaction():
        return remind.remind(visit_id, at)


def test_on_the_working_day_before_the_visitor_is_reminded_once(app: Flask) -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)

    assert due(MONDAY) == [visit.id]
    assert reminded(visit.id)
    assert not reminded(visit.id)
    assert due(MONDAY) == []

    (letter,) = letters(app, "appointment_reminder")
    assert str(letter["Subject"]) == "Domani alle 10.00 hai un appuntamento all’URP"
    assert "martedì 24 novembre 2026" in text_of(letter)
    assert seen(visit.id).reminded_at == MONDAY
    assert cases.timeline(visit.case_id or 0)[-1].kind == "reminded"


@pytest.mark.parametrize(
    ("at", "is_due"),
    [
        ("2026-11-20 17:00", False),  # Friday: Monday comes first
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:59", True),
        ("2026-11-23 18:00", False),
        ("2026-11-24 09:00", False),  # today is not the day before
    ],
)
def test_the_hours_of_reminders(at: str, is_due: bool) -> None:
    visit = booked(TUESDAY, at=rome("2026-11-18 10:00"))

    assert (due(rome(at)) == [visit.id]) == is_due
    assert reminded(visit.id, rome(at)) == is_due


def test_before_a_holiday_the_working_day_before_is_further_away(app: Flask) -> None:
    publish_hours(Closure(("telefono",), MONDAY.date(), MONDAY.date()))
    visit = booked(TUESDAY, at=rome("2026-11-18 10:00"))

    assert due(rome("2026-11-19 12:00")) == []
    assert due(rome("2026-11-20 12:00")) == [visit.id]


def test_a_day_without_service_is_made_up_for_until_the_visit() -> None:
    publish_hours(Closure(("telefono",), MONDAY.date(), MONDAY.date()))
    visit = booked(TUESDAY, at=rome("2026-11-18 10:00"))

    assert due(rome("2026-11-23 12:00")) == [visit.id]


def test_the_subject_names_the_day_when_it_is_not_tomorrow(app: Flask) -> None:
    publish_hours(Closure(("telefono",), MONDAY.date(), MONDAY.date()))
    visit = booked(TUESDAY, at=rome("2026-11-18 10:00"))
    friday = rome("2026-11-20 12:00")

    with clock_stands(friday):
        assert reminded(visit.id, friday)
    (letter,) = letters(app, "appointment_reminder")
    assert str(letter["Subject"]) == "Martedì 24 novembre 2026 alle 10.00 hai un appuntamento all’URP"


def test_who_booked_today_needs_no_reminder_today() -> None:
    booked(TUESDAY)

    assert due(MONDAY + timedelta(hours=1)) == []


def test_who_has_no_address_gets_none() -> None:
    booked(TUESDAY, at=THE_WEEK_BEFORE, channel="phone", person={"email": None, "reply_by": "phone"})

    assert due(MONDAY) == []


def test_a_cancelled_visit_is_not_reminded_of(app: Flask) -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)
    found = due(MONDAY)
    with transaction():
        cancel(visit.id, at=MONDAY, by="citizen")

    assert found == [visit.id]
    assert not reminded(visit.id)
    assert letters(app, "appointment_reminder") == []


def test_a_moved_visit_is_reminded_of_on_its_new_day_only(app: Flask) -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)
    found = due(MONDAY)
    with transaction():
        move(visit.id, THURSDAY, at=MONDAY, by="citizen")

    assert found == [visit.id]
    assert not reminded(visit.id)
    assert due(WEDNESDAY) == [visit.id]
    assert reminded(visit.id, WEDNESDAY)


def test_a_visit_moved_after_its_reminder_is_reminded_of_again(app: Flask) -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)
    assert reminded(visit.id)
    with transaction():
        move(visit.id, THURSDAY, at=MONDAY, by="citizen")

    assert reminded(visit.id, WEDNESDAY)
    assert len(letters(app, "appointment_reminder")) == 2


@pytest.mark.parametrize("was_reminded", [True, False])
def test_a_visit_moved_on_the_day_of_its_reminder_is_not_reminded_of_after_the_letter_of_the_change(
    app: Flask, was_reminded: bool
) -> None:
    visit = booked(THURSDAY, at=MONDAY)
    if was_reminded:
        with clock_stands(WEDNESDAY):
            assert reminded(visit.id, WEDNESDAY)
    at = WEDNESDAY + timedelta(minutes=5)
    with clock_stands(at), transaction():
        move(visit.id, THURSDAY + timedelta(hours=5), at=at, by="citizen")

    assert due(at + timedelta(minutes=5)) == []
    assert not reminded(visit.id, at + timedelta(minutes=5))
    assert len(letters(app, "appointment_reminder")) == was_reminded


def test_silence_changes_nothing() -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)
    reminded(visit.id)

    after = seen(visit.id)
    assert (after.state, after.seq, after.coming_at) == ("confirmed", 0, None)


def test_two_workers_at_once_remind_once(app: Flask) -> None:
    visit = booked(TUESDAY, at=THE_WEEK_BEFORE)
    db.session.rollback()
    start, said = Barrier(2), []

    def work() -> None:
        with app.app_context():
            start.wait()
            said.append(reminded(visit.id))

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(said) == [False, True]
    assert len(letters(app, "appointment_reminder")) == 1
