"""What a visit adds to the page of its case: day and hour, what can be done with it, steps of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import session

from urp.appointments import queries, wish_queries
from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.appointments.words import NO_LUCK, notice_words
from urp.cases.milestones import Milestone
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.foundation.clock import now
from urp.offices import queries as offices
from urp.offices.fields import translated
from urp.web.language import chosen

OUTCOMES = {State.ATTENDED: "attended", State.MISSED: "missed"}


def shown(case: CaseView, page: Mapping[str, Any]) -> dict[str, Any]:
    """The visit, the wish and the offer of a case, and what its citizen may do with them.

    A case that began with a visit has the steps of a visit in place of those of a question.
    """
    at, visit = now(), queries.latest_of_case(case.id)
    waits = wish_queries.waiting_wish(case.id)
    held = wish_queries.live_offer(case.id) if waits else None
    notice = session.pop("visit_notice", "")
    parts = {
        "visit": visit,
        "waits": waits,
        "offer": held if held and held.expires_at > at else None,
        "just_booked": notice == "booked",
        "visit_notice": notice_words(notice),
        "visit_notice_kind": "info" if notice in NO_LUCK else "success",
        "can_book": may_book(case, visit),
        "can_change": visit is not None and may_change(visit, at),
        "visit_leads": visit is not None and visit.opened_case and not _is_off(case, visit),
    }
    return parts if visit is None else parts | _of_visit(case, page, visit, at)


def may_change(visit: AppointmentView, at: datetime) -> bool:
    """Whether the citizen can still move the visit or give it up."""
    return visit.state == State.CONFIRMED and visit.starts_at > at


def may_book(case: CaseView, visit: AppointmentView | None) -> bool:
    """Whether a question can become a visit: it is open, its topic allows visits, and it has none now."""
    if case.state not in OPEN or (visit is not None and visit.is_active):
        return False
    return case.topic_id is None or offices.topic_by_id(case.topic_id).allows_visit


def need_words(needs: Sequence[str]) -> list[str]:
    """What a visitor needs, in the visitor's language."""
    return [translated(one, "title", chosen()) for one in offices.institution().counter.needs if one.slug in needs]


def _is_off(case: CaseView, visit: AppointmentView) -> bool:
    """Whether the office called the visit off: then it owes an answer, as to any question."""
    return visit.state == State.CANCELLED and case.state in OPEN


def _of_visit(case: CaseView, page: Mapping[str, Any], visit: AppointmentView, at: datetime) -> dict[str, Any]:
    changeable = may_change(visit, at)
    answered = next((step.at for step in page["milestones"] if step.key == "answered" and step.at), None)
    settled = visit.coming_at is not None
    more: dict[str, Any] = {
        "visit_needs": need_words(visit.needs),
        "perhaps_not_needed": changeable and answered is not None and not settled,
    }
    if visit.opened_case:
        more["milestones"] = _steps(page["milestones"], visit, at)
        more["can_withdraw"] = page["can_withdraw"] and not changeable
    return more


def _steps(steps: Sequence[Milestone], visit: AppointmentView, at: datetime) -> list[Milestone]:
    """Booked, whatever happened since, and the visit itself."""
    names = {"received": "booked", "withdrawn": "visit_given_up"}
    past = [Milestone(names.get(step.key, step.key), "done", step.at) for step in steps if step.state != "future"]
    if visit.state == State.CONFIRMED:
        return [*past, Milestone("visit", "future" if visit.starts_at > at else "current", visit.starts_at)]
    if visit.state in OUTCOMES:
        return [*past, Milestone(OUTCOMES[State(visit.state)], "done", visit.starts_at)]
    given_up = any(step.key == "visit_given_up" for step in past)
    return (
        past if given_up else [*past, Milestone("visit_off", "done"), *(one for one in steps if one.state == "future")]
    )
