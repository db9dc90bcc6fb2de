"""Proofs of what became of a letter, with their originals, past every rule: the start of a test."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from urp.foundation.db import db, transaction
from urp.inbox.store import store
from urp.outbox.models import EVIDENCE, MESSAGES
from urp.outbox.states import Proof

ORIGINAL = b"From: posta-certificata@gestore.example\r\nSubject: %b\r\n\r\nSigned words.\r\n"


def letter_of(case_id: int, kind: str = "office_message") -> int:
    """The first letter of this kind that left for a case."""
    ids = select(MESSAGES.c.id).where(MESSAGES.c.case_id == case_id, MESSAGES.c.kind == kind)
    return db.session.scalars(ids.order_by(MESSAGES.c.id)).first() or 0


def prove(letter_id: int, receipt: str, kind: Proof, *, at: datetime, **changes: Any) -> tuple[int, int]:
    """A receipt that counts; ids of the proof and of its original in the PEC mailbox."""
    with transaction():
        original = ORIGINAL % f"{receipt} {letter_id} {at}".encode()
        incoming = store("pec", original, received_at=at + timedelta(seconds=5)).id
        values = {
            "letter_id": letter_id, "receipt": receipt, "kind": kind.value, "at": at, "delivered_to": "",
            "incoming_id": incoming, "recorded_at": at, **changes,
        }  # fmt: skip
        evidence = db.session.execute(insert(EVIDENCE).values(values).returning(EVIDENCE.c.id)).scalar_one()
    return evidence, incoming
