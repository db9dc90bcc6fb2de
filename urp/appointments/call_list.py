"""The call list: people without e-mail whose visit the office changed, until each has been told by phone."""

from datetime import datetime

from sqlalchemy import update

from urp.appointments.models import Appointment
from urp.foundation.db import db, rows_changed
from urp.foundation.errors import NotFound


def to_be_called(appointment_id: int, *, at: datetime) -> bool:
    """Put the visit on the list; False if it waits there already."""
    missing = (Appointment.id == appointment_id, Appointment.call_since.is_(None))
    return rows_changed(update(Appointment).where(*missing).values(call_since=at)) == 1


def called(appointment_id: int) -> bool:
    """Take the visit off the list; False if it was not, or no longer, on it. Raises NotFound."""
    waiting = update(Appointment).where(Appointment.id == appointment_id, Appointment.call_since.is_not(None))
    if rows_changed(waiting.values(call_since=None)) == 1:
        return True
    if db.session.get(Appointment, appointment_id) is None:
        raise NotFound(f"no visit {appointment_id}")
    return False
