"""Giving a visit up."""

from datetime import datetime

from urp.appointments import claims, queries
from urp.appointments.booked_case import promise
from urp.appointments.events import AppointmentCancelled, By
from urp.appointments.models import Appointment
from urp.appointments.rest import to_rest
from urp.appointments.states import MOVES, State
from urp.cases import queries as cases
from urp.cases.dates import dates_of
from urp.cases.events import CaseWithdrawn
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.cases.withdraw import withdraw
from urp.foundation.clock import now
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.events import publish
from urp.foundation.states import move


def cancel(appointment_id: int, *, at: datetime, by: By) -> bool:
    """Give up a hold, or a confirmed visit that has not begun; False if that was done already.

    The time of a visit goes to rest; that of a hold, which nobody was told of, is free at once. A citizen who
    gives up the visit that opened a case takes the case back with it; when the office does, the case stays and
    the office's usual promise begins.
    Raises NotFound, and WrongState for a visit that has begun or is over.
    """
    visit = queries.locked(appointment_id)
    if visit is None:
        raise NotFound(f"appointment {appointment_id}")
    if visit.state == State.CONFIRMED and visit.starts_at <= at:
        raise WrongState(f"appointment {appointment_id} began {visit.starts_at}")
    if not move(Appointment, visit.id, State.CANCELLED, MOVES, seq=Appointment.seq + 1, call_since=None):
        return False
    if visit.case_id is None:
        claims.release({"appointment_id": visit.id})
        return True
    to_rest(visit, at=at)
    record(visit.case_id, EntryKind.APPOINTMENT_CANCELLED, at=at, actor=by, data=visit.as_told())
    publish(AppointmentCancelled(visit.id, visit.case_id, by))
    if visit.opened_case:
        _settle_case(visit.case_id, at, by)
    return True


def on_withdrawn(event: CaseWithdrawn) -> None:
    """Who takes a request back does not come about it: its visit is given up, unless it has begun."""
    visit, at = queries.active_of_case(event.case_id), now()
    if visit and visit.starts_at > at:
        cancel(visit.id, at=at, by="citizen")


def _settle_case(case_id: int, at: datetime, by: By) -> None:
    case = cases.case_by_id(case_id)
    if case is None or case.state not in OPEN:
        return
    if by == "citizen":
        withdraw(case, at=at)
    else:
        promise(case_id, dates_of(None, presented_at=at, seen_at=at))
