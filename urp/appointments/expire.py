"""Holds that nobody confirmed in time."""

from datetime import datetime

from sqlalchemy import select, update

from urp.appointments import claims
from urp.appointments.models import Appointment
from urp.appointments.states import State
from urp.foundation.db import db, rows_changed


def over(at: datetime, limit: int) -> list[int]:
    """Holds whose time was over at that instant, the oldest first."""
    late = (Appointment.state == State.HELD, Appointment.expires_at < at)
    return list(db.session.scalars(select(Appointment.id).where(*late).order_by(Appointment.expires_at).limit(limit)))


def expire(hold_id: int, at: datetime) -> bool:
    """End a hold and give its time back at once; False when it was confirmed, or ended, meanwhile.

    One in a transaction: several would wait for each other in different orders.
    """
    still = (Appointment.id == hold_id, Appointment.state == State.HELD, Appointment.expires_at < at)
    if rows_changed(update(Appointment).where(*still).values(state=State.EXPIRED)) != 1:
        return False
    claims.release({"appointment_id": hold_id})
    return True
