"""Released times rest for a random while, so that nobody can pass a time on by giving it up."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import delete, insert, select

from urp.appointments import claims
from urp.appointments.models import Block, Offer
from urp.appointments.queries import AppointmentView
from urp.appointments.slots import instant_of, ticks_of
from urp.appointments.states import BlockKind, OfferState
from urp.foundation.db import db
from urp.offices import queries as offices

_DICE = random.SystemRandom()

Keep = Callable[[Block], bool]
"""Whether a resting time waits on although its rest is over: somebody on the waiting list may want it."""


def to_rest(left: AppointmentView, *, at: datetime, now_at: claims.Place | None = None) -> int | None:
    """Lay the times that a visit had to rest, but for those that are part of its new place; the block's id.

    A time that has begun is of use to nobody and needs no rest: then None, as when nothing is left.
    """
    holder = {"appointment_id": left.id}
    if left.starts_at <= at:
        claims.release(holder, but_for=now_at)
        return None
    stays = now_at[1] if now_at and now_at[0] == left.desk else range(0)
    ticks = [tick for tick in ticks_of(left.starts_at, left.ticks) if tick not in stays]
    if not ticks:
        return None
    values = {
        "kind": BlockKind.REST,
        "free_at": at + _while(),
        "desk": left.desk,
        "starts_at": instant_of(ticks[0]),
        "ticks": len(ticks),
        "left_by": left.id,
    }
    block_id = db.session.execute(insert(Block).values(values).returning(Block.id)).scalar_one()
    claims.hand_over(holder, {"block_id": block_id}, but_for=now_at)
    return block_id


def _nobody_waits(_block: Block) -> bool:
    return False


def due(at: datetime, limit: int, keep: Keep = _nobody_waits) -> list[int]:
    """Blocks whose time was over at that instant, the first due first, but for rests that `keep` wants."""
    over = select(Block).where(Block.free_at <= at).order_by(Block.free_at, Block.id)
    found = db.session.scalars(over.execution_options(populate_existing=True))
    return list(islice((one.id for one in found if not (one.kind == BlockKind.REST and keep(one))), limit))


def free(block_id: int, at: datetime) -> bool:
    """Give everybody back what a block keeps whose time was over at that instant; False when that was done or is
    being done, or when it is offered to somebody. One in a transaction."""
    mine = select(Block.id).where(Block.id == block_id, Block.free_at <= at)
    if db.session.scalar(mine.with_for_update(skip_locked=True)) is None or _is_offered(block_id):
        return False
    claims.release({"block_id": block_id})
    db.session.execute(delete(Block).where(Block.id == block_id))
    return True


def _while() -> timedelta:
    counter = offices.institution().counter
    return timedelta(minutes=_DICE.uniform(counter.release_after_minutes, counter.release_within_minutes))


def _is_offered(block_id: int) -> bool:
    live = select(Offer.id).where(Offer.block_id == block_id, Offer.state == OfferState.LIVE)
    return db.session.scalar(live.limit(1)) is not None
