"""Reads for closures and absences: the visits of some days, and who holds the ticks of a desk."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select

from urp.appointments.models import Appointment, Block, Claim, Offer
from urp.appointments.slots import TICK_S
from urp.appointments.states import ACTIVE, BlockKind, OfferState
from urp.cases.models import Case, Contact
from urp.foundation.db import db


@dataclass(frozen=True)
class Visit:
    """An active visit as a clerk needs it in the terminal: no name, no address; a hold has no code yet."""

    id: int
    code: str | None
    state: str
    desk: int
    starts_at: datetime
    ticks: int
    has_email: bool

    @property
    def ends_at(self) -> datetime:
        """When it is over, an aware instant."""
        return self.starts_at + timedelta(seconds=self.ticks * TICK_S)


def visits(since: datetime, until: datetime | None = None, *, desk: int | None = None) -> list[Visit]:
    """The active visits that start after `since` and before `until`; soonest first."""
    statement = (
        select(
            *(Appointment.id, Case.code, Appointment.state, Appointment.desk, Appointment.starts_at),
            *(Appointment.ticks, Contact.email),
        )
        .outerjoin(Case, Case.id == Appointment.case_id)
        .outerjoin(Contact, Contact.id == Case.contact_id)
        .where(*_active(since, until, desk))
        .order_by(Appointment.starts_at, Appointment.desk, Appointment.id)
    )
    return [Visit(*row[:-1], has_email=row[-1] is not None) for row in db.session.execute(statement)]


def locked_visits(since: datetime, until: datetime | None = None, *, desk: int | None = None) -> list[Visit]:
    """The same, once every act in flight on one of them has ended; they stay so until the transaction ends."""
    active = _active(since, until, desk)
    in_hand = select(Case.id).where(Case.id.in_(select(Appointment.case_id).where(*active))).order_by(Case.id)
    for rows in (in_hand, select(Appointment.id).where(*active).order_by(Appointment.id)):  # as every act locks them
        db.session.execute(rows.with_for_update()).all()
    return visits(since, until, desk=desk)


def offers_on(ticks: Collection[int], desks: Collection[int]) -> list[tuple[int, int | None]]:
    """The live offers that hold one of these ticks at one of these desks, each with the block it came from."""
    live = select(Claim.tick, Offer.id, Offer.block_id).join(Offer, Claim.offer_id == Offer.id)
    rows = _on(live.where(Offer.state == OfferState.LIVE), ticks, desks)
    return sorted({(offer_id, block_id) for _tick, offer_id, block_id in rows})


def rests_on(ticks: Collection[int], desks: Collection[int]) -> list[int]:
    """The blocks that rest in one of these ticks at one of these desks."""
    resting = select(Claim.tick, Block.id).join(Block, Claim.block_id == Block.id)
    return sorted({block_id for _tick, block_id in _on(resting.where(Block.kind == BlockKind.REST), ticks, desks)})


def _on(statement: Any, ticks: Collection[int], desks: Collection[int]) -> list[Any]:
    """Its rows, which begin with a tick: a year has more ticks than a statement takes values."""
    if not ticks:
        return []
    near = statement.where(Claim.tick.between(min(ticks), max(ticks)), Claim.desk.in_(desks))
    return [row for row in db.session.execute(near) if row[0] in ticks]


def _active(since: datetime, until: datetime | None, desk: int | None) -> list[ColumnElement[bool]]:
    conditions = [Appointment.state.in_(ACTIVE), Appointment.starts_at > since]
    if until is not None:
        conditions.append(Appointment.starts_at < until)
    if desk is not None:
        conditions.append(Appointment.desk == desk)
    return conditions
