"""Holds that nobody confirmed in time."""

from datetime import datetime

from sqlalchemy import update

from urp.appointments import claims, queries
from urp.appointments.models import Appointment
from urp.appointments.states import State
from urp.foundation.db import rows_changed


def expire_next(at: datetime) -> bool:
    """End one hold that was over at that instant and give its time back at once; False when there is none.

    One in a transaction: several would wait for each other in different orders.
    """
    hold_id = queries.next_expired_hold(at)
    if hold_id is None:
        return False
    still = (Appointment.id == hold_id, Appointment.state == State.HELD, Appointment.expires_at < at)
    if rows_changed(update(Appointment).where(*still).values(state=State.EXPIRED)) == 1:
        claims.release({"appointment_id": hold_id})
    return True
