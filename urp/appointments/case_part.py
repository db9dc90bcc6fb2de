"""What a visit adds to the page of its case: day and hour, what can be done with it, steps of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import session

from urp.appointments import case_steps, queries, remind, wish_queries
from urp.appointments.booked_case import is_about_a_visit
from urp.appointments.coming import is_in_doubt
from urp.appointments.queries import AppointmentView
from urp.appointments.states import State
from urp.appointments.words import NO_LUCK, notice_words
from urp.cases import queries as cases
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.foundation.clock import now
from urp.offices import queries as offices
from urp.offices.fields import translated
from urp.web.language import chosen


def shown(case: CaseView, page: Mapping[str, Any]) -> dict[str, Any]:
    """The visit, the wish and the offer of a case, and what its citizen may do with them.

    A case that began with a visit has the steps of a visit in place of those of a question.
    """
    at, visit = now(), queries.latest_of_case(case.id)
    waits = wish_queries.waiting_wish(case.id)
    held = wish_queries.live_offer(case.id) if waits else None
    notice = session.pop("visit_notice", "")
    if notice == "booked" and visit is None:
        notice = "listed"  # a repeated answer no longer knows what was confirmed
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
        "only_waits": waits is not None and visit is None,
    }
    if visit is not None or is_about_a_visit(case):
        told = case_steps.told(cases.timeline(case.id))
        parts["milestones"] = case_steps.steps(case, visit, page["milestones"], told, at=at)
    return parts if visit is None else parts | _of_visit(page, visit, at)


def may_change(visit: AppointmentView, at: datetime) -> bool:
    """Whether the citizen can still move the visit or give it up."""
    return visit.state == State.CONFIRMED and visit.starts_at > at


def may_book(case: CaseView, visit: AppointmentView | None) -> bool:
    """Whether a question can become a visit: it is open, its topic allows visits, and it has none to come, nor one
    that lasts still."""
    if case.state not in OPEN or (visit is not None and visit.is_active and visit.ends_at > now()):
        return False
    return case.topic_id is None or offices.topic_by_id(case.topic_id).allows_visit


def need_words(needs: Sequence[str]) -> list[str]:
    """What a visitor needs, in the visitor's language."""
    return [translated(one, "title", chosen()) for one in offices.institution().counter.needs if one.slug in needs]


def _is_off(case: CaseView, visit: AppointmentView) -> bool:
    """Whether the office called the visit off: then it owes an answer, as to any question."""
    return visit.state == State.CANCELLED and case.state in OPEN


def _of_visit(page: Mapping[str, Any], visit: AppointmentView, at: datetime) -> dict[str, Any]:
    changeable = may_change(visit, at)
    near = changeable and (visit.reminded_at is not None or remind.is_near(visit.starts_at, at))
    more: dict[str, Any] = {
        "visit_needs": need_words(visit.needs),
        "asks_coming": near and visit.coming_at is None,
        "perhaps_not_needed": changeable and is_in_doubt(visit),
    }
    if visit.opened_case:
        more["can_withdraw"] = page["can_withdraw"] and not changeable
    return more
