"""Reminding of a visit on the working day before it, once."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select, update

from urp.appointments import queries
from urp.appointments.events import ReminderDue
from urp.appointments.models import Appointment
from urp.appointments.states import State
from urp.cases.models import Case, Contact
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import ROME, to_rome
from urp.foundation.db import db, rows_changed
from urp.foundation.events import publish
from urp.hours.queries import calendar

FIRST_HOUR, LAST_HOUR = time(9), time(18)
"""Reminders leave between these hours of Rome."""

ONE_DAY = timedelta(days=1)


def due(at: datetime, limit: int) -> list[int]:
    """Visits to remind of at that instant, the soonest first: until the next working day, whose visitors can be
    written to, booked before today (who books today needs no reminder today)."""
    first, end = _span(at)
    statement = (
        select(Appointment.id)
        .join(Case, Case.id == Appointment.case_id)
        .join(Contact, Contact.id == Case.contact_id)
        .where(Appointment.state == State.CONFIRMED, Appointment.reminded_at.is_(None), Contact.email.is_not(None))
        .where(Appointment.starts_at >= first, Appointment.starts_at < end)
        .where(Appointment.created_at < _midnight(to_rome(at).date()))
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement)) if is_time(at) else []


def is_time(at: datetime) -> bool:
    """Whether reminders leave at this hour."""
    return FIRST_HOUR <= to_rome(at).time() < LAST_HOUR


def is_day_of(starts_at: datetime, at: datetime) -> bool:
    """Whether a visit that begins at `starts_at` is reminded of on the day of `at`."""
    first, end = _span(at)
    return first <= starts_at < end


def is_near(starts_at: datetime, at: datetime) -> bool:
    """Whether the time for reminding of a visit that begins at `starts_at` has come, or is past."""
    return starts_at < _span(at)[1]


def remind(appointment_id: int, at: datetime) -> bool:
    """Remind of one visit; False when it was done, or the visit was moved or cancelled meanwhile."""
    visit = queries.locked(appointment_id)
    if visit is None or visit.case_id is None or not (is_time(at) and is_day_of(visit.starts_at, at)):
        return False
    mine = (
        Appointment.id == appointment_id,
        Appointment.state == State.CONFIRMED,
        Appointment.seq == visit.seq,
        Appointment.reminded_at.is_(None),
    )
    if rows_changed(update(Appointment).where(*mine).values(reminded_at=at)) != 1:
        return False
    record(visit.case_id, EntryKind.REMINDED, at=at, actor="system")
    publish(ReminderDue(appointment_id, visit.case_id))
    return True


def _span(at: datetime) -> tuple[datetime, datetime]:
    """From tomorrow's midnight to that after the next working day, on which somebody answers the phone."""
    next_working_day = to_rome(calendar("telefono").add_working_days(at, 1)).date()
    return _midnight(to_rome(at).date() + ONE_DAY), _midnight(next_working_day + ONE_DAY)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ROME)
