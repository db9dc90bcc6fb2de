"""A proof and the letter it is about: tied together, written down once, and followed by its arrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, select

from urp.foundation.db import db, db_now, insert_ignore, rows_changed
from urp.foundation.events import publish
from urp.outbox import by_proof
from urp.outbox.causes import Cause
from urp.outbox.events import LetterSent
from urp.outbox.headers import UnsafeHeader, wire_address
from urp.outbox.models import EVIDENCE, MESSAGES
from urp.outbox.replies import clean
from urp.outbox.states import Proof, State

_M = MESSAGES.c


class Refusal(StrEnum):
    """Why a receipt or report is not tied to any letter of ours, in its exact words."""

    MSGID = "msgid not ours"
    SENDER = "sender not ours"
    RECIPIENT = "recipient not ours"
    NOT_PEC = "letter is not PEC"
    IS_PEC = "letter is PEC: only its receipts count"
    NO_TIME = "without a time"
    OLDER = "older than the letter"
    KIND = "not a receipt for senders"
    SEEN = "seen before"


@dataclass(frozen=True)
class Verdict:
    """What became of a receipt: tied, or refused and why; the letter is named wherever it is known."""

    letter_id: int | None
    case_id: int | None
    refusal: str | None


@dataclass(frozen=True)
class Cited:
    """The letter that a proof is about; nobody else moves it until this transaction ends."""

    id: int
    case_id: int | None
    mailbox: str
    kind: str
    sender: str
    recipient: str
    state: State
    queued_at: datetime
    sent_at: datetime | None
    certified: bool | None

    def verdict(self, refusal: Refusal | None = None) -> Verdict:
        """The answer to whoever brought the proof."""
        return Verdict(self.id, self.case_id, refusal and refusal.value)


def find(message_ids: Sequence[str]) -> Cited | None:
    """The letter with the first of these Message-IDs that is one of ours."""
    if not message_ids:
        return None
    columns = [_M[name] for name in Cited.__dataclass_fields__]
    first = case({one: place for place, one in enumerate(message_ids)}, value=_M.message_id)
    ours = select(*columns).where(_M.message_id.in_(message_ids)).order_by(first).limit(1).with_for_update()
    found = db.session.execute(ours).first()
    return Cited(**{**found._mapping, "state": State(found.state)}) if found else None


def same_mailbox(one: str | None, other: str) -> bool:
    """Whether two spellings are the same address on the wire."""
    try:
        return one is not None and wire_address("To", one).casefold() == wire_address("To", other).casefold()
    except UnsafeHeader:
        return False


def keep(letter: Cited, proof: Proof, receipt: str, *, at: datetime, **told: Any) -> bool:
    """Write the proof down, `told` being other columns; False when the same one is there already."""
    limits = {"provider": 200, "identifier": 300, "delivered_to": 254, "error": 40, "error_text": 500, "size": 20}
    short = {name: clean(told[name] or "", limit) or None for name, limit in limits.items() if name in told}
    row = {
        **told,
        **short,
        "delivered_to": short.get("delivered_to") or "",
        "letter_id": letter.id,
        "kind": proof.value,
        "receipt": receipt,
        "at": at,
        "recorded_at": db_now(),
    }
    return rows_changed(insert_ignore(EVIDENCE, row)) == 1


def accept(letter: Cited, *, at: datetime, certified: bool) -> None:
    """The sender's provider took the letter over."""
    if by_proof.accepted(letter.id, letter.state, at=at, certified=certified):
        _tell(letter, at)
    else:
        by_proof.told_certified(letter.id, certified)


def deliver(letter: Cited, *, at: datetime) -> None:
    """The letter reached its recipient's mailbox."""
    if by_proof.delivered(letter.id, letter.state, at=at):
        _tell(letter, at)


def fail(letter: Cited, cause: Cause, note: str) -> None:
    """The letter will not be delivered."""
    by_proof.failed(letter.id, letter.state, cause=cause, note=note)


def _tell(letter: Cited, at: datetime) -> None:
    if letter.sent_at is None:  # the server's reply is not written down, and may never be
        publish(LetterSent(letter.id, letter.case_id, letter.mailbox, letter.kind, letter.recipient, at))
