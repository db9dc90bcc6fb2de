"""Where a message belongs once it was read: receipts and reports to their letter, people to who listens."""

from dataclasses import asdict
from datetime import datetime

from urp.foundation.events import publish
from urp.inbox import arrows, queries, settle
from urp.inbox.content import Reading
from urp.inbox.events import MessageArrived
from urp.inbox.states import HoldReason, Kind, State
from urp.outbox import record_bounce, record_receipt
from urp.outbox.evidence import Verdict
from urp.outbox.queries import cited
from urp.outbox.record_receipt import Evidence

NOT_IN_PEC = "a PEC receipt, but not in our PEC mailbox"
NO_DATA = "it has no readable daticert.xml"


class Unplaced(Exception):
    """Nobody who listens put the message anywhere."""


def place(incoming_id: int, mailbox: str, *, received_at: datetime, reading: Reading) -> None:
    """Settle a message that was read, inside the caller's transaction; raises Unplaced."""
    arrows.described(incoming_id, reading)
    if reading.kind == Kind.PEC_RECEIPT:
        _receipt(incoming_id, mailbox, reading)
    elif reading.kind == Kind.BOUNCE:
        _bounce(incoming_id, reading)
    elif reading.distrust:
        settle.held(incoming_id, HoldReason.ENVELOPE_NOT_TRUSTED, note=reading.distrust)
    elif reading.automatic:
        letter = cited(reading.words.references)
        case_id, letter_id = (letter.case_id, letter.id) if letter else (None, None)
        settle.automatic(incoming_id, case_id=case_id, letter_id=letter_id, why=reading.automatic)
    else:
        letter = cited(reading.words.references)
        publish(MessageArrived(incoming_id, mailbox, reading.certified, reading.words, letter, received_at))
        if queries.row(incoming_id).state == State.NEW:
            raise Unplaced(f"incoming message {incoming_id}")


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
    evidence = Evidence(**{**asdict(said), "recipients": said.recipients})
    verdict = record_receipt.record(evidence, incoming_id=incoming_id)
    if verdict.refusal is None and verdict.letter_id is not None:
        settle.receipt(incoming_id, letter_id=verdict.letter_id, case_id=verdict.case_id)
    else:
        known = HoldReason.RECEIPT_NOT_TRUSTED if verdict.letter_id else HoldReason.RECEIPT_NOT_OURS
        _hold(incoming_id, known, verdict)


def _bounce(incoming_id: int, reading: Reading) -> None:
    """Each recipient of a report counts for itself; the message goes where the first letter of ours is."""
    verdicts = [
        record_bounce.record(
            report.message_ids,
            recipient=report.recipient,
            action=report.action,
            status=report.status,
            diagnostic=report.diagnostic,
            incoming_id=incoming_id,
        )
        for report in reading.reports
    ]
    tied = next((one for one in verdicts if one.refusal is None and one.letter_id is not None), None)
    if tied is not None and tied.letter_id is not None:
        settle.bounce(incoming_id, letter_id=tied.letter_id, case_id=tied.case_id)
    else:
        _hold(incoming_id, HoldReason.BOUNCE_NOT_OURS, verdicts[0])


def _hold(incoming_id: int, reason: HoldReason, verdict: Verdict) -> None:
    settle.held(incoming_id, reason, note=verdict.refusal, guess_case_id=verdict.case_id, letter_id=verdict.letter_id)
