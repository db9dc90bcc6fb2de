"""The list of people without e-mail whose visit the office changed: each has to be told by phone."""

from datetime import datetime

from sqlalchemy import update

from urp.appointments.models import Appointment
from urp.foundation.db import rows_changed


def to_be_called(appointment_id: int, *, at: datetime) -> bool:
    """Put the visit on the call list; False if it waits there already. `called` takes it off."""
    missing = (Appointment.id == appointment_id, Appointment.call_since.is_(None))
    return rows_changed(update(Appointment).where(*missing).values(call_since=at)) == 1
