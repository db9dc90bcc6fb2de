"""Where a message belongs once it was read: receipts and reports to their letter, people to who listens."""

from datetime import datetime

from urp.foundation.events import publish
from urp.inbox import arrows, envelopes, queries, settle
from urp.inbox.content import CALENDAR_REPLY, Reading
from urp.inbox.events import MessageArrived
from urp.inbox.states import HoldReason, Kind, State
from urp.outbox import record_bounce, record_receipt
from urp.outbox.evidence import Refusal, Verdict
from urp.outbox.queries import cited
from urp.outbox.told import Report

NOT_IN_PEC = "a PEC receipt, but not in our PEC mailbox"
NO_DATA = "it has no readable daticert.xml"


class Unplaced(Exception):
    """Nobody who listens put the message anywhere."""


def place(incoming_id: int, mailbox: str, *, received_at: datetime, reading: Reading) -> None:
    """Settle a message that was read, inside the caller's transaction; raises Unplaced."""
    reading = envelopes.believed(reading)
    arrows.described(incoming_id, reading)
    if reading.kind == Kind.PEC_RECEIPT:
        _receipt(incoming_id, mailbox, reading)
    elif reading.report is not None:
        _bounce(incoming_id, reading.report)
    elif reading.distrust:
        settle.held(incoming_id, HoldReason.ENVELOPE_NOT_TRUSTED, note=reading.distrust)
    elif reading.certified and reading.envelope and (first := envelopes.came_before(incoming_id, reading.envelope)):
        _beside(incoming_id, first)
    elif reading.automatic and not reading.certified:
        _automatic(incoming_id, reading, reading.automatic)
    else:
        letter, words = cited(reading.words.references), reading.words
        publish(MessageArrived(incoming_id, mailbox, reading.certified, words, letter, received_at, reading.automatic))
        if queries.row(incoming_id).state == State.NEW:
            raise Unplaced(f"incoming message {incoming_id}")


def _automatic(incoming_id: int, reading: Reading, why: str) -> None:
    """A machine's mail is kept with the case it speaks of; where it speaks of none, a person looks at it.

    Nobody has to look at a calendar's Yes or No: it changes no visit, which our own pages and people do.
    This is not for certified mail: whoever is behind it has a right to be heard, with whatever program it was sent.
    """
    letter = cited(reading.words.references)
    letter_id, case_id = (letter.id, letter.case_id) if letter else (None, None)
    if case_id is not None or why == CALENDAR_REPLY:
        settle.automatic(incoming_id, case_id=case_id, letter_id=letter_id, why=why)
    else:
        settle.held(incoming_id, HoldReason.AUTOMATIC_UNKNOWN, note=why, letter_id=letter_id)


def _beside(incoming_id: int, first: queries.Row) -> None:
    """The same envelope again: where the first is, without a word more in its case."""
    note = f"the same envelope as number {first.id}"
    if first.case_id is not None:
        settle.attached(incoming_id, first.case_id, note=note)
    else:
        reason = HoldReason(first.reason or HoldReason.ENVELOPE_NOT_TRUSTED)
        settle.held(incoming_id, reason, note=note, guess_case_id=first.guess_case_id, letter_id=first.letter_id)


def _receipt(incoming_id: int, mailbox: str, reading: Reading) -> None:
    """A receipt counts only when it is trusted, in the PEC mailbox, and about a letter of ours."""
    said = reading.receipt
    letter = cited([said.message_id]) if said and said.message_id else None
    distrust = reading.distrust or (NOT_IN_PEC if mailbox != "pec" else None if said else NO_DATA)
    if distrust is not None or said is None:
        case_id, letter_id = (letter.case_id, letter.id) if letter else (None, None)
        reason = HoldReason.RECEIPT_NOT_TRUSTED
        settle.held(incoming_id, reason, note=distrust, guess_case_id=case_id, letter_id=letter_id)
        return
    verdict = record_receipt.record(said, incoming_id=incoming_id)
    if verdict.refusal in (None, Refusal.SEEN) and verdict.letter_id is not None:
        settle.receipt(incoming_id, letter_id=verdict.letter_id, case_id=verdict.case_id, note=verdict.refusal)
    else:
        known = HoldReason.RECEIPT_NOT_TRUSTED if verdict.letter_id else HoldReason.RECEIPT_NOT_OURS
        _hold(incoming_id, known, verdict)


def _bounce(incoming_id: int, report: Report) -> None:
    verdict = record_bounce.record(report, incoming_id=incoming_id)
    if verdict.refusal is None and verdict.letter_id is not None:
        settle.bounce(incoming_id, letter_id=verdict.letter_id, case_id=verdict.case_id)
    else:
        _hold(incoming_id, HoldReason.BOUNCE_NOT_OURS, verdict)


def _hold(incoming_id: int, reason: HoldReason, verdict: Verdict) -> None:
    settle.held(incoming_id, reason, note=verdict.refusal, guess_case_id=verdict.case_id, letter_id=verdict.letter_id)
