"""Drafts of forms: kept on the server for seven days, found again by a key in the session or by a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import session
from sqlalchemy import delete, insert, select, update

from urp.foundation.clock import now
from urp.foundation.db import db, rows_changed
from urp.foundation.references import hash_token, new_token
from urp.web.models import Draft

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class DraftView:
    """A draft as its journey sees it; `sent_digest` is set once it has been sent."""

    id: int
    updated_at: datetime
    answers: dict[str, Any] = field(default_factory=dict)
    sent_digest: bytes | None = None


def current(journey: str) -> DraftView | None:
    """The draft this browser is working on, sent or not; None if there is none (any more)."""
    key = session.get(_slot(journey))
    if not key:
        return None
    return _view(Draft.key_hash == hash_token(key), Draft.journey == journey)


def save(journey: str, draft: DraftView | None, answers: Mapping[str, Any]) -> DraftView:
    """Add answers to the draft as it is now, whatever another window added since it was read; open a new
    one when there is none or the last was sent."""
    present = _view(Draft.id == draft.id, locked=True) if draft else None
    if present is None or present.sent_digest is not None:
        return _open(journey, dict(answers))
    merged, at = {**present.answers, **answers}, now()
    db.session.execute(update(Draft).where(Draft.id == present.id).values(answers=merged, updated_at=at))
    return DraftView(present.id, at, merged)


def mark_sent(draft: DraftView, digest: bytes) -> bool:
    """Empty a draft whose content now lives in a case; False if it was sent or changed since it was read.

    The digest still recognises a repeated send.
    """
    statement = (
        update(Draft)
        .where(Draft.id == draft.id, Draft.sent_digest.is_(None), Draft.updated_at == draft.updated_at)
        .values(answers={}, sent_digest=digest, resume_hash=None)
    )
    return rows_changed(statement) == 1


def resume_token(draft_id: int) -> str:
    """A fresh secret with which the draft can be taken up on another device."""
    token = new_token()
    db.session.execute(update(Draft).where(Draft.id == draft_id).values(resume_hash=hash_token(token)))
    return token


def take_up(journey: str, token: str) -> bool:
    """Make the draft behind a resume link this browser's own; False if it is gone."""
    draft = _view(Draft.resume_hash == hash_token(token), Draft.journey == journey, Draft.sent_digest.is_(None))
    if draft is None:
        return False
    key = new_token()
    db.session.execute(update(Draft).where(Draft.id == draft.id).values(key_hash=hash_token(key), updated_at=now()))
    session[_slot(journey)] = key
    return True


def old_drafts(before: datetime) -> list[int]:
    """Ids of drafts not touched since `before`; nobody can touch them until the transaction ends."""
    return list(db.session.scalars(select(Draft.id).where(Draft.updated_at < before).with_for_update()))


def forget(draft_ids: Sequence[int]) -> None:
    """Delete these drafts."""
    db.session.execute(delete(Draft).where(Draft.id.in_(draft_ids)))


def _open(journey: str, answers: dict[str, Any]) -> DraftView:
    key, at = new_token(), now()
    statement = insert(Draft).values(key_hash=hash_token(key), journey=journey, answers=answers, updated_at=at)
    draft_id = db.session.execute(statement.returning(Draft.id)).scalar_one()
    session[_slot(journey)] = key
    return DraftView(draft_id, at, answers)


def _view(*conditions: Any, locked: bool = False) -> DraftView | None:
    statement = select(Draft.id, Draft.updated_at, Draft.answers, Draft.sent_digest).where(*conditions)
    row = db.session.execute(statement.with_for_update() if locked else statement).one_or_none()
    return DraftView(row.id, row.updated_at, dict(row.answers or {}), row.sent_digest) if row else None


def _slot(journey: str) -> str:
    return f"draft_{journey}"
