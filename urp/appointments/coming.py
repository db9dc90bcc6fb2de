"""«Vengo»: the citizen says that the visit stands."""

from datetime import datetime

from sqlalchemy import update

from urp.appointments.models import Appointment
from urp.appointments.move import confirmed
from urp.appointments.queries import AppointmentView
from urp.cases import queries as cases
from urp.cases.timeline import EntryKind, record
from urp.foundation.db import db


def coming(appointment_id: int, *, at: datetime) -> bool:
    """Note that the person comes; False if they had said so, unless we answered since. Silence never cancels a visit.

    Raises NotFound, and WrongState for a visit that has begun or is not confirmed.
    """
    visit = confirmed(appointment_id, at)
    if visit.coming_at is not None and not is_in_doubt(visit):
        return False
    assert visit.case_id is not None
    db.session.execute(update(Appointment).where(Appointment.id == visit.id).values(coming_at=at))
    record(visit.case_id, EntryKind.COMING, at=at, actor="citizen", data=visit.as_told())
    return True


def is_in_doubt(visit: AppointmentView) -> bool:
    """Whether we answered in writing after the visit was booked, and nobody said «vengo» since."""
    assert visit.case_id is not None
    answered = cases.last_at(visit.case_id, EntryKind.ANSWER)
    if answered is None or answered < visit.created_at:
        return False
    return visit.coming_at is None or visit.coming_at < answered
