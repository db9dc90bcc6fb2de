"""The steps of a case with a visit: waiting for a time, booked, moved, given up, and the visit itself."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.cases.milestones import FINAL, Milestone
from urp.cases.models import TimelineEntry
from urp.cases.queries import CaseView
from urp.cases.timeline import EntryKind

KINDS = {
    EntryKind.APPOINTMENT_BOOKED: "booked",
    EntryKind.APPOINTMENT_MOVED: "visit_moved",
    EntryKind.APPOINTMENT_CANCELLED: "visit_off",
    EntryKind.WISH_NOTED: "waiting",
}
OUTCOMES = {State.ATTENDED: "attended", State.MISSED: "missed"}


def told(entries: Iterable[TimelineEntry]) -> list[Milestone]:
    """What the timeline tells of visits, in its order; of the waiting list only that the case began with it."""
    steps: list[Milestone] = []
    for entry in entries:
        key = KINDS.get(EntryKind(entry.kind))
        if key is None or (key == "waiting" and steps):
            continue
        if key == "visit_off" and entry.actor == "citizen":
            key = "visit_given_up"
        about = entry.data.get("starts_at")
        steps.append(Milestone(key, "done", entry.at, about=datetime.fromisoformat(about) if about else None))
    return steps


def steps(
    case: CaseView, visit: AppointmentView | None, known: Sequence[Milestone], own: Sequence[Milestone], *, at: datetime
) -> list[Milestone]:
    """The steps of the case with its own ones of the visit among them, oldest first, and what is still to come.

    A case that began with a visit, or with the wish for one, was never a question: it is booked, not received, and
    nothing but the visit is to come.
    """
    began = visit.opened_case if visit else any(step.key == "waiting" for step in own)
    past = _past(known, [*own, *_outcome(visit)], replaced=_replaced(own) if began else frozenset())
    ahead = [step for step in known if step.state == "future"]
    due = _due(visit, at)
    if began and due:
        return [*past, due]
    if began and visit and visit.state in OUTCOMES:
        return past
    if ahead and past:
        past[-1] = replace(past[-1], state="current")
    if due and due.state == "future":
        ahead.append(due)
    return [*past, *sorted(ahead, key=lambda step: _seconds(step.at or case.promised_at))]


def _past(known: Sequence[Milestone], own: Sequence[Milestone], *, replaced: frozenset[str]) -> list[Milestone]:
    """All that has happened, done; the end of the case comes last, whatever else happened with it."""
    happened = [step for step in [*known, *own] if step.state != "future" and step.key not in replaced]
    in_order = sorted(happened, key=lambda step: (step.key in FINAL, _seconds(step.at)))
    return [replace(step, state="done") for step in in_order]


def _replaced(own: Sequence[Milestone]) -> frozenset[str]:
    """The steps of a question that those of a visit say better."""
    given_up = {"withdrawn"} if own and own[-1].key == "visit_given_up" else set()
    return frozenset({*({"received"} if own else set()), *given_up})


def _outcome(visit: AppointmentView | None) -> list[Milestone]:
    happened = visit and OUTCOMES.get(State(visit.state))
    return [Milestone(happened, "done", visit.starts_at)] if visit and happened else []


def _due(visit: AppointmentView | None, at: datetime) -> Milestone | None:
    """The visit that is to come, or that nobody has told the outcome of."""
    if visit is None or visit.state != State.CONFIRMED:
        return None
    return Milestone("visit", "future" if visit.starts_at > at else "current", visit.starts_at)


def _seconds(at: datetime | None) -> float:
    """The place of an instant in time; what has none comes first."""
    return at.timestamp() if at else 0.0
