"""Where an outgoing letter can be, and the arrows between these places; no other arrow exists."""

from enum import StrEnum


class State(StrEnum):
    """State of a letter; the words people read are in `templates/macros/status.html`."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"  # the mail server took it over
    ACCEPTED = "accepted"  # PEC: the provider's accettazione
    DELIVERED = "delivered"  # PEC: avvenuta consegna
    FAILED = "failed"  # errore di consegna, non accettazione; ordinary mail: a bounce
    UNCERTAIN = "uncertain"  # the final dot may have left, no proof either way
    DEAD = "dead"  # refused for good, or tried for five days
    CANCELLED = "cancelled"
    FROZEN = "frozen"  # after a restore: nothing leaves until a person says so


class Stage(StrEnum):
    """How far a sending has come: before or after the marker that precedes the final dot."""

    PRE = "pre"
    DOT = "dot"


class Alarm(StrEnum):
    """What of a letter that left is not as it should be; its proof ends it, or a person who has looked."""

    NO_ACCEPTANCE = "no_acceptance"
    NO_DELIVERY = "no_delivery"
    LATE = "late"


class Proof(StrEnum):
    """What evidence proves, in the words of any registered mail (ETSI EN 319 532-1)."""

    SUBMITTED = "submitted"  # handed from one provider to another: moves nothing
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    LATE = "late"


S = State
ARROWS: dict[str, frozenset[str]] = {
    S.QUEUED: frozenset({S.SENDING, S.CANCELLED, S.FROZEN, S.ACCEPTED, S.DELIVERED, S.FAILED}),
    S.SENDING: frozenset({S.QUEUED, S.SENT, S.DEAD, S.UNCERTAIN, S.FROZEN, S.ACCEPTED, S.DELIVERED, S.FAILED}),
    S.SENT: frozenset({S.ACCEPTED, S.DELIVERED, S.FAILED}),
    S.ACCEPTED: frozenset({S.DELIVERED, S.FAILED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset({S.DELIVERED}),  # a later avvenuta consegna still wins
    S.UNCERTAIN: frozenset({S.SENT, S.QUEUED, S.FROZEN, S.ACCEPTED, S.DELIVERED, S.FAILED}),
    S.DEAD: frozenset({S.ACCEPTED, S.DELIVERED, S.FAILED}),
    S.CANCELLED: frozenset(),
    S.FROZEN: frozenset({S.QUEUED, S.UNCERTAIN, S.ACCEPTED, S.DELIVERED, S.FAILED}),
}
"""From each state, the states a letter may move to; receipts come in any order, so they may skip one.

What the provider signed beats our own notes: a letter may have left although we saw a 4xx, died or were restored.
"""

NEEDING_CARE = (S.UNCERTAIN, S.DEAD, S.FAILED, S.FROZEN)
"""States that wait for a person."""

WAITING = (S.QUEUED, S.SENDING, S.UNCERTAIN)
"""States that a restore freezes: their letters could still leave, or may have left."""
