"""What nobody is left to do: leases that expired, confirmations in doubt, proofs that do not come."""

import logging

from urp.outbox import arrows, by_proof

log = logging.getLogger(__name__)


def reap() -> None:
    """Turn expired leases: before the marker back into the queue, after it into doubt."""
    if back := arrows.reclaimed():
        log.warning("%d letters back in the queue: their worker died before the dot", len(back))
    if doubtful := arrows.abandoned():
        log.error("letters %s are uncertain: their worker died after the marker", doubtful)


def repeat() -> None:
    """Send uncertain confirmations by ordinary mail once more; PEC and answers wait for a receipt or a person."""
    if again := arrows.repeated():
        log.warning("letters %s, uncertain for long, are sent again by rule", again)


def raise_alarms() -> None:
    """Note the PEC letters whose accettazione or consegna is overdue; the receipt, or a person, ends the alarm.

    A warning that a letter is late ends by itself: for most letters nothing else will ever come.
    """
    if silent := by_proof.no_news():
        log.warning("letters %s were late, and no more was heard of them", silent)
    unaccepted, undelivered = by_proof.missing()
    if unaccepted:
        log.error("letters %s: no accettazione for 15 minutes", unaccepted)
    if undelivered:
        log.error("letters %s: no consegna for 24 hours", undelivered)
