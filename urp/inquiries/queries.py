"""Reads of the files of questions, and of what one sender has written lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from urp.foundation.db import db, db_now
from urp.inbox.models import IncomingMessage
from urp.inbox.states import State
from urp.inquiries.models import Attachment
from urp.offices.models import InstitutionRow
from urp.outbox.models import OutboxMessage

RECEIPT = "receipt"
"""The kind of the letter that tells a citizen the request is there."""


@dataclass(frozen=True)
class FileView:
    """A file as pages and letters show it."""

    id: int
    filename: str
    media_type: str
    size: int
    sha256: bytes

    def as_listed(self) -> dict[str, Any]:
        """What the timeline of a case says of it."""
        return {"id": self.id, "filename": self.filename, "size": self.size}


def files(ids: Sequence[int]) -> list[FileView]:
    """These files, oldest first."""
    return _files(Attachment.id.in_(ids)) if ids else []


def hashes_in_use(hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these contents some row still names."""
    return set(db.session.scalars(select(Attachment.sha256).where(Attachment.sha256.in_(hashes))))


def count_in_peace() -> None:
    """From here to the end of the transaction nobody else counts: two workers must not both see the last place free."""
    db.session.execute(select(InstitutionRow.id).with_for_update())


def locked_state_of_message(incoming_id: int) -> str | None:
    """Where an incoming message is, and stays until the caller's transaction ends."""
    statement = select(IncomingMessage.state).where(IncomingMessage.id == incoming_id)
    return db.session.scalar(statement.with_for_update())


def opened_lately(sender_key: str, seconds: int) -> int:
    """How many requests the mails of this sender opened in the last seconds."""
    return (
        db.session.scalar(select(func.count()).select_from(IncomingMessage).where(*_opened(sender_key, seconds))) or 0
    )


def answered_lately(sender_key: str, seconds: int) -> bool:
    """Whether a mail of this sender got its receipt from us in the last seconds."""
    receipt = (OutboxMessage.case_id == IncomingMessage.case_id) & (OutboxMessage.kind == RECEIPT)
    statement = select(OutboxMessage.id).join(IncomingMessage, receipt).where(*_opened(sender_key, seconds))
    return db.session.scalar(statement.limit(1)) is not None


def _opened(sender_key: str, seconds: int) -> tuple[ColumnElement[bool], ...]:
    return (
        IncomingMessage.sender_key == sender_key,
        IncomingMessage.state == State.OPENED,
        IncomingMessage.settled_at >= db_now(-seconds),
    )


def _files(condition: object) -> list[FileView]:
    statement = (
        select(Attachment.id, Attachment.filename, Attachment.media_type, Attachment.size, Attachment.sha256)
        .where(condition)  # type: ignore[arg-type]
        .order_by(Attachment.id)
    )
    return [FileView(*row) for row in db.session.execute(statement)]
