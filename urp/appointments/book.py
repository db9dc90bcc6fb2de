"""Booking a visit: one person, one time, one case, all in the caller's one transaction."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from urp.appointments import bookable, claims, queries
from urp.appointments.bookable import Channel
from urp.appointments.booked_case import Booking, dates_of_visit, is_about_a_visit, open_case_of, promise
from urp.appointments.events import AppointmentBooked
from urp.appointments.models import Appointment
from urp.appointments.person import person_key
from urp.appointments.refusals import AlreadyBooked, HoldExpired, NotOnOffer, Taken
from urp.appointments.slots import ticks_of
from urp.appointments.states import State
from urp.cases import queries as cases
from urp.cases.open_case import Applicant, issue_link
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.foundation.db import db, insert_ignore, rows_changed
from urp.foundation.errors import WrongState
from urp.foundation.events import publish
from urp.offices import queries as offices

__all__ = ["Booked", "Booking", "book", "book_new", "confirm"]


@dataclass(frozen=True)
class Booked:
    """The visit, its new case, and the secret of the case's link, which is nowhere else in clear."""

    appointment_id: int
    case_id: int
    code: str
    token: str


def confirm(hold_id: int, booking: Booking, *, at: datetime) -> Booked:
    """Make a hold somebody's visit and open its case; needs that take longer get their minutes now.

    Raises HoldExpired, AlreadyBooked, NotOnOffer when the counter has closed meanwhile or closes too early for
    the needs, Taken when somebody else has the minutes that the needs add. Each of them changes nothing.
    """
    topic = offices.topic(booking.topic) if booking.topic else None
    values = {"person_key": _key(booking.applicant, at), "needs": list(booking.needs), "channel": booking.channel}
    with db.session.begin_nested():
        _make_theirs(hold_id, at, **values, topic_id=topic.id if topic else None)
        held = queries.appointment(hold_id)
        assert held is not None
        _stretch(held, bookable.length(topic, booking.needs), at)
        return _with_its_case(hold_id, booking, starts_at=held.starts_at, at=at)


def book(
    case: CaseView,
    starts_at: datetime,
    *,
    needs: Sequence[str],
    at: datetime,
    channel: Channel = "web",
    override: bool = False,
) -> int:
    """Book a visit in an open case, confirmed at once; its id. `override` allows the person a second visit.

    Raises WrongState for a case that is closed or withdrawn, NotOnOffer, Taken, and AlreadyBooked also when a visit
    of the case is to come. Each of them changes nothing. A case about nothing but a visit gets it as its promise.
    """
    if cases.locked_state(case.id) not in OPEN:
        raise WrongState(f"case {case.id} is not open")
    topic = offices.topic_by_id(case.topic_id) if case.topic_id else None
    values = {
        "topic_id": case.topic_id,
        "case_id": case.id,
        "opened_case": is_about_a_visit(case),
        "needs": list(needs),
        "channel": channel,
    }
    with db.session.begin_nested():
        _set_begun_aside(case.id, at)
        key = None if override else _key(case.applicant, at)
        ticks = bookable.length(topic, needs)
        appointment_id = _take(starts_at, ticks, channel, at, {**values, "person_key": key})
        if values["opened_case"]:
            promise(case.id, dates_of_visit(starts_at))
        _announce(appointment_id, issue_link(case.id, at), at)
        return appointment_id


def book_new(starts_at: datetime, booking: Booking, *, at: datetime, override: bool = False) -> Booked:
    """Book a visit and open its case in one act, as the phone does; `override` allows a second visit.

    Raises NotOnOffer, Taken, AlreadyBooked. Each of them changes nothing.
    """
    topic = offices.topic(booking.topic) if booking.topic else None
    values = {
        "topic_id": topic.id if topic else None,
        "person_key": None if override else _key(booking.applicant, at),
        "needs": list(booking.needs),
        "channel": booking.channel,
    }
    with db.session.begin_nested():
        ticks = bookable.length(topic, booking.needs)
        appointment_id = _take(starts_at, ticks, booking.channel, at, values)
        return _with_its_case(appointment_id, booking, starts_at=starts_at, at=at)


