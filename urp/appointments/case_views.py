"""The doors of a visit on the page of its case: book, move, give up, «vengo», the waiting list, the calendar file."""

import re
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, abort, g, redirect, render_template, request, session, url_for

from urp.appointments import bookable, case_part, invitation, journey, queries, wish, wish_queries
from urp.appointments.answer_offer import OfferOver, accept, decline
from urp.appointments.book import book
from urp.appointments.cancel import cancel
from urp.appointments.case_times import CHANGES_PER_HOUR, Times
from urp.appointments.coming import coming
from urp.appointments.forms import BookForm, MoveForm
from urp.appointments.move import move
from urp.appointments.queries import AppointmentView
from urp.appointments.refusals import AlreadyBooked
from urp.appointments.states import OfferState, State
from urp.appointments.wish_queries import OfferView
from urp.cases.queries import CaseView
from urp.cases.visit import Answer, of_the_case
from urp.foundation.clock import now
from urp.foundation.db import persistently, transaction
from urp.foundation.errors import Conflict, NotFound, WrongState
from urp.offices import queries as offices
from urp.operators.access import public
from urp.web import throttle
from urp.web.csrf import keeps_words

bp = Blueprint("visits", __name__)
_ROW = re.compile(r"[1-9]\d{0,17}", re.ASCII)


@bp.route("/r/<code>/appuntamento/prenota", methods=["GET", "POST"])
@public
@keeps_words
@of_the_case
def book_visit(case: CaseView) -> Answer:
    """A visit for a question that is already here: only the time and the needs are asked."""
    if not case_part.may_book(case, queries.latest_of_case(case.id)):
        return _to_the_case(case)
    form = BookForm(formdata=request.form if request.method == "POST" else None)
    journey.offer_needs(form)
    topic = offices.topic_by_id(case.topic_id) if case.topic_id else None
    needs = [one for one in form.needs.data or () if one in {choice.value for choice in form.needs.choices}]
    ticks = bookable.length(topic, needs)
    longer = ticks > bookable.length(topic, ())
    times = Times("appointments/book.html", case, form, ticks, longer=longer)

    def act(starts_at: datetime) -> str:
        book(case, starts_at, needs=needs, at=now())
        return "booked"

    return times.answer(act)


@bp.route("/r/<code>/appuntamento/sposta", methods=["GET", "POST"])
@public
@keeps_words
@of_the_case
def move_visit(case: CaseView) -> Answer:
    """Another time for the visit; the present one is theirs until then."""
    visit = _changeable(case)
    if visit is None:
        return _over(case)
    form = MoveForm(formdata=request.form if request.method == "POST" else None)
    times = Times("appointments/move.html", case, form, visit.ticks, visit)

    def act(starts_at: datetime) -> str:
        return "moved" if move(visit.id, starts_at, at=now(), by="citizen") else "same-time"

    return times.answer(act)


@bp.route("/r/<code>/appuntamento/disdici", methods=["GET", "POST"])
@public
@keeps_words
@of_the_case
def cancel_visit(case: CaseView) -> Answer:
    """Ask once more, then give the visit up; a second time changes nothing."""
    visit = _changeable(case)
    if visit is None:
        return _over(case)
    if request.method == "GET" or g.get("csrf_expired"):
        again = g.get("csrf_expired", False)
        page = render_template("appointments/cancel.html", case=case, visit=visit, again=again, nav="follow")
        return (page, 400) if again else page
    return _act(case, lambda: cancel(visit.id, at=now(), by="citizen"), "cancelled")


@bp.post("/r/<code>/appuntamento/conferma")
@public
@of_the_case
def say_coming(case: CaseView) -> Answer:
    """«Vengo»."""
    visit = _changeable(case)
    return _act(case, lambda: coming(visit.id, at=now()), "coming") if visit else _over(case)


@bp.post("/r/<code>/appuntamento/avvisami")
@public
@of_the_case
def wait_for_earlier(case: CaseView) -> Answer:
    """Join the waiting list for an earlier time, or leave it."""
    if request.form.get("action") == "leave":
        return _act(case, lambda: wish.leave(case.id, now()), "unwished")
    visit = _changeable(case)
    if case.applicant.email is None:
        return _to_the_case(case, "no-wish")
    if visit is None:
        return _over(case)
    return _act(case, lambda: wish.note(case.id, appointment_id=visit.id, at=now()), "wished")


@bp.post("/r/<code>/appuntamento/offerta")
@public
@of_the_case
def answer_offer(case: CaseView) -> Answer:
    """Take the time that is held for this case, or let it go to somebody else."""
    held = _offer_to(case)
    if held is None:
        return _to_the_case(case, "offer-gone")
    if request.form.get("action") == "accept":
        return _act(case, lambda: accept(held.id, at=now()), "accepted", otherwise="offer-gone")
    return _act(case, lambda: _let_go(held.id), "declined", otherwise="offer-gone")


@bp.get("/r/<code>/appuntamento.ics")
@public
@of_the_case
def calendar_file(case: CaseView) -> Answer:
    """The visit for the citizen's own calendar."""
    visit = queries.latest_of_case(case.id)
    if visit is None:
        raise NotFound(f"no visit in case {case.id}")
    answer = Response(
        invitation.published(visit, at=now()), content_type="text/calendar; method=PUBLISH; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f"attachment; filename={invitation.FILENAME}"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _changeable(case: CaseView) -> AppointmentView | None:
    visit = queries.active_of_case(case.id)
    return visit if visit and case_part.may_change(visit, now()) else None


def _offer_to(case: CaseView) -> OfferView | None:
    """The offer of the form, whatever became of it, if it was made to this case."""
    number = request.form.get("offer", "")
    found = wish_queries.offer(int(number)) if _ROW.fullmatch(number) else None
    return found if found and found.case_id == case.id else None


def _let_go(offer_id: int) -> None:
    if not decline(offer_id, now()):
        found = wish_queries.offer(offer_id)
        if found is None or found.state != OfferState.DECLINED:
            raise OfferOver


def _act(case: CaseView, verb: Callable[[], object], done: str, otherwise: str = "over") -> Answer:
    """Do it in one transaction and go back to the case, which says what happened."""
    throttle.spend("visit", case.code, CHANGES_PER_HOUR)

    def act() -> None:
        with transaction():
            verb()

    try:
        persistently(act)
    except AlreadyBooked:
        return _to_the_case(case, "second")
    except (WrongState, Conflict):
        return _to_the_case(case, otherwise)
    return _to_the_case(case, done)


def _over(case: CaseView) -> Answer:
    visit = queries.latest_of_case(case.id)
    return _to_the_case(case, "off" if visit and visit.state == State.CANCELLED else "over")


def _to_the_case(case: CaseView, notice: str = "") -> Answer:
    if g.get("csrf_expired"):
        abort(400)  # there is no form to show again
    if notice:
        session["visit_notice"] = notice
    return redirect(url_for("cases.page", code=case.code), 303)
