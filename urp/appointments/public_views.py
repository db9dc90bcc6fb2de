"""The door of a booking: three steps, a draft on the server, one confirmation."""

from typing import Any

from flask import Blueprint, g, redirect, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from urp.appointments import case_views, confirm_draft, journey, reserve, slots
from urp.appointments.forms import PersonForm, ReasonForm
from urp.appointments.refusals import AlreadyBooked
from urp.appointments.step_pages import person_page, slot_page, summary_page
from urp.cases import secret_link
from urp.foundation.clock import now, to_rome
from urp.foundation.contacts import typo_suggestion
from urp.foundation.db import persistently, transaction
from urp.operators.access import public
from urp.web import drafts, throttle
from urp.web.csrf import keeps_words
from urp.web.forms import UrpForm
from urp.web.idempotency import SameKeyOtherBody

bp = Blueprint("appointments", __name__)
bp.register_blueprint(case_views.bp)
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
STEPS_PER_HOUR = 600
HOLDS_PER_HOUR = 60
NEW_HOLDS, NEW_HOLDS_MINUTES = 12, 15
"""Times that one address may begin to keep: enough for a library or for many telephones behind one address, and
far from the whole book."""

_BOOKED = "booked_draft"


@bp.get("/appuntamenti/nuovo")
@public
def reason() -> Answer:
    """Step 1: why, and when."""
    draft = journey.open_draft()
    answers = dict(draft.answers) if draft else {}
    if wanted := request.args.get("argomento"):
        answers["topic"] = wanted
    return slot_page(answers)


@bp.post("/appuntamenti/nuovo")
@public
@keeps_words
def save_reason() -> Answer:
    """Keep what step 1 says, then show another week, keep a time and go on, or go on to the waiting list."""
    draft = journey.open_draft()
    form = journey.reason_form({}, request.form)
    typed = journey.typed_reason(request.form)
    answers = {**(draft.answers if draft else {}), **typed}
    if wait := throttle.patience(form, "steps", throttle.peer(), STEPS_PER_HOUR):
        return slot_page(answers, form), 429, wait
    fine = form.validate()
    if form.form_errors:
        return slot_page(answers, form), 400
    week, waiting = request.form.get("settimana"), request.form.get("action") == "waiting"
    if waiting:
        form.start.errors = []
        fine = not form.errors
    if fine and not waiting and not week:
        return _keep_time(draft, form, typed)
    with transaction():
        drafts.save(journey.JOURNEY, draft, {**typed, "waiting": "y" if waiting else ""})
    if week:
        label = slots.week_of(week, to_rome(now()).date()).label
        return redirect(url_for("appointments.reason", settimana=label, _anchor="orari"), 303)
    return redirect(url_for("appointments.person"), 303) if fine else (slot_page(answers, form), 400)


@bp.get("/appuntamenti/nuovo/recapiti")
@public
def person() -> Answer:
    """Step 2: who comes, and what they need."""
    draft = journey.open_draft()
    if draft is None:
        return redirect(url_for("appointments.reason"), 303)
    if lost := reserve.why_lost(draft.answers, at=now()):
        return slot_page(draft.answers, trouble=lost), 409
    return person_page(journey.person_form(draft.answers), draft.answers)


@bp.post("/appuntamenti/nuovo/recapiti")
@public
@keeps_words
def save_person() -> Answer:
    """Keep what step 2 says and go on; needs that lengthen the visit keep its time anew."""
    draft = journey.open_draft()
    known = draft.answers if draft else {}
    typed = journey.typed_person(request.form)
    form = journey.person_form(known, MultiDict(request.form))
    if wait := throttle.patience(form, "steps", throttle.peer(), STEPS_PER_HOUR):
        return person_page(form, known), 429, wait
    fine = form.validate()
    if form.form_errors:
        return person_page(form, known), 400
    lost = draft is None
    with transaction():
        draft = drafts.save(journey.JOURNEY, draft, typed)
    if lost:
        session["visit_notice"] = "draft-gone"
    if lost or request.form.get("action") == "back":
        return redirect(url_for("appointments.reason"), 303)
    if not fine:
        return person_page(form, draft.answers), 400
    if journey.wants_a_time(draft.answers):
        return _keep_time(draft, form, {}, onward="appointments.summary")
    return redirect(url_for("appointments.summary"), 303)


