"""The waiting list: asking to be told when a time, or an earlier one, comes free."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update

from urp.appointments import bookable, queries, wish_queries
from urp.appointments.answer_offer import end_of_wish
from urp.appointments.booked_case import Booking, open_case_of
from urp.appointments.events import AppointmentBooked, AppointmentCancelled, AppointmentMarked, WishNoted
from urp.appointments.models import Wish
from urp.appointments.person import person_key
from urp.appointments.states import WISH_MOVES, State, WishState
from urp.cases import queries as cases
from urp.cases.dates import dates_of
from urp.cases.events import CaseWithdrawn
from urp.cases.open_case import issue_link
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import now
from urp.foundation.db import db, insert_ignore
from urp.foundation.errors import Conflict, WrongState
from urp.foundation.events import publish
from urp.foundation.states import move
from urp.offices import queries as offices


@dataclass(frozen=True)
class Asked:
    """The new case of somebody who waits, and the secret of its link, which is nowhere else in clear."""

    case_id: int
    code: str
    token: str


class NoAddress(Conflict):
    """Times that come free are offered by mail, and there is no address to write to."""


def note(case_id: int, *, appointment_id: int | None, at: datetime) -> bool:
    """Put an open case on the waiting list: for an earlier time than that visit's, or for any; False if it waits
    already for the same. Raises WrongState when case or visit are over, NoAddress without an e-mail."""
    state, case = cases.locked_state(case_id), cases.case_by_id(case_id)
    if case is None or state not in OPEN:
        raise WrongState(f"case {case_id} is not open")
    wanted = _wanted(case, appointment_id)
    present = wish_queries.waiting_wish(case_id)
    if present is not None:
        if present.appointment_id == appointment_id:
            return False
        db.session.execute(update(Wish).where(Wish.id == present.id).values(wanted))
        return True
    wish_id = _add(case, {**wanted, "created_at": at})
    if appointment_id is None:
        publish(WishNoted(wish_id, case_id, issue_link(case_id, at)))
    return True


def ask(booking: Booking, *, at: datetime) -> Asked:
    """Open the case of somebody who found no time, with the ordinary promise, and put it on the waiting list.

    Raises NoAddress without an e-mail, NotFound for an unknown topic.
    """
    topic = offices.topic(booking.topic) if booking.topic else None
    if booking.applicant.email is None:
        raise NoAddress
    term = offices.request_type(topic.request_type).term_days if topic else None
    opened = open_case_of(booking, at=at, dates=dates_of(term, presented_at=at, seen_at=at))
    case = cases.case_by_id(opened.id)
    assert case is not None
    ticks = bookable.length(topic, booking.needs)
    wish_id = _add(case, {"ticks": ticks, "needs": list(booking.needs), "created_at": at})
    publish(WishNoted(wish_id, opened.id, opened.token))
    return Asked(opened.id, opened.code, opened.token)


def leave(case_id: int, at: datetime) -> bool:
    """Take the case off the waiting list, and let go what is held for it; False if it was not on it."""
    return _end(case_id, WishState.LEFT, at, actor="citizen")


def on_booked(event: AppointmentBooked) -> None:
    """Listener: who has a time does not wait for any, nor for an earlier one than that of a visit before."""
    _end(event.case_id, WishState.SERVED, now(), actor="system")


def on_over(event: AppointmentCancelled | AppointmentMarked) -> None:
    """Listener: who does not come, or has been here, wants no earlier time."""
    wish = wish_queries.waiting_wish(event.case_id)
    if wish is not None and wish.appointment_id == event.appointment_id:
        _end(event.case_id, WishState.LEFT, now(), actor="system")


def on_withdrawn(event: CaseWithdrawn) -> None:
    """Listener: with the request its wish is taken back."""
    _end(event.case_id, WishState.LEFT, now(), actor="system")


def _wanted(case: CaseView, appointment_id: int | None) -> dict[str, Any]:
    """What the wish is for: the same length and needs as the visit, or as the topic's visits."""
    if case.applicant.email is None:
        raise NoAddress
    if appointment_id is None:
        topic = offices.topic_by_id(case.topic_id) if case.topic_id else None
        return {"appointment_id": None, "ticks": bookable.length(topic, ()), "needs": []}
    visit = queries.appointment(appointment_id)
    if visit is None or visit.case_id != case.id or visit.state != State.CONFIRMED:
        raise WrongState(f"appointment {appointment_id} is not one that case {case.id} comes to")
    return {"appointment_id": visit.id, "ticks": visit.ticks, "needs": list(visit.needs)}


def _add(case: CaseView, values: dict[str, Any]) -> int:
    person = {"case_id": case.id, "topic_id": case.topic_id, "person_key": person_key(case.applicant)}
    statement = insert_ignore(Wish, {**person, **values}).returning(Wish.id)
    wish_id: int = db.session.execute(statement).scalar_one()  # the case is locked: nobody notes another meanwhile
    record(case.id, EntryKind.WISH_NOTED, at=values["created_at"], actor="citizen")
    return wish_id


def _end(case_id: int, state: WishState, at: datetime, *, actor: str) -> bool:
    cases.locked_state(case_id)
    wish = wish_queries.waiting_wish(case_id)
    if wish is None:
        return False
    move(Wish, wish.id, state, WISH_MOVES)
    end_of_wish(wish.id, at)
    if state == WishState.LEFT:
        record(case_id, EntryKind.WISH_LEFT, at=at, actor=actor)
    return True
