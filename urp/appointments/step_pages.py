"""The three pages of a booking, drawn from what the draft knows."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from urp.appointments import confirm_draft, journey, slots
from urp.appointments.forms import PersonForm, ReasonForm
from urp.appointments.offered import Asked, offered
from urp.appointments.words import notice_words, refusal_words, summary_trouble
from urp.foundation.clock import now
from urp.foundation.contacts import looks_certified, typo_suggestion
from urp.offices import queries as offices
from urp.web import drafts
from urp.web.forms import FormError


def slot_page(answers: Mapping[str, Any], form: ReasonForm | None = None, *, trouble: str | None = None) -> str:
    """Step 1, with the week of the address; `trouble` is why the time on the form cannot be had."""
    at = now()
    form = form or journey.reason_form(answers)
    held, ticks, start = journey.live_hold(answers, at), journey.ticks(answers), journey.start(answers)
    own = held.starts_at if held and held.ticks == ticks else None
    times = offered(Asked(request.args.get("settimana"), ticks, own=own, chosen=start, gone=trouble is not None), at)
    if trouble:
        form.start.errors = [refusal_words(trouble, start)]
    target = "#start-0" if times.has_tiles else "#orari"
    return render_template(
        "appointments/reason.html",
        form=form,
        times=times,
        chosen=start,
        minutes=ticks * slots.TICK_S // 60,
        hold_minutes=offices.institution().counter.hold_minutes,
        errors=[FormError(one.text, target if one.href == "#start-0" else one.href) for one in form.summary],
        notice=notice_words(session.pop("visit_notice", "")),
        nav="appointment",
    )


def person_page(form: PersonForm, answers: Mapping[str, Any]) -> str:
    """Step 2, with the time that is kept meanwhile."""
    return render_template(
        "appointments/person.html",
        form=form,
        errors=form.summary,
        held=journey.live_hold(answers, now()),
        waiting=journey.waits(answers),
        nav="appointment",
    )


def summary_page(draft: drafts.DraftView, why: str | None = None) -> str | Response:
    """Step 3, or the way back to the first step that is not complete; `why` it could not be confirmed as shown."""
    done = journey.progress(draft.answers)
    if done.missing:
        return redirect(url_for(f"appointments.{done.missing}"), 303)
    email = done.person.email.data or ""
    waiting = journey.waits(draft.answers)
    held = None if waiting else journey.live_hold(draft.answers, now())
    step1, step2 = url_for("appointments.reason"), url_for("appointments.person")
    return render_template(
        "appointments/summary.html",
        groups=journey.summary_groups(done, draft.answers, step1, step2),
        waiting=waiting,
        held=held,
        email=email,
        typo=typo_suggestion(email) if email else None,
        certified_hint=bool(email) and looks_certified(email),
        idempotency_key=confirm_draft.key_for(draft),
        digest=confirm_draft.digest_of(draft).hex(),
        errors=[FormError(summary_trouble(why, by_mail=bool(email)), "#main")] if why else [],
        nav="appointment",
    )
