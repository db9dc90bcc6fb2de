"""A trusted PEC receipt: what the provider signed moves our letter, in whatever order receipts come."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import func, select

from urp.foundation.db import db
from urp.outbox import by_proof, causes, evidence
from urp.outbox.causes import Cause
from urp.outbox.evidence import Cited, Refusal, Verdict, same_mailbox
from urp.outbox.models import EVIDENCE
from urp.outbox.states import Proof
from urp.outbox.told import CertifiedReceipt

log = logging.getLogger(__name__)

WARNING = "preavviso_errore_consegna"
PROOFS = {
    "accettazione": Proof.ACCEPTED,
    "non_accettazione": Proof.FAILED,
    "avvenuta_consegna": Proof.DELIVERED,
    "errore_consegna": Proof.FAILED,
    WARNING: Proof.LATE,  # after 12 hours; the second, after 24, says that it failed
    "presa_in_carico": Proof.SUBMITTED,
    "rilevazione_virus": Proof.SUBMITTED,
}
"""What each kind of `urp.pec.kinds` proves; the last two pass between providers and move nothing."""

CLOCKS_DIFFER = timedelta(days=1)
"""A provider's clock may be wrong by so much; a receipt older than that is of another letter."""


def record(receipt: CertifiedReceipt, *, incoming_id: int) -> Verdict:
    """Tie a receipt whose signature is trusted to its letter and move the letter, in the caller's transaction.

    Whatever does not match one of our letters is refused with the reason, and moves nothing.
    """
    letter = evidence.find([receipt.message_id] if receipt.message_id else [])
    if letter is None:
        return Verdict(None, None, Refusal.MSGID.value)
    if refusal := _mismatch(letter, receipt):
        return letter.verdict(refusal)
    return letter.verdict(_tie(letter, receipt, incoming_id))


def _mismatch(letter: Cited, receipt: CertifiedReceipt) -> Refusal | None:
    named = [address for address, _certified in receipt.recipients]
    concerned = named if receipt.delivered_to is None else [receipt.delivered_to]
    checks = (
        (Refusal.KIND, receipt.receipt in PROOFS),
        (Refusal.NOT_PEC, letter.mailbox == "pec"),
        (Refusal.SENDER, same_mailbox(receipt.sender, letter.sender)),
        (Refusal.RECIPIENT, any(same_mailbox(address, letter.recipient) for address in named)),
        (Refusal.RECIPIENT, any(same_mailbox(address, letter.recipient) for address in concerned)),
        (Refusal.NO_TIME, receipt.at is not None),
        (Refusal.OLDER, receipt.at is None or receipt.at > letter.queued_at - CLOCKS_DIFFER),
    )
    return next((refusal for refusal, holds in checks if not holds), None)


def _tie(letter: Cited, receipt: CertifiedReceipt, incoming_id: int) -> Refusal | None:
    assert receipt.at is not None
    proof = PROOFS[receipt.receipt]
    if proof == Proof.LATE and _warned(letter.id, receipt.at):
        proof = Proof.FAILED
    certified = any(certified for address, certified in receipt.recipients if same_mailbox(address, letter.recipient))
    new = evidence.keep(
        letter,
        proof,
        receipt.receipt,
        at=receipt.at,
        provider=receipt.provider,
        identifier=receipt.identifier,
        delivered_to=receipt.delivered_to,
        certified=certified,
        error=receipt.error,
        error_text=receipt.error_text,
        size=receipt.size,
        incoming_id=incoming_id,
    )
    if not new:
        return Refusal.SEEN
    log.info("letter %s: %s", letter.id, receipt.receipt)
    if proof == Proof.ACCEPTED:
        evidence.accept(letter, at=receipt.at, certified=certified)
    elif proof == Proof.DELIVERED:
        evidence.deliver(letter, at=receipt.at)
    elif proof == Proof.FAILED:
        evidence.fail(letter, _cause(receipt), receipt.receipt.replace("_", " "))
    elif proof == Proof.LATE:
        by_proof.late(letter.id)
    return None


def _warned(letter_id: int, at: datetime) -> bool:
    """Whether another preavviso came before, in the order of arrival."""
    e = EVIDENCE.c
    same = select(func.count()).where(e.letter_id == letter_id, e.receipt == WARNING, e.at != at)
    return bool(db.session.scalar(same))


def _cause(receipt: CertifiedReceipt) -> Cause:
    return Cause.TIMEOUT if receipt.receipt == WARNING else causes.of_receipt(receipt.error, receipt.error_text)
