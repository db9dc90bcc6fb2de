"""Confirming a booking once: limits, idempotency and the one transaction that makes it a visit."""

from datetime import datetime

from flask import g, session

from urp.appointments import journey, reserve, wish
from urp.appointments.book import Booking, confirm
from urp.foundation.clock import now
from urp.foundation.contacts import email_key
from urp.foundation.db import transaction
from urp.foundation.errors import Conflict
from urp.foundation.references import new_token
from urp.offices import queries as offices
from urp.web import drafts, idempotency, throttle

_KEYS = "book_key"


class NotReady(Conflict):
    """The draft cannot be confirmed as it is shown; `why` is one of expired, changed, incomplete."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.status = 409 if why == "changed" else 400


class AlreadyConfirmed(Conflict):
    """This draft became a visit under another key."""


def key_for(draft: drafts.DraftView) -> str:
    """The idempotency key of this browser for this draft: the same in every window."""
    draft_id, key = session.get(_KEYS, (None, ""))
    if draft_id != draft.id:
        key = new_token()
        session[_KEYS] = (draft.id, key)
    return str(key)


def digest_of(draft: drafts.DraftView) -> bytes:
    """What recognises the content of a draft, also after it was confirmed and emptied."""
    return draft.sent_digest or idempotency.digest(draft.answers)


def confirm_draft(draft: drafts.DraftView, key: str, shown: str) -> str:
    """Make the draft a visit, or a place on the waiting list, and return the code of its case; with a key already
    used, the code it got then. A hold that has run out is taken again if nobody else has the time.

    Raises NotReady, AlreadyConfirmed, TooMany, SameKeyOtherBody, AlreadyBooked, BadStart, NotOnOffer, Taken,
    HoldExpired.
    """
    if g.get("csrf_expired") or not 16 <= len(key) <= idempotency.LONGEST_KEY:
        raise NotReady("expired")
    if draft.sent_digest is None:
        return _confirm_first(draft, key, shown)
    with transaction():
        code = idempotency.answer_already_given(key, draft.sent_digest)
        if code is None:
            raise AlreadyConfirmed
        return code


def _confirm_first(draft: drafts.DraftView, key: str, shown: str) -> str:
    digest = digest_of(draft)
    if shown and shown != digest.hex():
        raise NotReady("changed")
    done = journey.progress(draft.answers)
    if done.missing:
        raise NotReady("incomplete")
    wanted = journey.booking(done)
    limits = offices.institution().limits
    person = wanted.applicant
    reached = email_key(person.email) if person.email else str(person.phone)
    with transaction():
        if (given := idempotency.answer_already_given(key, digest)) is not None:
            return given
        if not drafts.mark_sent(draft, digest):
            raise _overtaken()
        throttle.spend("book-peer", throttle.peer(), limits.requests_per_address_per_hour)
        throttle.spend("book-person", reached, limits.requests_per_email_per_hour)
        code = _store(draft, wanted, at=now())
        idempotency.remember_answer(key, code)
    return code


def _store(draft: drafts.DraftView, wanted: Booking, *, at: datetime) -> str:
    if journey.waits(draft.answers):
        return wish.ask(wanted, at=at).code
    # a hold taken again claims its ticks before the person's row: whom that stops goes again, `persistently`
    return confirm(reserve.keep(draft.answers, at=at), wanted, at=at).code


def _overtaken() -> Conflict:
    """What another window did to the draft in the last milliseconds."""
    present = drafts.current(journey.JOURNEY)
    return AlreadyConfirmed() if present is None or present.sent_digest else NotReady("changed")
