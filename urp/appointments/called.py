"""Somebody whose visit the office changed has been told by phone."""

from sqlalchemy import update

from urp.appointments.models import Appointment
from urp.foundation.db import db, rows_changed
from urp.foundation.errors import NotFound


def called(appointment_id: int) -> bool:
    """Take the visit off the list of calls; False if it was not, or no longer, on it. Raises NotFound."""
    waiting = update(Appointment).where(Appointment.id == appointment_id, Appointment.call_since.is_not(None))
    if rows_changed(waiting.values(call_since=None)) == 1:
        return True
    if db.session.get(Appointment, appointment_id) is None:
        raise NotFound(f"no visit {appointment_id}")
    return False
