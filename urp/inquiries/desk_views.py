"""The office answers a request in writing, from a page of its own until there is a desk."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from urp.cases import case_page, queries
from urp.cases.answer import answer
from urp.cases.states import OPEN
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.references import new_token, normalise_code
from urp.inquiries.forms import AnswerForm
from urp.operators import kept_words
from urp.operators.access import at_work, requires
from urp.operators.roles import Role
from urp.web import idempotency
from urp.web.csrf import keeps_words

bp = Blueprint("inquiry_desk", __name__)
Answer = str | Response | tuple[str, int]


@bp.get("/desk/richieste/<code>/rispondi")
@requires(Role.OPERATOR)
def write(code: str) -> Answer:
    """The case and an empty sheet, or the words that were on it when the session was over."""
    case, form = _case(code), AnswerForm(formdata=None)
    form.body.data = kept_words.kept(request.path)
    return _page(case, form, sent=session.pop("notice", None) == "answer")


@bp.post("/desk/richieste/<code>/rispondi")
@requires(Role.OPERATOR)
@keeps_words
def send(code: str) -> Answer:
    """Answer the citizen; the same form sent twice answers once."""
    case, form = _case(code), AnswerForm()
    if not form.validate():
        return _page(case, form), 400
    key = request.form.get("idempotency_key") or new_token()
    try:
        with transaction():
            if idempotency.answer_already_given(key, _digest(case, form)) is None:
                answer(case, form.body.data, at=now(), actor=at_work().actor)
            kept_words.let_go(request.path)
    except WrongState:
        form.form_errors.append(_("La richiesta è conclusa: non puoi più rispondere."))
        return _page(case, form), 409
    except idempotency.SameKeyOtherBody:
        form.form_errors.append(
            _("La tua risposta di prima è già partita. Se vuoi mandare anche questa, premi di nuovo Invia.")
        )
        return _page(case, form), 409
    session["notice"] = "answer"
    return redirect(request.path, 303)


def _case(code: str) -> queries.CaseView:
    case = queries.case_by_code(normalise_code(code) or "")
    if case is None:
        raise NotFound(f"no case {code[:20]!r}")
    return case


def _digest(case: queries.CaseView, form: AnswerForm) -> bytes:
    return idempotency.digest({"answer to": case.id, "body": form.body.data})


def _page(case: queries.CaseView, form: AnswerForm, *, sent: bool = False) -> str:
    page: dict[str, Any] = {
        "case": case_page.shown(case),
        "messages": case_page.messages(case),
        "can_answer": case.state in OPEN,
        "idempotency_key": new_token(),
        "sent": sent,
    }
    return render_template("inquiries/desk/answer.html", form=form, errors=form.summary, **page)
