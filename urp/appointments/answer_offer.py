"""What a person answers to an offered time, and how it ends: theirs, or on to the next who waits."""

from datetime import datetime

from sqlalchemy import delete, update

from urp.appointments import claims, queries, wish_queries
from urp.appointments.book import book
from urp.appointments.models import Block, Offer, Wish
from urp.appointments.move import move as move_visit
from urp.appointments.states import WISH_MOVES, OfferState, WishState
from urp.appointments.wish_queries import MOST_OFFERS, OfferView
from urp.cases import queries as cases
from urp.cases.timeline import EntryKind, record
from urp.foundation.db import db, rows_changed
from urp.foundation.errors import Conflict, NotFound
from urp.foundation.states import move


class OfferOver(Conflict):
    """The time is not held for them any more: they were too late, or said no, or gave up waiting."""


def accept(offer_id: int, *, at: datetime) -> int:
    """Make the offered time theirs, instead of the one they had; the id of the visit. Twice is once.

    Raises OfferOver, and what the booking raises: NotOnOffer when the counter has closed meanwhile,
    AlreadyBooked when they have a visit in another case.
    """
    offer = _locked(offer_id)
    present = queries.active_of_case(offer.case_id)
    if offer.state == OfferState.ACCEPTED and present:
        return present.id
    still = (Offer.id == offer_id, Offer.state == OfferState.LIVE, Offer.expires_at > at)
    if rows_changed(update(Offer).where(*still).values(state=OfferState.ACCEPTED)) != 1:
        raise OfferOver
    move(Wish, offer.wish_id, WishState.SERVED, WISH_MOVES)
    claims.release({"offer_id": offer_id})  # nobody gets between: the ticks are ours until the transaction ends
    visit_id = _visit_at(offer, at)
    if offer.block_id is not None:
        claims.release({"block_id": offer.block_id})  # the minutes that their visit does not need
        db.session.execute(delete(Block).where(Block.id == offer.block_id))
    return visit_id


def decline(offer_id: int, at: datetime) -> bool:
    """Let the time go to the next who waits; False when it was not theirs any more."""
    offer = _locked(offer_id)
    if not _end(offer, OfferState.DECLINED, at):
        return False
    record(offer.case_id, EntryKind.OFFER_DECLINED, at=at, actor="citizen", data={"offer": offer_id})
    return True


def expire(offer_id: int, at: datetime) -> bool:
    """The same when nobody answered in time; False when somebody did."""
    offer = _locked(offer_id)
    return offer.expires_at <= at and _end(offer, OfferState.EXPIRED, at)


def end_of_wish(wish_id: int, at: datetime) -> None:
    """Nobody waits any more: what is held for them goes on to the next."""
    for offer_id in wish_queries.live_offers(wish_id):
        _end(_locked(offer_id), OfferState.DECLINED, at)


def _locked(offer_id: int) -> OfferView:
    """The offer as it is and stays: as for visits, the case is locked first."""
    offer = wish_queries.offer(offer_id)
    if offer is None:
        raise NotFound(f"offer {offer_id}")
    cases.locked_state(offer.case_id)
    found = wish_queries.offer(offer_id)
    assert found is not None
    return found


def _visit_at(offer: OfferView, at: datetime) -> int:
    if offer.appointment_id is not None:
        move_visit(offer.appointment_id, offer.starts_at, at=at, by="citizen")
        return offer.appointment_id
    case, wish = cases.case_by_id(offer.case_id), wish_queries.wish(offer.wish_id)
    assert case is not None
    assert wish is not None
    return book(case, offer.starts_at, needs=wish.needs, at=at)


def _end(offer: OfferView, state: OfferState, at: datetime) -> bool:
    """Give the time back to its rest; False when the offer is over: a closure ends it without asking its case."""
    live = update(Offer).where(Offer.id == offer.id, Offer.state == OfferState.LIVE)
    if rows_changed(live.values(state=state)) != 1:
        return False
    holder = {"offer_id": offer.id}
    if offer.block_id is None:
        claims.release(holder)
    else:
        claims.hand_over(holder, {"block_id": offer.block_id})
    last = offer.number >= MOST_OFFERS and rows_changed(
        update(Wish).where(Wish.id == offer.wish_id, Wish.state == WishState.WAITING).values(state=WishState.LEFT)
    )
    if last:
        record(offer.case_id, EntryKind.WISH_LEFT, at=at, actor="system")
    return True
