"""Where an appointment, a wish and an offer can be, and the moves between these places."""

from enum import StrEnum


class State(StrEnum):
    """State of an appointment; the words people read are in `templates/macros/status.html`."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    ATTENDED = "attended"
    MISSED = "missed"


S = State
ACTIVE = (S.HELD, S.CONFIRMED)
"""These states keep their time, and one of them is all that a person may have."""

MOVES: dict[str, frozenset[str]] = {
    S.HELD: frozenset({S.CONFIRMED, S.EXPIRED, S.CANCELLED}),
    S.CONFIRMED: frozenset({S.CANCELLED, S.ATTENDED, S.MISSED}),
    S.ATTENDED: frozenset({S.MISSED}),
    S.MISSED: frozenset({S.ATTENDED}),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""From each state, the states it may move to; no other arrow exists."""


class WishState(StrEnum):
    """State of a wish on the waiting list."""

    WAITING = "waiting"
    SERVED = "served"
    LEFT = "left"


WISH_MOVES: dict[str, frozenset[str]] = {
    WishState.WAITING: frozenset({WishState.SERVED, WishState.LEFT}),
    WishState.SERVED: frozenset(),
    WishState.LEFT: frozenset(),
}


class OfferState(StrEnum):
    """State of a time that is held for somebody on the waiting list."""

    LIVE = "live"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"


OFFER_MOVES: dict[str, frozenset[str]] = {
    OfferState.LIVE: frozenset({OfferState.ACCEPTED, OfferState.DECLINED, OfferState.EXPIRED}),
    OfferState.ACCEPTED: frozenset(),
    OfferState.DECLINED: frozenset(),
    OfferState.EXPIRED: frozenset(),
}


class BlockKind(StrEnum):
    """Why nobody may have a time although the calendar is open."""

    REST = "rest"  # released: it comes back at a random moment, the waiting list first
    CLOSURE = "closure"  # a fence until no booking that began under the old hours can still be on its way
    ABSENCE = "absence"  # nobody sits at this desk
