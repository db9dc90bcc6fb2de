"""Another time for a visit: the new one first, then the old one is given up."""

from datetime import datetime

from sqlalchemy import update

from urp.appointments import bookable, claims, queries, remind
from urp.appointments.bookable import Asker
from urp.appointments.booked_case import dates_of_visit, promise
from urp.appointments.events import AppointmentMoved, By
from urp.appointments.models import Appointment
from urp.appointments.refusals import NotOnOffer, Taken
from urp.appointments.rest import to_rest
from urp.appointments.slots import ticks_of
from urp.appointments.states import State
from urp.cases.timeline import EntryKind, record
from urp.foundation.db import db
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.events import publish


def move(appointment_id: int, starts_at: datetime, *, at: datetime, by: By, channel: Asker = "web") -> bool:
    """Move a confirmed visit that has not begun; False if it is at that time already.

    The old time goes to rest. Raises NotFound, WrongState, and NotOnOffer and Taken, which change nothing:
    whoever does not get the new time keeps the old one.
    """
    visit = confirmed(appointment_id, at)
    if visit.starts_at == starts_at:
        return False
    if why := bookable.refusal(starts_at, ticks=visit.ticks, channel=channel, at=at):
        raise NotOnOffer(why)
    desks = bookable.desks_for(starts_at, ticks=visit.ticks, channel=channel, at=at)
    desk = claims.claim({"appointment_id": visit.id}, starts_at=starts_at, ticks=visit.ticks, desks=desks)
    if desk is None:
        raise Taken
    settle(visit, starts_at, desk, at=at, by=by)
    return True


def confirmed(appointment_id: int, at: datetime) -> queries.AppointmentView:
    """A visit that somebody still comes to, locked with its case; raises NotFound, WrongState."""
    visit = queries.locked(appointment_id)
    if visit is None:
        raise NotFound(f"appointment {appointment_id}")
    if visit.state != State.CONFIRMED or visit.starts_at <= at:
        raise WrongState(f"appointment {appointment_id} is {visit.state} and begins {visit.starts_at}")
    return visit


def settle(visit: queries.AppointmentView, starts_at: datetime, desk: int, *, at: datetime, by: By) -> None:
    """Write down a visit's new place, whose ticks it has claimed; the old one goes to rest and all are told."""
    assert visit.case_id is not None
    values = {
        "starts_at": starts_at,
        "desk": desk,
        "seq": Appointment.seq + 1,
        "reminded_at": at if remind.is_day_of(starts_at, at) else None,  # the letter of today's change says it all
        "coming_at": None,
        "call_since": None if by == "citizen" else Appointment.call_since,
    }
    db.session.execute(update(Appointment).where(Appointment.id == visit.id).values(values))
    to_rest(visit, at=at, now_at=(desk, ticks_of(starts_at, visit.ticks)))
    if visit.opened_case:
        promise(visit.case_id, dates_of_visit(starts_at))
    moved = queries.appointment(visit.id)
    assert moved is not None
    record(visit.case_id, EntryKind.APPOINTMENT_MOVED, at=at, actor=by, data=moved.as_told())
    publish(AppointmentMoved(visit.id, visit.case_id, by, visit.starts_at))
