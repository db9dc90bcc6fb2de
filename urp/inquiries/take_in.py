"""An operator gives a waiting message its place: in a case, or in a request of its own."""

from contextlib import suppress
from dataclasses import dataclass

from urp.cases import queries as cases
from urp.cases.open_case import OpenedCase
from urp.foundation.contacts import email_key
from urp.foundation.errors import Conflict, NotFound, WrongState
from urp.foundation.references import normalise_code
from urp.inbox import addresses, charsets, envelopes, header_words, mime, settle
from urp.inbox import queries as inbox
from urp.inbox.content import Enclosure, Reading, Words
from urp.inbox.events import MessageArrived
from urp.inbox.limits import Header, TooMuch
from urp.inbox.process import reader
from urp.inbox.reading import ReaderLost, Unreadable
from urp.inbox.states import State
from urp.inquiries import forms, mail_content, mail_requests, queries, replies
from urp.outbox import queries as outbox

HEADS = (64 * 1024, 4 * 1024)
"""Bytes of a message that cannot be read in which its headers are looked for: less, if they are too many."""

SUBJECT_BYTES = 2000


@dataclass(frozen=True)
class Waiting:
    """A message in somebody's hand; `silent` says why its sender gets no automatic receipt."""

    message: MessageArrived
    silent: str | None


def look_at(incoming_id: int) -> Waiting:
    """Read a message again, in a child process: call it before the transaction begins.

    What cannot be read has the words of its headers, as far as they go, and itself as a file.
    Raises NotFound, WrongState while it waits for its first reading, Conflict when another try may help.
    """
    row = inbox.row(incoming_id)
    if row.state == State.NEW:
        raise WrongState(f"message {incoming_id} has not been read yet")
    raw = inbox.raw(incoming_id)
    whole = row.size <= len(raw)
    reading = _read(raw, given_up=row.state == State.FAILED) if whole else None
    words = reading.words if reading else _words_of_headers(raw, forms.UNREADABLE if whole else forms.HEADERS_ONLY)
    message = MessageArrived(
        incoming_id=incoming_id,
        mailbox=row.mailbox,
        certified=reading.certified if reading else False,
        words=words,
        cited=outbox.cited(words.references),
        received_at=row.received_at,
        automatic=reading.automatic if reading else None,
    )
    return Waiting(message, _why_silent(message, reading))


def attach(waiting: Waiting, code: str) -> bool:
    """Put the message into the case with this code, whoever sent it; False if it was in this case before.

    Words of anybody but the citizen are shown as another person's. Raises NotFound for an unknown code,
    WrongState for a closed case or a message that has its place, also in another case.
    """
    known = normalise_code(code)
    case = cases.case_by_code(known) if known else None
    if case is None:
        raise NotFound(f"no request has the code {code}")
    message = waiting.message
    there = inbox.row(message.incoming_id).case_id
    if there is not None and there != case.id and (other := cases.case_by_id(there)):
        raise WrongState(f"message {message.incoming_id} belongs to {other.code}")
    from_office = replies.answers_office_letter(message)
    known = case.applicant.email
    from_other = known is None or mail_content.sender_key(message.words) != email_key(known)
    return replies.join(message, case, from_office=from_office, from_other=from_other)


def open_request(waiting: Waiting) -> OpenedCase | None:
    """Open a request from the message; None if it was opened before. Raises WrongState if it has another place."""
    incoming_id = waiting.message.incoming_id
    if queries.locked_state_of_message(incoming_id) == State.OPENED:
        return None
    opened = mail_requests.open_request(waiting.message, silent=waiting.silent)
    settle.opened(incoming_id, opened.id)
    return opened


def _read(raw: bytes, *, given_up: bool) -> Reading | None:
    """The reading, or None where there will never be one."""
    try:
        with reader() as child:
            return envelopes.believed(child.read(raw))
    except Unreadable as trouble:
        if isinstance(trouble, ReaderLost) and not given_up:
            raise Conflict("the message could not be read just now: try again") from trouble
        return None


def _words_of_headers(raw: bytes, text: object) -> Words:
    headers = _headers(raw)
    values = [value for name, value in headers if name == "from"]
    subject = next((value for name, value in headers if name == "subject"), b"")[:SUBJECT_BYTES]
    sender, name = addresses.sender(values)
    return Words(
        sender=sender,
        sender_name=name,
        subject=charsets.one_line(header_words.decoded(subject), mail_content.LONGEST_SUBJECT),
        text=str(text),
        enclosures=(Enclosure(str(forms.ORIGINAL_NAME), "message/rfc822", raw),),
    )


def _headers(raw: bytes) -> tuple[Header, ...]:
    for size in HEADS:
        with suppress(TooMuch):
            return mime.headers_of(raw[:size])
    return ()


def _why_silent(message: MessageArrived, reading: Reading | None) -> str | None:
    if reading is None:
        return "unreadable"
    if mail_content.sender_key(message.words) in replies.our_addresses():
        return "from_ourselves"
    return None