def _make_theirs(hold_id: int, at: datetime, **values: Any) -> None:
    still = (Appointment.id == hold_id, Appointment.state == State.HELD, Appointment.expires_at >= at)
    statement = update(Appointment).where(*still).values(**values, state=State.CONFIRMED, expires_at=None)
    try:
        with db.session.begin_nested():
            changed = rows_changed(statement)
    except IntegrityError as error:
        if "person_key" in str(error.orig):
            raise AlreadyBooked from None
        raise
    if changed != 1:
        raise HoldExpired


def _stretch(held: queries.AppointmentView, ticks: int, at: datetime) -> None:
    """Give a visit its final length; where its own desk has the minutes they may be the phone's."""
    if not bookable.covered(held.starts_at, ticks):
        raise NotOnOffer("closed")
    if ticks == held.ticks:
        return
    holder = {"appointment_id": held.id}
    others = bookable.desks_for(held.starts_at, ticks=ticks, channel="web", at=at)
    desk = claims.claim(holder, starts_at=held.starts_at, ticks=ticks, desks=[held.desk, *others])
    if desk is None:
        raise Taken
    db.session.execute(update(Appointment).where(Appointment.id == held.id).values(desk=desk, ticks=ticks))
    claims.release(holder, but_for=(desk, ticks_of(held.starts_at, ticks)))


def _take(starts_at: datetime, ticks: int, channel: Channel, at: datetime, values: dict[str, Any]) -> int:
    """A confirmed visit with its claims; the person's row comes first, then the ticks."""
    if why := bookable.refusal(starts_at, ticks=ticks, channel=channel, at=at):
        raise NotOnOffer(why)
    row = {"uid": str(uuid.uuid4()), "state": State.CONFIRMED, "desk": 1, "created_at": at}
    statement = insert_ignore(Appointment, {**row, **values, "starts_at": starts_at, "ticks": ticks})
    appointment_id = db.session.execute(statement.returning(Appointment.id)).scalar_one_or_none()
    if appointment_id is None:
        raise AlreadyBooked
    desks = bookable.desks_for(starts_at, ticks=ticks, channel=channel, at=at)
    desk = claims.claim({"appointment_id": appointment_id}, starts_at=starts_at, ticks=ticks, desks=desks)
    if desk is None:
        raise Taken
    db.session.execute(update(Appointment).where(Appointment.id == appointment_id).values(desk=desk))
    return appointment_id


def _with_its_case(appointment_id: int, booking: Booking, *, starts_at: datetime, at: datetime) -> Booked:
    opened = open_case_of(booking, at=at, dates=dates_of_visit(starts_at))
    belongs = {"case_id": opened.id, "opened_case": True}
    db.session.execute(update(Appointment).where(Appointment.id == appointment_id).values(belongs))
    _announce(appointment_id, opened.token, at)
    return Booked(appointment_id, opened.id, opened.code, opened.token)


def _announce(appointment_id: int, token: str, at: datetime) -> None:
    booked = queries.appointment(appointment_id)
    assert booked is not None
    assert booked.case_id is not None
    actor = "citizen" if booked.channel == "web" else "office"
    record(booked.case_id, EntryKind.APPOINTMENT_BOOKED, at=at, actor=actor, data=booked.as_told())
    publish(AppointmentBooked(appointment_id, booked.case_id, token))


def _key(applicant: Applicant, at: datetime) -> bytes:
    """The person's key, taken from a visit that has begun: nobody waits for its outcome to book again."""
    key = person_key(applicant)
    begun = (Appointment.person_key == key, Appointment.state == State.CONFIRMED, Appointment.starts_at <= at)
    db.session.execute(update(Appointment).where(*begun).values(person_key=None))
    return key


def _set_begun_aside(case_id: int, at: datetime) -> None:
    """Nor does a case wait for the outcome of a visit that has begun."""
    begun = (Appointment.case_id == case_id, Appointment.state == State.CONFIRMED, Appointment.starts_at <= at)
    db.session.execute(update(Appointment).where(*begun).values(superseded_at=at))
