"""Reads of the passes, by the names a head of office would use."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.sql import ColumnElement

from urp.foundation.db import db
from urp.operators.models import StaffPass


@dataclass(frozen=True)
class Staff:
    """Somebody who works here, as long as their pass is valid; instants are aware UTC."""

    id: int
    name: str
    roles: frozenset[str]
    expires_at: datetime
    revoked_at: datetime | None

    @property
    def actor(self) -> str:
        """How timelines call them."""
        return f"operator:{self.id}"


def staff(pass_id: int, *, since: datetime, at: datetime) -> Staff | None:
    """The holder of this pass, if it is valid at that instant and nobody left with it after `since`."""
    stayed = or_(StaffPass.left_at.is_(None), StaffPass.left_at < since)
    return _one(StaffPass.id == pass_id, stayed, *_valid(at))


def staff_by_hash(pass_hash: bytes, *, at: datetime) -> Staff | None:
    """The holder of the pass with this hash; None alike for unknown, expired and revoked ones."""
    return _one(StaffPass.pass_hash == pass_hash, *_valid(at))


def passes(at: datetime, *, ended: bool = False) -> list[Staff]:
    """The passes that are valid at that instant, oldest first; with `ended` all there ever were."""
    wanted = select(StaffPass).where(*([] if ended else _valid(at))).order_by(StaffPass.id)
    return [_view(row) for row in db.session.scalars(wanted)]


def exists(pass_id: int) -> bool:
    """Whether there ever was such a pass."""
    return db.session.scalar(select(StaffPass.id).where(StaffPass.id == pass_id)) is not None


def _valid(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return StaffPass.revoked_at.is_(None), StaffPass.expires_at > at


def _one(*conditions: ColumnElement[bool]) -> Staff | None:
    row = db.session.scalars(select(StaffPass).where(*conditions)).one_or_none()
    return _view(row) if row else None


def _view(row: StaffPass) -> Staff:
    return Staff(row.id, row.name, frozenset(row.roles), row.expires_at, row.revoked_at)
