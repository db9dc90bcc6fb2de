"""The follow-up page of a case and the doors to it: code and e-mail, or the secret link."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from urp.cases import case_page, evidence_views, queries, secret_link
from urp.cases.add_message import add_message
from urp.cases.events import LinkAsked
from urp.cases.forms import FollowForm, MessageForm
from urp.cases.visit import WORDS, Answer, of_the_case
from urp.cases.withdraw import withdraw
from urp.foundation.clock import now
from urp.foundation.db import persistently, transaction
from urp.foundation.errors import WrongState
from urp.foundation.events import publish
from urp.foundation.references import hash_token, new_token, normalise_code
from urp.operators.access import public
from urp.web import idempotency, throttle
from urp.web.csrf import keeps_words

bp = Blueprint("cases", __name__)
bp.register_blueprint(evidence_views.bp)
TRIES_PER_HOUR = 10
FRESH = timedelta(minutes=10)
MESSAGES_PER_HOUR = 20


@bp.get("/r/<code>")
@public
@of_the_case
def page(case: queries.CaseView) -> Answer:
    """The case as its citizen sees it."""
    form = MessageForm(formdata=None)
    code, words = session.get(WORDS, ("", ""))
    form.body.data = words if code == case.code else None
    return _page(case, form)


@bp.post("/r/<code>/messaggi")
@public
@keeps_words
@of_the_case
def add(case: queries.CaseView) -> Answer:
    """Add words to the case; the same form sent twice adds them once."""
    form = MessageForm()
    if not form.validate():
        return _page(case, form), 400
    key = request.form.get("idempotency_key") or new_token()
    digest = idempotency.digest({"case": case.id, "body": form.body.data})
    try:
        with transaction():
            if idempotency.answer_already_given(key, digest) is None:
                throttle.spend("message", case.code, MESSAGES_PER_HOUR)
                add_message(case, form.body.data, at=now())
    except throttle.TooMany as error:
        form.form_errors.append(throttle.words(error))
        return _page(case, form), 429, error.headers
    except WrongState:
        form.form_errors.append(_("La richiesta è conclusa: non puoi più aggiungere messaggi. Fai una nuova domanda."))
        return _page(case, form), 409
    except idempotency.SameKeyOtherBody:
        form.form_errors.append(
            _("Il tuo messaggio di prima è già partito. Se vuoi mandare anche questo, premi di nuovo Invia.")
        )
        return _page(case, form), 409
    session.pop(WORDS, None)
    session["notice"] = "message"
    return redirect(url_for("cases.page", code=case.code), 303)


@bp.get("/r/<code>/ritira")
@public
@of_the_case
def confirm_withdrawal(case: queries.CaseView) -> Answer:
    """Ask once more before taking the request back."""
    return _withdrawal(case)


@bp.post("/r/<code>/ritira")
@public
@keeps_words
@of_the_case
def take_back(case: queries.CaseView) -> Answer:
    """Take the request back; a second time changes nothing."""
    if g.get("csrf_expired"):
        return _withdrawal(case, again=True), 400

    def whole() -> None:
        with transaction():
            withdraw(case, at=now())

    try:
        persistently(whole)
    except WrongState:
        form, present = MessageForm(formdata=None), queries.case_by_id(case.id) or case
        form.form_errors.append(_("Non hai ritirato la richiesta: nel frattempo è cambiata. Qui vedi a che punto è."))
        return _page(present, form), 409
    session["notice"] = "withdrawn"
    return redirect(url_for("cases.page", code=case.code), 303)


@bp.get("/r/<code>/ricevuta")
@public
@of_the_case
def receipt(case: queries.CaseView) -> Answer:
    """The receipt to print (L. 241/1990 art. 18-bis)."""
    question = case_page.first_words(case)
    return render_template("cases/receipt.html", question=question, nav="follow", **case_page.context(case))


@bp.route("/segui", methods=["GET", "POST"])
@public
@keeps_words
def follow() -> Answer:
    """Ask for a fresh link; the answer never tells whether code and address belong together."""
    form = FollowForm(formdata=request.form if request.method == "POST" else None)
    if request.method == "GET":
        form.code.data = session.pop("asked_code", None)
        return render_template("cases/follow.html", form=form, notice=_why_here(), nav="follow")
    if not form.validate():
        return render_template("cases/follow.html", form=form, nav="follow"), 400
    code = normalise_code(form.code.data) or form.code.data[:20]
    tries = (("follow-peer", throttle.peer(), 3 * TRIES_PER_HOUR), ("follow-code", code, TRIES_PER_HOUR))
    for limit in tries:
        if wait := throttle.patience(form, *limit):
            return render_template("cases/follow.html", form=form, errors=form.summary, nav="follow"), 429, wait
    with transaction():
        secret_link.ask_for_link(code, form.email.data)
        publish(LinkAsked())
    return render_template("cases/follow_sent.html", nav="follow")


@bp.get("/l/<token>")
@public
def open_link(token: str) -> Answer:
    """A neutral page that changes nothing, whatever the token: mail scanners open links too."""
    g.no_referrer = True
    return render_template("cases/open_link.html", nav="follow")


@bp.post("/l/<token>")
@public
@keeps_words
def exchange_link(token: str) -> Answer:
    """Exchange the secret for a visit of its case, at an address without the secret."""
    g.no_referrer = True
    if g.get("csrf_expired"):
        return render_template("cases/open_link.html", again=True, nav="follow"), 400
    throttle.spend("link-peer", throttle.peer(), 6 * TRIES_PER_HOUR)
    throttle.spend("link", hash_token(token).hex(), 3 * TRIES_PER_HOUR)
    code = secret_link.case_behind(token, now())
    if code is None:
        return render_template("cases/link_expired.html", nav="follow"), 404
    secret_link.admit(code)
    return redirect(url_for("cases.page", code=code), 303)


def _page(case: queries.CaseView, form: MessageForm) -> str:
    return render_template("cases/case.html", nav="follow", form=form, errors=form.summary, **_context(case))


def _withdrawal(case: queries.CaseView, *, again: bool = False) -> str:
    return render_template("cases/withdraw.html", again=again, nav="follow", **case_page.context(case))


def _why_here() -> str | None:
    if session.pop("notice", None) != "visit-over":
        return None
    if WORDS in session:
        return _(
            "Per sicurezza la pagina si è chiusa. Quello che hai scritto è salvo: lo ritrovi riaprendo la richiesta."
        )
    return _("Per sicurezza la richiesta si apre con un link. Scrivi i dati qui sotto e te lo mandiamo.")


def _context(case: queries.CaseView) -> dict[str, Any]:
    notice = {
        "message": _("Abbiamo aggiunto il tuo messaggio alla richiesta."),
        "withdrawn": _("Hai ritirato la richiesta: non devi fare altro."),
    }.get(session.pop("notice", ""))
    news = session.get("sent") == case.code and session.get("told") != case.code
    if fresh := news and now() - case.presented_at < FRESH:
        session["told"] = case.code  # once, also when the last step is posted again
    return {
        **case_page.context(case),
        "idempotency_key": new_token(),
        "just_sent": fresh and not notice,  # the newest news first
        "notice": notice,
    }
