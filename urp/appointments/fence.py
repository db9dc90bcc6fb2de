"""Blocks: claims of the office itself, so that nobody can be given a time that it closes."""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import product

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update

from urp.appointments import claims, queries
from urp.appointments.closure_queries import offers_on, rests_on
from urp.appointments.models import Appointment, Block, Claim, Offer, Wish
from urp.appointments.states import MOVES, BlockKind, OfferState, State
from urp.foundation.db import db, insert_ignore, rows_changed
from urp.foundation.states import move

CLAIMS = Claim.__table__


def raise_fence(
    kind: BlockKind, ticks: Collection[int], desks: Collection[int], *, free_at: datetime, reason: str
) -> int:
    """Claim every free tick of these desks until `free_at`; returns the block's id.

    Whoever is booking one of them either loses or is seen by the next SELECT: the insert waits for them.
    """
    values = {"kind": kind, "free_at": free_at, "reason": reason[:200]}
    block_id: int = db.session.execute(insert(Block).values(values).returning(Block.id)).scalar_one()
    if kind == BlockKind.ABSENCE and ticks:  # it stays when the day opens again
        shut = _held_by(BlockKind.CLOSURE, range(min(ticks), max(ticks) + 1))
        db.session.execute(update(Claim).where(*shut, Claim.desk.in_(desks)).values(block_id=block_id))
    _claim(block_id, product(sorted(ticks), sorted(desks)))
    return block_id


def close_gaps(block_id: int, ticks: Collection[int], desks: Collection[int]) -> None:
    """Claim for the fence what has become free meanwhile; in the same transaction nobody can come between."""
    if ticks:
        taken = queries.busy(min(ticks), max(ticks))
        every = product(sorted(ticks), sorted(desks))
        _claim(block_id, ((tick, desk) for tick, desk in every if not taken.get(tick, 0) >> desk & 1))


def _claim(block_id: int, places: Iterable[tuple[int, int]]) -> None:
    rows = [{"tick": tick, "desk": desk, "block_id": block_id} for tick, desk in places]
    if rows:  # one prepared statement, row by row: PostgreSQL takes 65,535 values at once, SQLite half of it
        db.session.execute(insert_ignore(CLAIMS, {name: bindparam(name) for name in rows[0]}), rows)


def end_hold(appointment_id: int) -> None:
    """End a booking that is not confirmed. Raises WrongState when it is."""
    move(Appointment, appointment_id, State.EXPIRED, MOVES)
    claims.release({"appointment_id": appointment_id})


def end_offers(ticks: Collection[int], desks: Collection[int]) -> int:
    """End what rests or is offered in these ticks, which nobody can have; says how many offers ended.

    An offer that is being accepted is waited for: its visit is seen by the next SELECT.
    """
    end_rests(ticks, desks)
    ended = 0
    for offer_id, block_id in offers_on(ticks, desks):
        live = update(Offer).where(Offer.id == offer_id, Offer.state == OfferState.LIVE)
        if rows_changed(live.values(state=OfferState.EXPIRED)) == 1:
            claims.release({"offer_id": offer_id})
            _give_back(offer_id)
            db.session.execute(delete(Block).where(Block.id == block_id))  # else it would be offered to the next
            ended += 1
    end_rests(ticks, desks)  # an offer that was declined while we looked rests again
    return ended


def _give_back(offer_id: int) -> None:
    """The office took the time away: it is none of the offers that a person gets."""
    theirs = select(Offer.wish_id).where(Offer.id == offer_id).scalar_subquery()
    db.session.execute(update(Wish).where(Wish.id == theirs).values(offers=Wish.offers - 1))


def end_rests(ticks: Collection[int], desks: Collection[int]) -> None:
    """Let nothing rest in these ticks: what rests is offered to somebody, or comes back to everybody."""
    for rest_id in rests_on(ticks, desks):
        claims.release({"block_id": rest_id})
        db.session.execute(delete(Block).where(Block.id == rest_id))


def lift(kind: BlockKind, ticks: range, desk: int | None = None) -> int:
    """Free what blocks of this kind hold between two ticks, at one desk or at all; says how many ticks."""
    doomed = _held_by(kind, ticks)
    if desk is not None:
        doomed.append(Claim.desk == desk)
    return rows_changed(delete(Claim).where(*doomed))


def _held_by(kind: BlockKind, ticks: range) -> list[ColumnElement[bool]]:
    blocks = select(Block.id).where(Block.kind == kind)
    return [Claim.tick >= ticks.start, Claim.tick < ticks.stop, Claim.block_id.in_(blocks)]
