"""Keeping a time for a browser while its form is filled in."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from urp.appointments import bookable, claims, queries
from urp.appointments.models import Appointment
from urp.appointments.queries import AppointmentView
from urp.appointments.refusals import NotOnOffer, Taken
from urp.appointments.slots import ticks_of
from urp.appointments.states import State
from urp.foundation.db import db
from urp.offices import queries as offices


def hold(*, starts_at: datetime, ticks: int, topic_id: int | None, at: datetime, instead_of: int | None = None) -> int:
    """Keep a time on offer on the web for the office's `hold_minutes`; the id of the visit to be.

    `instead_of` is what this browser holds already: if it still does, that very hold gets the new time, its
    minutes begin again, and the old time is everybody's; but nobody keeps times for more than twice those minutes
    with one hold. A time that is held may change its length also when it is too late to choose it, and is kept no
    longer for it. Raises NotOnOffer and Taken, which change nothing.
    """
    mine = _held(instead_of)
    kept = mine if mine and mine.expires_at and mine.expires_at >= at else None
    same_time = kept is not None and kept.starts_at == starts_at
    why = bookable.refusal(starts_at, ticks=ticks, channel="web", at=at)
    if why and not (why == "too_soon" and same_time):
        raise NotOnOffer(why)
    values = {"starts_at": starts_at, "ticks": ticks, "topic_id": topic_id}
    values |= _minutes(kept, at, same_time=same_time)
    desks = bookable.desks_for(starts_at, ticks=ticks, channel="web", at=at)
    with db.session.begin_nested():
        hold_id = mine.id if mine else _new(values)
        desk = claims.claim({"appointment_id": hold_id}, starts_at=starts_at, ticks=ticks, desks=desks)
        if desk is None:
            raise Taken
        db.session.execute(update(Appointment).where(Appointment.id == hold_id).values(**values, desk=desk))
        claims.release({"appointment_id": hold_id}, but_for=(desk, ticks_of(starts_at, ticks)))
    return hold_id


def _held(hold_id: int | None) -> AppointmentView | None:
    """What is held and not given back, even if its minutes are over."""
    found = queries.locked(hold_id) if hold_id is not None else None
    return found if found and found.state == State.HELD else None


def _minutes(kept: AppointmentView | None, at: datetime, *, same_time: bool) -> dict[str, Any]:
    minutes = timedelta(minutes=offices.institution().counter.hold_minutes)
    if kept is None:
        return {"created_at": at, "expires_at": at + minutes}
    longest = kept.created_at + 2 * minutes
    return {"created_at": kept.created_at, "expires_at": kept.expires_at if same_time else min(at + minutes, longest)}


def _new(values: dict[str, Any]) -> int:
    row = {**values, "uid": str(uuid.uuid4()), "state": State.HELD, "desk": 1}
    return db.session.execute(insert(Appointment).values(row).returning(Appointment.id)).scalar_one()
