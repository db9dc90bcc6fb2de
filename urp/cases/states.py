"""Where a case can be, and the moves between these places."""

from enum import StrEnum


class CaseState(StrEnum):
    """State of a case; the words people read are in `templates/macros/status.html`."""

    RECEIVED = "received"
    TAKEN = "taken"
    FORWARDED = "forwarded"
    WAITING_CITIZEN = "waiting_citizen"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


S = CaseState
OPEN = frozenset({S.RECEIVED, S.TAKEN, S.FORWARDED, S.WAITING_CITIZEN, S.ANSWERED})

MOVES: dict[str, frozenset[str]] = {
    S.RECEIVED: frozenset({S.TAKEN, S.FORWARDED, S.WAITING_CITIZEN, S.ANSWERED, S.CLOSED, S.WITHDRAWN}),
    S.TAKEN: frozenset({S.FORWARDED, S.WAITING_CITIZEN, S.ANSWERED, S.CLOSED, S.WITHDRAWN}),
    S.FORWARDED: frozenset({S.TAKEN, S.WAITING_CITIZEN, S.ANSWERED, S.CLOSED, S.WITHDRAWN}),
    S.WAITING_CITIZEN: frozenset({S.TAKEN, S.FORWARDED, S.ANSWERED, S.CLOSED, S.WITHDRAWN}),
    S.ANSWERED: frozenset({S.TAKEN, S.FORWARDED, S.WAITING_CITIZEN, S.CLOSED, S.WITHDRAWN}),
    S.CLOSED: frozenset({S.TAKEN}),
    S.WITHDRAWN: frozenset(),
}
"""From each state, the states it may move to; no other arrow exists."""
