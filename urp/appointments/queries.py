"""Reads of visits and of what keeps their times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, Select, cast, func, select

from urp.appointments.models import Appointment, Claim
from urp.appointments.slots import TICK
from urp.appointments.states import ACTIVE, State
from urp.cases import queries as cases
from urp.cases.models import Case, Contact
from urp.cases.open_case import Applicant
from urp.foundation.clock import ROME
from urp.foundation.db import db

_ONE = cast(1, BigInteger)  # a plain 1 has 32 bits on PostgreSQL, and there may be 50 desks


@dataclass(frozen=True, kw_only=True)
class AppointmentView:
    """A visit as pages and letters show it; instants are aware UTC. A hold has neither case nor applicant."""

    id: int
    uid: str
    case_id: int | None
    code: str | None  # of the case
    subject: str | None
    language: str
    topic_id: int | None
    state: str
    desk: int
    starts_at: datetime
    ticks: int
    seq: int
    needs: tuple[str, ...]
    opened_case: bool
    channel: str
    created_at: datetime
    expires_at: datetime | None
    reminded_at: datetime | None
    coming_at: datetime | None
    call_since: datetime | None
    applicant: Applicant | None

    @property
    def ends_at(self) -> datetime:
        """When the visit is over."""
        return self.starts_at + self.ticks * TICK

    @property
    def is_active(self) -> bool:
        """Whether it keeps its time: held or confirmed."""
        return self.state in ACTIVE

    def as_told(self) -> dict[str, Any]:
        """What the timeline of the case keeps of it."""
        return {
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "appointment": self.id,
        }


def appointment(appointment_id: int) -> AppointmentView | None:
    """The visit with this row number, whatever its state."""
    return _one(_views().where(Appointment.id == appointment_id))


def active_of_case(case_id: int) -> AppointmentView | None:
    """The visit that the case has now."""
    theirs = (Appointment.case_id == case_id, Appointment.state.in_(ACTIVE), Appointment.superseded_at.is_(None))
    return _one(_views().where(*theirs))


def latest_of_case(case_id: int) -> AppointmentView | None:
    """The last visit that was booked in the case, whatever became of it."""
    return _one(_views().where(Appointment.case_id == case_id).order_by(Appointment.id.desc()).limit(1))


def day_sheet(day: date) -> list[AppointmentView]:
    """Who comes, or came, on a local day: confirmed, attended and missed visits by time and desk."""
    midnight, last_moment = (datetime.combine(day, wall, ROME) for wall in (time.min, time.max))
    return _all(
        _views()
        .where(Appointment.starts_at.between(midnight, last_moment))
        .where(Appointment.state.in_((State.CONFIRMED, State.ATTENDED, State.MISSED)))
        .order_by(Appointment.starts_at, Appointment.desk)
    )


def to_mark(before: datetime, limit: int) -> list[AppointmentView]:
    """Visits that began before this instant and whose outcome nobody noted, the last ones first."""
    unmarked = (Appointment.state == State.CONFIRMED, Appointment.starts_at < before)
    return _all(_views().where(*unmarked).order_by(Appointment.starts_at.desc(), Appointment.desk).limit(limit))


def to_call() -> list[AppointmentView]:
    """Whose visit the office changed and who has to be told by phone, the longest waiting first."""
    return _all(_views().where(Appointment.call_since.is_not(None)).order_by(Appointment.call_since, Appointment.id))


def busy(first_tick: int, last_tick: int) -> dict[int, int]:
    """The desks that somebody has, as bits (desk 1 is bit 1), for each tick from first to last, both included."""
    desks = cast(func.sum(_ONE.bitwise_lshift(Claim.desk)), BigInteger)
    statement = select(Claim.tick, desks).where(Claim.tick.between(first_tick, last_tick)).group_by(Claim.tick)
    return {tick: desks for tick, desks in db.session.execute(statement)}


def locked(appointment_id: int) -> AppointmentView | None:
    """The visit as it is and stays until the caller's transaction ends.

    Its case is locked first: every act on a visit locks case, visit, claims, in this order.
    """
    case_id = db.session.scalar(select(Appointment.case_id).where(Appointment.id == appointment_id))
    if case_id is not None:
        cases.locked_state(case_id)
    db.session.execute(select(Appointment.id).where(Appointment.id == appointment_id).with_for_update())
    return appointment(appointment_id)


def _views() -> Any:
    return (
        select(Appointment, Case.code, Case.subject, Case.language, Contact)
        .outerjoin(Case, Case.id == Appointment.case_id)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .execution_options(populate_existing=True)
    )


def _one(statement: Select[Any]) -> AppointmentView | None:
    row = db.session.execute(statement).one_or_none()
    return _view(row._asdict()) if row else None


def _all(statement: Select[Any]) -> list[AppointmentView]:
    return [_view(row._asdict()) for row in db.session.execute(statement)]


_OWN = [name for name in AppointmentView.__dataclass_fields__ if hasattr(Appointment, name)]


def _view(row: Mapping[str, Any]) -> AppointmentView:
    values = {name: getattr(row["Appointment"], name) for name in _OWN}
    contact = row["Contact"]
    person = contact and Applicant(
        contact.given_name, contact.family_name, contact.email, contact.phone, contact.reply_by
    )
    return AppointmentView(
        **{**values, "needs": tuple(values["needs"])},
        code=row["code"],
        subject=row["subject"],
        language=row["language"] or "it",
        applicant=person,
    )
