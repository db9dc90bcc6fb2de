"""A mail becomes a request: its case, its promise, and a receipt unless no machine may answer."""

from datetime import datetime, timedelta

from urp.cases.dates import dates_of
from urp.cases.open_case import CaseToOpen, FirstWords, OpenedCase, open_case
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import now
from urp.foundation.contacts import email_key
from urp.foundation.events import publish
from urp.inbox.events import MessageArrived
from urp.inquiries import attach, mail_content, queries
from urp.inquiries.events import RequestMailed

TERM_DAYS = 30
"""Calendar days, where no rule gives another term (L. 241/1990 art. 2 c. 2)."""

ONE_DAY_S = 24 * 3600
AN_HOUR_S = 3600
MOST_FROM_A_DOMAIN = 20
"""Receipts in an hour: more is a machine that writes under ever new names."""

TOO_OLD = timedelta(days=3)
"""A receipt for a message of last week tells nobody anything new: a mailbox is being read for the first time."""


def open_request(message: MessageArrived, *, silent: str | None = None) -> OpenedCase:
    """Open the case of a mail: no topic and no office yet, channel and way of answering as the mail came.

    Presented when the mailbox got it, promised from now. `silent` forbids the receipt and says why, as do
    a machine that wrote it, the age of the message, a receipt that its sender got within a day and many
    that its domain got within an hour; the timeline then records it.
    """
    at = now()
    words = message.words
    case = _case(message, at)
    person = mail_content.applicant_of(words, certified=message.certified)
    silent = silent or _why_silent(message, person.email, at)
    files = mail_content.keep_files(words)
    listed = tuple(file.as_listed() for file in files)
    first = FirstWords(mail_content.text_of(words), files=listed, incoming_id=message.incoming_id)
    opened = open_case(case, person, first)
    attach.hand_over(None, opened.id, [file.id for file in files])
    if silent:
        record(opened.id, EntryKind.NO_RECEIPT, at=at, actor="system", data={"why": silent})
    publish(
        RequestMailed(
            case_id=opened.id,
            code=opened.code,
            token=opened.token,
            case=case,
            applicant=person,
            answers=mail_content.citable(words),
            silent=silent,
        )
    )
    return opened


def _case(message: MessageArrived, at: datetime) -> CaseToOpen:
    when = dates_of(TERM_DAYS, presented_at=message.received_at, seen_at=at)
    return CaseToOpen(
        subject=mail_content.subject_of(message.words),
        channel="pec" if message.certified else "peo",
        language="it",
        topic_id=None,
        office_id=None,
        request_type_id=None,
        presented_at=message.received_at,
        promised_at=when.promised_at,
        calendar_version=when.calendar_version,
        term_on=when.term_on,
    )


def _why_silent(message: MessageArrived, sender: str | None, at: datetime) -> str | None:
    """Why no receipt may leave, in one word for the timeline; None where it is due."""
    if sender is None:
        return "no_sender"
    if message.automatic is not None:
        return "automatic"
    if at - message.received_at > TOO_OLD:
        return "old"
    queries.count_in_peace()
    if queries.answered_lately(email_key(sender), ONE_DAY_S):
        return "answered_within_a_day"
    crowded = queries.answered_in_domain(email_key(sender), AN_HOUR_S) >= MOST_FROM_A_DOMAIN
    return "many_from_this_domain" if crowded else None
