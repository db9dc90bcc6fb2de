"""Keeping a time for a browser while its form is filled in."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from urp.appointments import bookable, claims, queries
from urp.appointments.models import Appointment
from urp.appointments.refusals import NotOnOffer, Taken
from urp.appointments.slots import ticks_of
from urp.appointments.states import State
from urp.foundation.db import db
from urp.offices import queries as offices


def hold(*, starts_at: datetime, ticks: int, topic_id: int | None, at: datetime, instead_of: int | None = None) -> int:
    """Keep a time on offer on the web for the office's `hold_minutes`; the id of the visit to be.

    `instead_of` is what this browser holds already: if it still does, that very hold gets the new time, its
    minutes begin again, and the old time is everybody's. A time that is held may change its length also when
    it is too late to choose it. Raises NotOnOffer and Taken, which change nothing.
    """
    if (why := bookable.refusal(starts_at, ticks=ticks, channel="web", at=at)) and not (
        why == "too_soon" and _is_at(instead_of, starts_at)
    ):
        raise NotOnOffer(why)
    minutes = timedelta(minutes=offices.institution().counter.hold_minutes)
    values = {"starts_at": starts_at, "ticks": ticks, "topic_id": topic_id, "expires_at": at + minutes}
    desks = bookable.desks_for(starts_at, ticks=ticks, channel="web", at=at)
    with db.session.begin_nested():
        hold_id = _still_held(instead_of) or _new(values, at)
        desk = claims.claim({"appointment_id": hold_id}, starts_at=starts_at, ticks=ticks, desks=desks)
        if desk is None:
            raise Taken
        db.session.execute(update(Appointment).where(Appointment.id == hold_id).values(**values, desk=desk))
        claims.release({"appointment_id": hold_id}, but_for=(desk, ticks_of(starts_at, ticks)))
    return hold_id


def _is_at(hold_id: int | None, starts_at: datetime) -> bool:
    found = queries.appointment(hold_id) if hold_id is not None else None
    return found is not None and found.state == State.HELD and found.starts_at == starts_at


def _still_held(hold_id: int | None) -> int | None:
    found = queries.locked(hold_id) if hold_id is not None else None
    return found.id if found and found.state == State.HELD else None


def _new(values: dict[str, Any], at: datetime) -> int:
    row = {**values, "uid": str(uuid.uuid4()), "state": State.HELD, "desk": 1, "created_at": at}
    return db.session.execute(insert(Appointment).values(row).returning(Appointment.id)).scalar_one()
