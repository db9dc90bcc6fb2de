"""The doorbells of the counter: each thing in its own transaction, and one failure never stops the rest."""

import logging
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, held, seen
from tests.factories.busy_counter import figures
from tests.factories.cases import letters
from tests.factories.hours import rome
from tests.factories.statements import counted
from tests.factories.waiting import live, released, states_of_offers, waiting
from urp.appointments import bookable, claims, tasks
from urp.appointments import letters as visit_letters
from urp.appointments.events import ReminderDue
from urp.appointments.models import Block
from urp.foundation.db import db

pytestmark = pytest.mark.usefixtures("office")

MINUTE = timedelta(minutes=1)


def free() -> list[object]:
    db.session.rollback()
    return list(bookable.free_starts(ticks=6, channel="phone", at=MONDAY))


def swept(at: object = MONDAY) -> None:
    """What the timetable does at that instant."""
    with time_machine.travel(at, tick=False):
        tasks.sweep()
    db.session.rollback()


def test_a_hold_that_is_over_is_somebody_elses() -> None:
    hold_id = held(TUESDAY)
    swept(MONDAY + 15 * MINUTE)
    assert seen(hold_id).state == "held"

    swept(MONDAY + 16 * MINUTE)

    assert seen(hold_id).state == "expired"
    assert claims_of(appointment_id=hold_id) == []


def test_a_released_time_comes_back_between_twenty_minutes_and_an_hour() -> None:
    released(TUESDAY)
    swept(MONDAY + 19 * MINUTE)
    assert TUESDAY not in free()

    swept(MONDAY + 61 * MINUTE)
    assert TUESDAY in free()
    assert db.session.scalar(select(func.count()).select_from(Block)) == 0


def test_who_waits_comes_before_everybody() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    swept(MONDAY + 61 * MINUTE)  # the rest is over in the same minute: the wish still comes first

    assert live(visit.case_id) is not None
    assert TUESDAY not in free()

    swept(MONDAY + 182 * MINUTE)
    assert states_of_offers() == ["expired"]
    assert TUESDAY in free()


def test_at_night_who_waits_keeps_the_place() -> None:
    figures(phone_share_percent=0)
    visit = waiting(THURSDAY + timedelta(hours=1), 2)
    released(THURSDAY)
    swept(rome("2026-11-23 21:00"))
    swept(rome("2026-11-24 03:00"))
    assert THURSDAY not in free()

    swept(rome("2026-11-24 09:00"))
    assert live(visit.case_id) is not None


def test_one_run_does_a_bounded_piece_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    holds = [held(TUESDAY + number * timedelta(minutes=30)) for number in range(2)] + [held(THURSDAY)]

    swept(MONDAY + 16 * MINUTE)
    assert [seen(hold).state for hold in holds].count("expired") == 2
    swept(MONDAY + 16 * MINUTE)
    assert [seen(hold).state for hold in holds].count("expired") == 3


def test_everybody_else_is_reminded_although_one_cannot_be(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    figures(phone_share_percent=0)
    last_week = rome("2026-11-20 10:00")
    first, *others = [booked(TUESDAY + n * timedelta(minutes=30), n, at=last_week) for n in range(3)]
    whole = visit_letters.reminder

    def broken(event: ReminderDue) -> None:
        if event.appointment_id == first.id:
            raise RuntimeError("the letter cannot be written")
        whole(event)

    with monkeypatch.context() as broken_board, caplog.at_level(logging.ERROR):
        broken_board.setitem(app.extensions["switchboard"].now, ReminderDue, (broken,))
        tasks.remind_all()

    assert [seen(one.id).reminded_at is None for one in (first, *others)] == [True, False, False]
    assert len(letters(app, "appointment_reminder")) == 2
    assert f"remind failed for {first.id}" in caplog.text

    tasks.remind_all()
    assert seen(first.id).reminded_at is not None


def test_all_else_is_put_in_order_although_one_hold_and_one_rest_cannot(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    holds = [held(at=MONDAY + number * MINUTE) for number in range(2)]
    released(rome("2026-12-01 10:00"), 1)
    released(THURSDAY, 2)
    rests = list(db.session.scalars(select(Block.id).order_by(Block.free_at)))
    whole = claims.release

    def broken(holder: dict[str, int], **more: object) -> int:
        if holder in ({"appointment_id": holds[0]}, {"block_id": rests[0]}):
            raise RuntimeError("this one cannot be given back")
        return whole(holder, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as broken_claims, caplog.at_level(logging.ERROR):
        broken_claims.setattr(claims, "release", broken)
        swept(MONDAY + 61 * MINUTE)

    assert [seen(hold).state for hold in holds] == ["held", "expired"]
    assert list(db.session.scalars(select(Block.id))) == rests[:1]
    assert f"expire failed for {holds[0]}" in caplog.text
    assert f"free failed for {rests[0]}" in caplog.text

    swept(MONDAY + 61 * MINUTE)
    assert claims_of() == []


@pytest.mark.parametrize("moment", ["nobody waits", "at night", "nothing rests"])
def test_where_nothing_is_to_be_done_a_run_only_looks(moment: str) -> None:
    figures(phone_share_percent=0)
    if moment != "nobody waits":
        waiting(THURSDAY + timedelta(hours=1), 9)
    if moment != "nothing rests":
        for number in range(2):
            released(THURSDAY + number * timedelta(minutes=30), number)

    with counted(db.engine) as run:
        swept(rome("2026-11-23 21:00") if moment == "at night" else MONDAY)

    assert run.commits == 0
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in run.statements)
    assert not any("FOR UPDATE" in statement for statement in run.statements)
    assert len(run.statements) <= (20 if moment == "at night" else 6)


def test_a_run_that_offers_a_time_writes_once() -> None:
    waiting(THURSDAY, 9)
    released(TUESDAY)

    with counted(db.engine) as run:
        swept()

    assert run.commits == 1


def test_reminders_leave_once_however_often_the_bell_rings(app: Flask) -> None:
    booked(TUESDAY, at=rome("2026-11-20 10:00"))
    for _ in range(3):
        tasks.remind_all()

    assert len(letters(app, "appointment_reminder")) == 1
