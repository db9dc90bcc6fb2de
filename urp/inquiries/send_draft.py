"""Sending a draft once: limits, idempotency and the one transaction that makes it a case."""

from flask import g, session
from flask_babel import gettext as _

from urp.foundation.clock import now
from urp.foundation.contacts import email_key
from urp.foundation.db import transaction
from urp.foundation.errors import Conflict
from urp.foundation.references import new_token
from urp.inquiries import journey
from urp.inquiries.submit import submit
from urp.offices import queries as offices
from urp.web import drafts, idempotency, throttle

_KEYS = "send_key"


class NotReady(Conflict):
    """The draft cannot be sent as it is shown; `why` is one of expired, changed, incomplete, key."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.status = 409 if why == "changed" else 400


class AlreadySent(Conflict):
    """This draft became a case under another key."""


def words_for(reason: NotReady) -> str:
    """What the citizen reads above the summary."""
    if reason.why == "changed":
        return _("Nel frattempo hai cambiato la domanda in un’altra finestra. Controlla di nuovo e invia.")
    return _(
        "La pagina è rimasta aperta troppo a lungo. I tuoi dati ci sono ancora: premi di nuovo «Invia la domanda»."
    )


def key_for(draft: drafts.DraftView) -> str:
    """The idempotency key of this browser for this draft: the same in every window."""
    draft_id, key = session.get(_KEYS, (None, ""))
    if draft_id != draft.id:
        key = new_token()
        session[_KEYS] = (draft.id, key)
    return str(key)


def digest_of(draft: drafts.DraftView) -> bytes:
    """What recognises the content of a draft, also after it was sent and emptied."""
    return draft.sent_digest or idempotency.digest(draft.answers)


def send_draft(draft: drafts.DraftView, key: str, shown: str) -> str:
    """Make the draft a case and return its code; with a key already used, the code it got then.

    Raises NotReady, AlreadySent, TooMany, SameKeyOtherBody.
    """
    if g.get("csrf_expired") or not 16 <= len(key) <= idempotency.LONGEST_KEY:
        raise NotReady("expired")
    if draft.sent_digest is None:
        return _send_first(draft, key, shown)
    with transaction():
        code = idempotency.answer_already_given(key, draft.sent_digest)
        if code is None:
            raise AlreadySent
        return code


def _send_first(draft: drafts.DraftView, key: str, shown: str) -> str:
    digest = digest_of(draft)
    if shown and shown != digest.hex():
        raise NotReady("changed")
    done = journey.progress(draft.answers)
    if done.missing:
        raise NotReady("incomplete")
    question = journey.new_question(done, draft.answers)
    limits = offices.institution().limits
    spent = (
        ("send-peer", throttle.peer(), limits.requests_per_address_per_hour),
        ("send-email", email_key(question.applicant.email or ""), limits.requests_per_email_per_hour),
    )
    with transaction():
        if (given := idempotency.answer_already_given(key, digest)) is not None:
            return given
        if not drafts.mark_sent(draft, digest):
            raise _overtaken()
        for limit in spent:  # only now: a send that was answered before costs nothing
            throttle.spend(*limit)
        code = submit(question, draft_id=draft.id, at=now()).code
        idempotency.remember_answer(key, code)
    return code


def _overtaken() -> Conflict:
    """What another window did to the draft in the last milliseconds."""
    present = drafts.current(journey.JOURNEY)
    return AlreadySent() if present is None or present.sent_digest else NotReady("changed")
