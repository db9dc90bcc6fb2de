"""The door of a question put aside: send its link, take it up again on this or another device."""

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from urp.foundation.contacts import email_key
from urp.foundation.db import transaction
from urp.foundation.events import publish
from urp.inquiries import forms, journey
from urp.inquiries.events import DraftSaved
from urp.offices import queries as offices
from urp.operators.access import public
from urp.web import drafts, throttle
from urp.web.csrf import keeps_words
from urp.web.language import chosen

bp = Blueprint("drafts", __name__)
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
LINKS_PER_HOUR = 10


@bp.route("/richieste/nuova/salva", methods=["GET", "POST"])
@public
@keeps_words
def save_for_later() -> Answer:
    """Ask where to send the link that opens the draft again, and send it."""
    draft = journey.open_draft()
    if draft is None:
        return redirect(url_for("inquiries.question"), 303)
    known = MultiDict({"email": draft.answers.get("email", "")})
    form = forms.ResumeForm(formdata=request.form if request.method == "POST" else known)
    if request.method == "GET":
        return render_template("inquiries/save_draft.html", form=form, nav="question")
    if not form.validate():
        return render_template("inquiries/save_draft.html", form=form, errors=form.summary, nav="question"), 400
    per_address = offices.institution().limits.requests_per_email_per_hour
    for key, limit in ((throttle.peer(), LINKS_PER_HOUR), (email_key(form.email.data), per_address)):
        if wait := throttle.patience(form, "resume", key, limit):
            page = render_template("inquiries/save_draft.html", form=form, errors=form.summary, nav="question")
            return page, 429, wait
    with transaction():
        token = drafts.resume_token(draft.id)
        publish(DraftSaved(draft.id, form.email.data, chosen(), token))
    return render_template("inquiries/draft_saved.html", nav="question")


@bp.get("/richieste/nuova/riprendi/<token>")
@public
def resume(token: str) -> Answer:
    """A neutral page with one button: opening a mailed link changes nothing."""
    g.no_referrer = True
    return render_template("inquiries/resume.html", nav="question")


@bp.post("/richieste/nuova/riprendi/<token>")
@public
@keeps_words
def take_up(token: str) -> Answer:
    """Go on with the draft behind the link."""
    g.no_referrer = True
    if g.get("csrf_expired"):
        return render_template("inquiries/resume.html", again=True, nav="question"), 400
    throttle.spend("resume-try", throttle.peer(), 6 * LINKS_PER_HOUR)
    with transaction():
        found = drafts.take_up(journey.JOURNEY, token)
    if not found:
        session["notice"] = "draft-gone"
    return redirect(url_for("inquiries.question"), 303)
