"""A delivery report (RFC 3464) about a letter of ours: the mail servers' word, unsigned, for ordinary mail."""

import logging

from urp.foundation.clock import now
from urp.outbox import by_proof, causes, evidence
from urp.outbox.evidence import Cited, Refusal, Verdict, same_mailbox
from urp.outbox.states import Proof
from urp.outbox.told import Report, Status

log = logging.getLogger(__name__)

BOUNCE = "bounce"
PROOFS = {"failed": Proof.FAILED, "delayed": Proof.LATE}
"""What each action says; `delivered`, `relayed` and `expanded` were never asked for and prove nothing."""

WORST_FIRST = (Proof.FAILED, Proof.LATE, Proof.SUBMITTED)


def record(report: Report, *, incoming_id: int) -> Verdict:
    """Tie a report to the letter with the first Message-ID that is ours, in the caller's transaction.

    Nothing is signed, and the receipts that our page shows cite the letter. So a letter by PEC is left to its
    receipts until its accettazione says that the recipient has no PEC; a report on other recipients (who had
    it forwarded) is refused. A letter has one recipient: of several words about it the worst counts.
    """
    letter = evidence.find(report.message_ids)
    if letter is None:
        return Verdict(None, None, Refusal.MSGID.value)
    about_ours = [one for one in report.statuses if _concerns(one, letter)]
    if not about_ours:
        return letter.verdict(Refusal.RECIPIENT)
    if letter.mailbox == "pec" and letter.certified is not False:
        return letter.verdict(Refusal.IS_PEC)
    proof, said = min(((PROOFS.get(one.action.lower(), Proof.SUBMITTED), one) for one in about_ours), key=_badness)
    told = {"delivered_to": said.recipient, "error": said.code, "error_text": said.diagnostic}
    evidence.keep(letter, proof, BOUNCE, at=now(), incoming_id=incoming_id, **told)
    log.info("letter %s: a report says %s", letter.id, proof)
    if proof == Proof.FAILED:
        evidence.fail(letter, causes.of_report(said.code, said.diagnostic), BOUNCE)
    elif proof == Proof.LATE:
        by_proof.late(letter.id)
    return letter.verdict()


def _concerns(status: Status, letter: Cited) -> bool:
    return status.recipient is None or same_mailbox(status.recipient, letter.recipient)


def _badness(one: tuple[Proof, Status]) -> int:
    return WORST_FIRST.index(one[0])
