"""Reads of the waiting list: who waits, what is offered, and what could be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from urp.appointments.models import Appointment, Block, Offer, Wish
from urp.appointments.states import BlockKind, OfferState, State, WishState
from urp.cases.models import Case, Contact
from urp.cases.states import OPEN
from urp.foundation.db import db

MOST_OFFERS = 3
"""So often a person is offered a time, and a time is offered to somebody."""


@dataclass(frozen=True, kw_only=True)
class WishView:
    """Somebody who waits: for an earlier time than that of `appointment_id`, or for any."""

    id: int
    case_id: int
    appointment_id: int | None
    topic_id: int | None
    state: str
    person_key: bytes
    needs: tuple[str, ...]
    ticks: int
    offers: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class OfferView:
    """A time that is held for somebody until `expires_at` (aware UTC); `appointment_id` is the visit they have."""

    id: int
    wish_id: int
    case_id: int
    appointment_id: int | None
    block_id: int | None
    state: str
    desk: int
    starts_at: datetime
    ticks: int
    made_at: datetime
    expires_at: datetime
    number: int  # the person's first, second or third


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A released time on its way back: one desk, `ticks` steps of five minutes from `starts_at`."""

    id: int
    desk: int
    starts_at: datetime
    ticks: int
    left_by: int | None  # the visit that gave it up


def waiting_wish(case_id: int) -> WishView | None:
    """What this case waits for now."""
    return _wish(select(Wish).where(Wish.case_id == case_id, Wish.state == WishState.WAITING))


def wish(wish_id: int) -> WishView | None:
    """The wish with this row number, whatever its state."""
    return _wish(select(Wish).where(Wish.id == wish_id))


def offer(offer_id: int) -> OfferView | None:
    """The offer with this row number, whatever its state."""
    return _offer(Offer.id == offer_id)


def live_offer(case_id: int) -> OfferView | None:
    """The time that is held for this case now; it may have run out a moment ago."""
    return _offer(and_(Wish.case_id == case_id, Offer.state == OfferState.LIVE))


def live_offers(wish_id: int) -> list[int]:
    """What is held for this wish now."""
    return list(db.session.scalars(select(Offer.id).where(Offer.wish_id == wish_id, Offer.state == OfferState.LIVE)))


def over(at: datetime, limit: int) -> list[int]:
    """Offers that nobody answered in time, the oldest first."""
    late = (Offer.state == OfferState.LIVE, Offer.expires_at <= at)
    return list(db.session.scalars(select(Offer.id).where(*late).order_by(Offer.expires_at).limit(limit)))


def rests(at: datetime, limit: int) -> list[Rest]:
    """Released times to come that may still be offered and are long enough for somebody, the soonest first."""
    found = db.session.scalars(
        select(Block)
        .where(Block.kind == BlockKind.REST, Block.starts_at > at, Block.offers < MOST_OFFERS)
        .where(~exists().where(Offer.block_id == Block.id, Offer.state == OfferState.LIVE))
        .where(exists().where(Wish.state == WishState.WAITING, Wish.ticks <= Block.ticks))
        .order_by(Block.starts_at, Block.id)
        .limit(limit)
    )
    return [rest_of(block) for block in found]


def rest_of(block: Block) -> Rest:
    """The time that a block of kind rest keeps."""
    assert block.desk is not None
    assert block.starts_at is not None
    assert block.ticks is not None
    return Rest(id=block.id, desk=block.desk, starts_at=block.starts_at, ticks=block.ticks, left_by=block.left_by)


def takers(rest: Rest, at: datetime, *, limit: int) -> list[int]:
    """Wishes that this time fits, the oldest first: it is long enough, earlier than the visit that they would move
    and not what this visit has left, and it comes to somebody who can be reached by mail, has no other offer now and
    never had this one. Who would need a second visit beside the one they have is left out: they could not accept."""
    statement = (
        select(Wish.id)
        .join(Case, Case.id == Wish.case_id)
        .join(Contact, Contact.id == Case.contact_id)
        .outerjoin(Appointment, Appointment.id == Wish.appointment_id)
        .where(Wish.state == WishState.WAITING, Wish.offers < MOST_OFFERS, Wish.ticks <= rest.ticks)
        .where(Contact.email.is_not(None), Case.state.in_(OPEN))
        .where(or_(and_(Wish.appointment_id.is_(None), ~_has_a_visit(at)), _would_be_earlier(rest)))
        .where(~_same_person_is_offered(rest.starts_at))
        .order_by(Wish.created_at, Wish.id)
        .limit(limit)
    )
    return list(db.session.scalars(statement))


def _would_be_earlier(rest: Rest) -> ColumnElement[bool]:
    to_come = (Appointment.state == State.CONFIRMED, Appointment.starts_at > rest.starts_at)
    return and_(*to_come, Appointment.id != rest.left_by)


def _has_a_visit(at: datetime) -> ColumnElement[bool]:
    """One to come, in this case or another: what `book` would refuse."""
    theirs = aliased(Appointment)
    of_the_person = or_(theirs.person_key == Wish.person_key, theirs.case_id == Wish.case_id)
    return exists(select(theirs.id).where(theirs.state == State.CONFIRMED, theirs.starts_at > at, of_the_person))


def _same_person_is_offered(starts_at: datetime) -> ColumnElement[bool]:
    """In this case or another: a time that waits for their answer, or this very time, now or before."""
    theirs = aliased(Wish)
    return exists(
        select(Offer.id)
        .join(theirs, theirs.id == Offer.wish_id)
        .where(theirs.person_key == Wish.person_key, or_(Offer.state == OfferState.LIVE, Offer.starts_at == starts_at))
    )


def _wish(statement: Select[Any]) -> WishView | None:
    row = db.session.scalar(statement.execution_options(populate_existing=True))
    if row is None:
        return None
    values = {name: getattr(row, name) for name in WishView.__dataclass_fields__}
    return WishView(**{**values, "needs": tuple(values["needs"])})


def _offer(condition: ColumnElement[bool]) -> OfferView | None:
    statement = select(Offer, Wish).join(Wish, Wish.id == Offer.wish_id).where(condition)
    row = db.session.execute(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    found, wanted = row
    own = [name for name in OfferView.__dataclass_fields__ if hasattr(Offer, name)]
    values = {name: getattr(found, name) for name in own}
    return OfferView(**values, case_id=wanted.case_id, appointment_id=wanted.appointment_id, number=wanted.offers)
