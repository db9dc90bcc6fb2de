"""The door of the question: three steps, a draft on the server, one send."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, send_file, session, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from urp.cases import case_page, secret_link
from urp.cases import queries as cases
from urp.cases.dates import dates
from urp.foundation.clock import now
from urp.foundation.contacts import looks_certified, typo_suggestion
from urp.foundation.db import transaction
from urp.foundation.errors import NotFound
from urp.foundation.references import normalise_code
from urp.inquiries import attach, draft_views, forms, journey, queries, send_draft
from urp.offices import queries as offices
from urp.operators.access import public
from urp.web import drafts, throttle
from urp.web.csrf import keeps_words
from urp.web.forms import FormError, UrpForm
from urp.web.idempotency import SameKeyOtherBody
from urp.web.language import chosen

bp = Blueprint("inquiries", __name__)
bp.register_blueprint(draft_views.bp)
Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]
STEPS_PER_HOUR = 600
MEGABYTES_PER_HOUR = 400


@bp.get("/richieste/nuova")
@public
def question() -> Answer:
    """Step 1: topic, subject, question, files."""
    draft = journey.open_draft()
    answers = dict(draft.answers) if draft else {}
    if wanted := request.args.get("argomento"):
        answers["topic"] = wanted
    return _question_page(journey.step1(answers), draft)


@bp.post("/richieste/nuova")
@public
@keeps_words
def save_question() -> Answer:
    """Keep what step 1 says, then go on, take a file, drop one, or stop for today."""
    action = request.form.get("action", "continue")
    draft = journey.open_draft()
    step = journey.step1({}, request.form)
    if wait := _too_much(step.form):
        return _question_page(step, draft), 429, wait
    fine = step.validate()
    if step.form.form_errors and any(upload.filename for upload in request.files.getlist("attachments")):
        step.form.attachments.errors = [_("Scegli di nuovo i file: questa volta non li abbiamo ricevuti")]
    if step.form.form_errors:
        return _question_page(step, draft), 400
    draft, refused = _keep_question(draft, action)
    if action != "continue":
        step.drop_errors(but="attachments")
    step.form.attachments.errors = refused
    if refused or (action == "continue" and not fine):
        return _question_page(step, draft), 400
    if action == "save":
        return redirect(url_for("inquiries.drafts.save_for_later"), 303)
    if action == "continue":
        return redirect(url_for("inquiries.contacts"), 303)
    return redirect(url_for("inquiries.question", _anchor="attachments"), 303)


@bp.get("/richieste/nuova/recapiti")
@public
def contacts() -> Answer:
    """Step 2: who asks, and how to answer."""
    draft = journey.open_draft()
    if draft is None:
        return redirect(url_for("inquiries.question"), 303)
    return _contacts_page(journey.contacts_form(draft.answers))


@bp.post("/richieste/nuova/recapiti")
@public
@keeps_words
def save_contacts() -> Answer:
    """Keep what step 2 says and go on, or stop for today."""
    posted = MultiDict(request.form)
    form = journey.contacts_form({}, posted)
    if wait := throttle.patience(form, "steps", throttle.peer(), STEPS_PER_HOUR):
        return _contacts_page(form), 429, wait
    fine = form.validate()
    if not form.form_errors:
        with transaction():
            drafts.save(journey.JOURNEY, journey.open_draft(), journey.typed(posted, journey.CONTACT_FIELDS))
        if posted.get("action") == "save":
            return redirect(url_for("inquiries.drafts.save_for_later"), 303)
        if posted.get("action") == "back":
            return redirect(url_for("inquiries.question"), 303)
        if fine:
            return redirect(url_for("inquiries.summary"), 303)
    return _contacts_page(form), 400


@bp.get("/richieste/nuova/riepilogo")
@public
def summary() -> Answer:
    """Step 3: everything once more, before it leaves."""
    draft = journey.open_draft()
    return _summary_page(draft) if draft else redirect(url_for("inquiries.question"), 303)


@bp.post("/richieste/nuova/riepilogo")
@public
@keeps_words
def send() -> Answer:
    """Send the question, once: the same key gets the same answer however often it comes."""
    if request.form.get("action") == "save":
        return redirect(url_for("inquiries.drafts.save_for_later"), 303)
    draft = drafts.current(journey.JOURNEY)
    if draft is None:
        session["notice"] = "draft-gone"
        return redirect(url_for("inquiries.question"), 303)
    if request.form.get("action") == "accept-typo" and draft.sent_digest is None:
        return _mend_address(draft)
    try:
        code = send_draft.send_draft(draft, request.form.get("idempotency_key", ""), request.form.get("digest", ""))
    except send_draft.NotReady as reason:
        return _summary_again(draft, send_draft.words_for(reason), reason.status)
    except SameKeyOtherBody:
        notice = _(
            "Con questo modulo hai già inviato un’altra domanda. Controlla questa e premi di nuovo «Invia la domanda»."
        )
        return _summary_again(draft, notice, 409)
    except send_draft.AlreadySent:
        return redirect(url_for("cases.follow"), 303)
    secret_link.admit(code)
    session["sent"] = code
    return redirect(url_for("cases.page", code=code), 303)


@bp.get("/r/<code>/allegati/<int:attachment_id>")
@public
def attachment(code: str, attachment_id: int) -> Answer:
    """A file of the case, to save, never to run in the page."""
    known = normalise_code(code)
    if known is None or not secret_link.is_admitted(known):
        return redirect(url_for("cases.follow"), 303)
    case = cases.case_by_code(known)
    shown = case is not None and attachment_id in case_page.files_shown(case)
    file = next(iter(queries.files([attachment_id])), None) if shown else None
    if file is None:
        raise NotFound(f"attachment {attachment_id}")
    answer = send_file(attach.path_of(file.sha256), file.media_type, as_attachment=True, download_name=file.filename)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _keep_question(draft: drafts.DraftView | None, action: str) -> tuple[drafts.DraftView, list[str]]:
    with transaction():
        draft = drafts.save(journey.JOURNEY, draft, journey.typed(request.form, journey.QUESTION_FIELDS))
        ids = list(draft.answers.get("files", ()))
        if (unwanted := {f"remove-{one}": one for one in ids}.get(action)) is not None:
            attach.take_away(draft.id, unwanted)
            ids.remove(unwanted)
        uploads = [upload for upload in request.files.getlist("attachments") if upload.filename]
        kept, refused = journey.take_files(draft, uploads, queries.files(ids)) if uploads else ([], [])
        if kept or ids != list(draft.answers.get("files", ())):
            draft = drafts.save(journey.JOURNEY, draft, {"files": [*ids, *kept]})
    return draft, refused


def _question_page(step: journey.Step1, draft: drafts.DraftView | None) -> str:
    gone = _("Non troviamo più la tua domanda: era scaduta o è già partita. Puoi scriverne una nuova.")
    return render_template(
        "inquiries/question.html",
        form=step.form,
        own_fields=step.own,
        examples={one.slug: one.example(chosen()) for one in offices.topics()},
        uploaded=queries.files(draft.answers.get("files", ())) if draft else [],
        errors=step.errors,
        notice=gone if session.pop("notice", None) == "draft-gone" else _last_sent(draft),
        limits=offices.institution().limits,
        nav="question",
    )


def _last_sent(draft: drafts.DraftView | None) -> str | None:
    code = session.get("sent")
    if draft is not None or not code:
        return None
    return _("La tua domanda è partita: il codice è %(code)s. Qui puoi scriverne un’altra.", code=code)


def _too_much(form: UrpForm) -> dict[str, str] | None:
    megabytes = -(-(request.content_length or 0) // 1_000_000) if request.files else 0
    return throttle.patience(form, "steps", throttle.peer(), STEPS_PER_HOUR) or (
        throttle.patience(form, "megabytes", throttle.peer(), MEGABYTES_PER_HOUR, megabytes) if megabytes else None
    )


def _summary_again(draft: drafts.DraftView, notice: str, status: int) -> Answer:
    present = drafts.current(journey.JOURNEY) or draft
    if present.sent_digest is not None and (code := session.get("sent")):
        return redirect(url_for("cases.page", code=code), 303)
    page = _summary_page(present, notice=notice)
    return (page, status) if isinstance(page, str) else page


def _mend_address(draft: drafts.DraftView) -> Response:
    if not g.get("csrf_expired") and (better := typo_suggestion(draft.answers.get("email", ""))):
        with transaction():
            drafts.save(journey.JOURNEY, draft, {"email": better})
    return redirect(url_for("inquiries.summary"), 303)


def _contacts_page(form: forms.ContactsForm) -> str:
    return render_template("inquiries/contacts.html", form=form, errors=form.summary, nav="question")


def _summary_page(draft: drafts.DraftView, notice: str | None = None) -> Any:
    done = journey.progress(draft.answers)
    if done.missing:
        return redirect(url_for(f"inquiries.{done.missing}"), 303)
    asked = journey.new_question(done, draft.answers)
    email = asked.applicant.email or ""
    when = dates(asked.topic, now())
    return render_template(
        "inquiries/summary.html",
        groups=journey.summary_groups(done, asked, url_for("inquiries.question"), url_for("inquiries.contacts")),
        promised_at=when.promised_at,
        term_on=when.term_on,
        rules=offices.request_type(offices.topic(asked.topic).request_type),
        idempotency_key=send_draft.key_for(draft),
        digest=send_draft.digest_of(draft).hex(),
        typo=typo_suggestion(email),
        certified_hint=looks_certified(email),
        doubtful_pec=asked.applicant.reply_by == "pec" and not looks_certified(email),
        errors=[FormError(notice, "#main")] if notice else [],
        nav="question",
    )
