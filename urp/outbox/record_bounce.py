"""A delivery report (RFC 3464) about a letter of ours: the mail servers' word, unsigned, for ordinary mail."""

import logging
from collections.abc import Sequence

from urp.foundation.clock import now
from urp.outbox import by_proof, causes, evidence
from urp.outbox.evidence import Refusal, Verdict, same_mailbox
from urp.outbox.states import Proof

log = logging.getLogger(__name__)

BOUNCE = "bounce"
PROOFS = {"failed": Proof.FAILED, "delayed": Proof.LATE}
"""What each action says; `delivered`, `relayed` and `expanded` were never asked for and prove nothing."""


def record(
    message_ids: Sequence[str],
    *,
    recipient: str | None,
    action: str,
    status: str | None,
    diagnostic: str,
    incoming_id: int,
) -> Verdict:
    """Tie one recipient's report to the letter with the first Message-ID that is ours, in the caller's transaction.

    Nobody but the letter's readers knows its Message-ID, but nothing is signed: a letter to a certified
    mailbox is left to its receipts, and a report on another recipient (who had it forwarded) is refused.
    """
    letter = evidence.find(message_ids)
    if letter is None:
        return Verdict(None, None, Refusal.MSGID.value)
    if recipient is not None and not same_mailbox(recipient, letter.recipient):
        return letter.verdict(Refusal.RECIPIENT)
    if letter.certified:
        return letter.verdict(Refusal.IS_PEC)
    proof = PROOFS.get(action.lower(), Proof.SUBMITTED)
    told = {"delivered_to": recipient, "error": status, "error_text": diagnostic, "incoming_id": incoming_id}
    evidence.keep(letter, proof, BOUNCE, at=now(), **told)
    log.info("letter %s: a report says %s", letter.id, proof)
    if proof == Proof.FAILED:
        evidence.fail(letter, causes.of_report(status, diagnostic), BOUNCE)
    elif proof == Proof.LATE:
        by_proof.late(letter.id)
    return letter.verdict()
