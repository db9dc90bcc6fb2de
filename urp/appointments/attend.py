"""What became of a visit."""

from datetime import datetime

from urp.appointments import queries
from urp.appointments.events import AppointmentMarked
from urp.appointments.models import Appointment
from urp.appointments.states import MOVES, State
from urp.cases import queries as cases
from urp.cases.models import Case
from urp.cases.states import MOVES as CASE_MOVES
from urp.cases.states import OPEN, CaseState
from urp.cases.timeline import EntryKind, record
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.events import publish
from urp.foundation.states import move


def attended(appointment_id: int, *, at: datetime, actor: str) -> bool:
    """Note that the person came; False if that was noted already. A case that began with the visit is closed,
    unless it has a later one.

    A wrong mark is put right with `missed`, and the other way round. `actor` as in the timeline's table.
    Raises NotFound, and WrongState before the visit begins or when there was none.
    """
    return _mark(appointment_id, State.ATTENDED, EntryKind.APPOINTMENT_ATTENDED, at=at, actor=actor)


def missed(appointment_id: int, *, at: datetime, actor: str) -> bool:
    """Note that the person did not come; all else as `attended`."""
    return _mark(appointment_id, State.MISSED, EntryKind.APPOINTMENT_MISSED, at=at, actor=actor)


def _mark(appointment_id: int, outcome: State, kind: EntryKind, *, at: datetime, actor: str) -> bool:
    visit = queries.locked(appointment_id)
    if visit is None:
        raise NotFound(f"appointment {appointment_id}")
    if visit.starts_at > at or visit.case_id is None:
        raise WrongState(f"appointment {appointment_id} begins {visit.starts_at}")
    if not move(Appointment, visit.id, outcome, MOVES, call_since=None):
        return False
    record(visit.case_id, kind, at=at, actor=actor, data=visit.as_told())
    publish(AppointmentMarked(visit.id, visit.case_id))
    if visit.opened_case and queries.active_of_case(visit.case_id) is None:
        _close(visit.case_id, at)
    return True


def _close(case_id: int, at: datetime) -> None:
    if cases.locked_state(case_id) in OPEN:
        move(Case, case_id, CaseState.CLOSED, CASE_MOVES, closed_at=at, version=Case.version + 1)
