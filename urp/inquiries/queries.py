"""Reads of the files of questions, and of what one sender has written lately."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from urp.foundation.contacts import KNOWN_DOMAINS
from urp.foundation.db import db, db_now
from urp.inbox.models import IncomingMessage
from urp.inbox.states import State
from urp.inquiries.models import Attachment
from urp.offices.models import InstitutionRow
from urp.outbox.models import OutboxMessage

RECEIPT = "receipt"
"""The kind of the letter that tells a citizen the request is there."""

_sender_key = IncomingMessage.sender_key


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
    opened = select(func.count()).select_from(IncomingMessage).where(_is(sender_key), *_opened(seconds))
    return db.session.scalar(opened) or 0


def answered_lately(sender_key: str, seconds: int) -> bool:
    """Whether a mail of this sender got its receipt from us in the last seconds."""
    return _answered(_is(sender_key), seconds) > 0


def answered_in_domain(sender_key: str, seconds: int) -> int:
    """How many mails from the domain of this sender got their receipt in the last seconds.

    None for a domain in which everybody has a mailbox.
    """
    domain = sender_key.rpartition("@")[2]
    if domain in KNOWN_DOMAINS:
        return 0
    return _answered(_sender_key.endswith(f"@{domain}", autoescape=True), seconds)


def _is(sender_key: str) -> ColumnElement[bool]:
    """This sender, whatever tag (`name+tag@…`) stands in the address: one mailbox has as many as it likes."""
    local, _, domain = sender_key.rpartition("@")
    name = local.partition("+")[0]
    tagged = _sender_key.startswith(f"{name}+", autoescape=True) & _sender_key.endswith(f"@{domain}", autoescape=True)
    return (_sender_key == f"{name}@{domain}") | tagged


def _answered(who: ColumnElement[bool], seconds: int) -> int:
    receipt = (OutboxMessage.case_id == IncomingMessage.case_id) & (OutboxMessage.kind == RECEIPT)
    answered = select(func.count()).select_from(IncomingMessage).join(OutboxMessage, receipt)
    return db.session.scalar(answered.where(who, *_opened(seconds))) or 0


def _opened(seconds: int) -> tuple[ColumnElement[bool], ...]:
    return IncomingMessage.state == State.OPENED, IncomingMessage.settled_at >= db_now(-seconds)


def _files(condition: object) -> list[FileView]:
    statement = (
        select(Attachment.id, Attachment.filename, Attachment.media_type, Attachment.size, Attachment.sha256)
        .where(condition)  # type: ignore[arg-type]
        .order_by(Attachment.id)
    )
    return [FileView(*row) for row in db.session.execute(statement)]
