"""The door for those who work here, until there are accounts."""

import logging

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.operators import kept_words, sign_in
from urp.operators.access import public, staff_page
from urp.operators.forms import PassForm
from urp.web import throttle
from urp.web.csrf import comes_from_us, keeps_words

log = logging.getLogger(__name__)
bp = Blueprint("operators", __name__)
TRIES_PER_HOUR = 50
"""Wrong ones, for a whole office behind one address; a right one always opens, and none can be guessed."""

LONGEST_WORDS = 20_000
Answer = str | AnyResponse | tuple[str, int] | tuple[str, int, dict[str, str]]


@bp.get("/operatori/accesso")
@public
def enter() -> Answer:
    """Ask for the pass; who is already at work goes on."""
    onward = staff_page(request.args.get("verso"))
    if sign_in.present(now()):
        return redirect(onward, 303)
    return _page(PassForm(formdata=None), onward)


@bp.post("/operatori/accesso")
@public
@keeps_words
def check_pass() -> Answer:
    """Exchange the pass for a session; the answer to a wrong one is always the same."""
    form, onward = PassForm(), staff_page(request.form.get("verso"))
    if not form.validate():
        return _page(form, onward), 400
    person = sign_in.begin(form.secret.data, at=now())
    if person is None:
        if wait := throttle.patience(form, "staff-peer", throttle.peer(), TRIES_PER_HOUR):
            return _page(form, onward), 429, wait
        log.warning("a pass that does not open")
        form.secret.errors = [_("Questo lasciapassare non apre. Controlla i segni, o chiedine uno nuovo")]
        return _page(form, onward), 403
    log.info("pass %s begins a session", person.id)
    if words := request.form.get("words", "")[:LONGEST_WORDS]:
        with transaction():
            kept_words.keep(onward, words)
    return redirect(onward, 303)


@bp.post("/operatori/esci")
@public
def leave() -> Answer:
    """End the session, and let the browser forget what it showed."""
    with transaction():
        sign_in.end(now())
    session["notice"] = "left"
    answer: Response = redirect(url_for("operators.enter"), 303)  # type: ignore[assignment]
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _page(form: PassForm, onward: str) -> str:
    left = session.pop("notice", None) == "left"
    words = request.form.get("words") if comes_from_us() else None
    return render_template(
        "operators/sign_in.html", form=form, errors=form.summary, onward=onward, words=words, left=left
    )
