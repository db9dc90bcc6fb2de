"""Where an incoming message can be, the arrows between these places, and why one is held (pure)."""

from enum import StrEnum


class State(StrEnum):
    """State of an incoming message; all but `new` and `spam` are outcomes of `flask inbox import`."""

    NEW = "new"  # stored, not read yet
    OPENED = "opened"  # became a case
    ATTACHED = "attached"  # joined its case
    RECEIPT = "receipt"  # a PEC receipt, tied to its letter
    BOUNCE = "bounce"  # a delivery report, tied to its letter
    AUTOMATIC = "automatic"  # written by a machine about one of our cases, or a calendar's Yes or No: never answered
    HELD = "held"  # waits for a person, with a reason
    FAILED = "failed"  # could not be read; the bytes are kept
    SPAM = "spam"  # a person said so


S = State
ARROWS: dict[str, frozenset[str]] = {
    S.NEW: frozenset({S.OPENED, S.ATTACHED, S.RECEIPT, S.BOUNCE, S.AUTOMATIC, S.HELD, S.FAILED}),
    S.HELD: frozenset({S.OPENED, S.ATTACHED, S.SPAM}),
    S.FAILED: frozenset({S.NEW, S.OPENED, S.ATTACHED, S.SPAM}),
    S.AUTOMATIC: frozenset({S.OPENED, S.ATTACHED, S.SPAM}),
    S.OPENED: frozenset(),
    S.ATTACHED: frozenset(),
    S.RECEIPT: frozenset(),
    S.BOUNCE: frozenset(),
    S.SPAM: frozenset({S.NEW}),
}
"""From each state, the states a message may move to."""

NEEDING_CARE = (S.HELD, S.FAILED)
"""States that wait for a person."""


class Kind(StrEnum):
    """What a message is, decided on headers and `daticert.xml`, never on its subject."""

    PEC_RECEIPT = "pec_receipt"
    PEC_ENVELOPE = "pec_envelope"
    PEC_ANOMALY = "pec_anomaly"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"
    ORDINARY = "ordinary"


class HoldReason(StrEnum):
    """Why a message waits for a person."""

    RECEIPT_NOT_TRUSTED = "receipt_not_trusted"  # a PEC receipt that proves nothing
    RECEIPT_NOT_OURS = "receipt_not_ours"  # genuine, but of no letter of ours
    ENVELOPE_NOT_TRUSTED = "envelope_not_trusted"
    BOUNCE_NOT_OURS = "bounce_not_ours"
    NO_SENDER = "no_sender"  # no address that could be answered
    FROM_OURSELVES = "from_ourselves"
    OTHER_SENDER = "other_sender"  # cites our letter, comes from somebody else
    NUMBER_ONLY = "number_only"  # a code in the subject, but cites no letter of ours
    CASE_CLOSED = "case_closed"
    AUTOMATIC_UNKNOWN = "automatic_unknown"  # written by a machine, about no request of ours
    TOO_MANY = "too_many"  # more from one sender than a person writes
