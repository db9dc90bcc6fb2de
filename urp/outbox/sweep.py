"""What workers left behind: leases that expired, and letters that nobody was woken for."""

import logging

from urp.outbox import arrows

log = logging.getLogger(__name__)


def reap() -> None:
    """Turn expired leases: before the marker back into the queue, after it into doubt."""
    if back := arrows.reclaimed():
        log.warning("%d letters back in the queue: their worker died before the dot", len(back))
    if doubtful := arrows.abandoned():
        log.error("letters %s are uncertain: their worker died after the marker", doubtful)
