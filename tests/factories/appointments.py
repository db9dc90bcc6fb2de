"""Visits made with the program's own verbs, at a counter whose clock stands still."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import time_machine
from sqlalchemy import select

from tests.factories.cases import GIULIA
from tests.factories.hours import COUNTER, PHONE, Closure, Hours, rome
from urp.appointments import bookable, queries
from urp.appointments.book import Booked, Booking, book_new, confirm
from urp.appointments.hold import hold
from urp.appointments.models import Claim
from urp.appointments.slots import instant_of
from urp.foundation.db import db, transaction
from urp.hours.publish import store

MONDAY = rome("2026-11-23 09:00")
"""The counter opens tomorrow, Tuesday 24, and on Thursday 26; the web may book Tuesday until today at 16."""

TUESDAY = rome("2026-11-24 10:00")
THURSDAY = rome("2026-11-26 10:00")
HALF_HOUR = 6
GIULIA_COMES = Booking(topic="ambiente", details="Porto le carte del pozzo.", applicant=GIULIA)


def clock_stands(at: datetime = MONDAY) -> time_machine.travel:
    """Inside, it is that moment."""
    return time_machine.travel(at, tick=False)


def booking(number: int | None = None, *, person: dict[str, Any] | None = None, **changes: Any) -> Booking:
    """What Giulia fills in, or the visitor of that number, who has an address of their own."""
    own = {} if number is None else {"given_name": f"Visita {number}", "email": f"visita{number}@posta.example"}
    return replace(GIULIA_COMES, applicant=replace(GIULIA, **own, **(person or {})), **changes)


def held(starts_at: datetime | None = None, *, at: datetime = MONDAY, ticks: int = HALF_HOUR, **more: Any) -> int:
    """A hold on this time, or on the first free one; its id."""
    with transaction():
        start = starts_at or _first_free("web", ticks, at)
        return hold(starts_at=start, ticks=ticks, topic_id=None, at=at, **more)


def booked(
    starts_at: datetime | None = None, number: int | None = None, *, at: datetime = MONDAY, **changes: Any
) -> queries.AppointmentView:
    """A confirmed visit with its own case, at this time or at the first free one."""
    wanted = booking(number, **changes)
    ticks = bookable.length(None, wanted.needs)
    with transaction():
        start = starts_at or _first_free(wanted.channel, ticks, at)
        if wanted.channel == "phone":
            return _seen(book_new(start, wanted, at=at).appointment_id)
    return seen(confirmed(held(start, at=at, ticks=ticks), wanted, at=at).appointment_id)


def confirmed(hold_id: int, wanted: Booking | None = None, *, at: datetime = MONDAY) -> Booked:
    """The hold confirmed."""
    with transaction():
        return confirm(hold_id, wanted or booking(), at=at)


def seen(appointment_id: int) -> queries.AppointmentView:
    """The visit as it is now."""
    db.session.rollback()
    return _seen(appointment_id)


def claims_of(**holder: int | None) -> list[tuple[datetime, int]]:
    """When and at which desk the ticks lie that this holder has: `appointment_id=7`; all claims without holder."""
    db.session.rollback()
    conditions = [getattr(Claim, name) == number for name, number in holder.items()]
    rows = db.session.execute(select(Claim.tick, Claim.desk).where(*conditions).order_by(Claim.tick, Claim.desk))
    return [(instant_of(tick), desk) for tick, desk in rows]


def publish_hours(*closures: Closure, counter: str = COUNTER, phone: str = PHONE) -> None:
    """Other hours than the shipped ones, from the beginning of 2026."""
    with transaction():
        store(
            [
                Hours("telefono", phone),
                Hours("sportello", counter, by_appointment=True),
            ],
            closures,
        )


def _seen(appointment_id: int) -> queries.AppointmentView:
    found = queries.appointment(appointment_id)
    assert found is not None
    return found


def _first_free(channel: bookable.Channel, ticks: int, at: datetime) -> datetime:
    return bookable.free_starts(ticks=ticks, channel=channel, at=at)[0]