@bp.get("/appuntamenti/nuovo/riepilogo")
@public
def summary() -> Answer:
    """Step 3: everything once more, before it counts."""
    draft = journey.open_draft()
    return summary_page(draft) if draft else redirect(url_for("appointments.reason"), 303)


@bp.post("/appuntamenti/nuovo/riepilogo")
@public
@keeps_words
def confirm() -> Answer:
    """Confirm the visit, once: the same key gets the same answer however often it comes."""
    draft = drafts.current(journey.JOURNEY)
    if draft is None:
        session["visit_notice"] = "draft-gone"
        return (slot_page({}), 400) if g.get("csrf_expired") else redirect(url_for("appointments.reason"), 303)
    if request.form.get("action") == "accept-typo" and draft.sent_digest is None:
        return _mend_address(draft)
    key, shown = request.form.get("idempotency_key", ""), request.form.get("digest", "")
    try:
        code = persistently(lambda: confirm_draft.confirm_draft(draft, key, shown))
    except confirm_draft.NotReady as reason:
        return _summary_again(draft, reason.why, reason.status)
    except SameKeyOtherBody:
        return _summary_again(draft, "other-body", 409)
    except AlreadyBooked:
        return _summary_again(draft, "already-booked", 409)
    except confirm_draft.AlreadyConfirmed:
        return _to_what_it_became(draft)
    except reserve.TROUBLE as trouble:
        return slot_page(draft.answers, trouble=reserve.reason_of(trouble)), reserve.status_of(trouble)
    secret_link.admit(code)
    session[_BOOKED] = (draft.id, code)
    session["visit_notice"] = "listed" if journey.waits(draft.answers) else "booked"
    return redirect(url_for("cases.page", code=code), 303)


def _keep_time(
    draft: drafts.DraftView | None, form: UrpForm, typed: dict[str, Any], *, onward: str = "appointments.person"
) -> Answer:
    """Keep the words and the time in one act; a time that cannot be had brings the choice of times back."""
    answers = {**(draft.answers if draft else {}), **typed, "waiting": ""}
    if wait := _too_many_times(form, answers):
        page = slot_page(answers, form) if isinstance(form, ReasonForm) else person_page(form, answers)
        return page, 429, wait

    def act() -> None:
        with transaction():
            held = reserve.keep(answers, at=now())
            drafts.save(journey.JOURNEY, draft, {**typed, "waiting": "", "hold": held})

    try:
        persistently(act)
    except reserve.TROUBLE as trouble:
        with transaction():
            drafts.save(journey.JOURNEY, draft, typed)
        longer = isinstance(form, PersonForm) and journey.ticks(answers) > journey.ticks({**answers, "needs": ()})
        return slot_page(answers, trouble=reserve.reason_of(trouble, longer=longer)), reserve.status_of(trouble)
    return redirect(url_for(onward), 303)


def _too_many_times(form: UrpForm, answers: dict[str, Any]) -> dict[str, str] | None:
    peer = throttle.peer()
    if wait := throttle.patience(form, "holds", peer, HOLDS_PER_HOUR):
        return wait
    if journey.live_hold(answers, now()):
        return None
    return throttle.patience(form, "new-holds", peer, NEW_HOLDS, minutes=NEW_HOLDS_MINUTES)


def _summary_again(draft: drafts.DraftView, why: str, status: int) -> Answer:
    present = drafts.current(journey.JOURNEY) or draft
    if present.sent_digest is not None:
        return _to_what_it_became(present)
    page = summary_page(present, why=why)
    return (page, status) if isinstance(page, str) else page


def _to_what_it_became(draft: drafts.DraftView) -> Response:
    """The case of a confirmed draft, if this browser opened it; never that of an older booking."""
    booked, code = session.get(_BOOKED, (None, ""))
    return redirect(url_for("cases.page", code=code) if booked == draft.id else url_for("cases.follow"), 303)


def _mend_address(draft: drafts.DraftView) -> Response:
    if not g.get("csrf_expired") and (better := typo_suggestion(draft.answers.get("email", ""))):
        with transaction():
            drafts.save(journey.JOURNEY, draft, {"email": better})
    return redirect(url_for("appointments.summary"), 303)
