"""Messages for a mailbox, and a look at what became of them."""

from typing import Any

from sqlalchemy import RowMapping, select, update

from urp.foundation.db import Base, db, db_now, transaction
from urp.inbox.models import CURSORS, MESSAGES, SIGHTINGS, ImapCursor, ImapSighting


def message(word: str, *, padding: int = 0) -> bytes:
    """A short message about `word`, with so many bytes more."""
    head = f"From: Giulia <giulia@posta.example>\r\nSubject: {word}\r\nMessage-ID: <{word}@posta.example>\r\n\r\n"
    return head.encode() + b"Buongiorno.\r\n" + b"x" * padding


def kept() -> list[bytes]:
    """The bytes of every message, oldest first."""
    return _read(lambda: list(db.session.scalars(select(MESSAGES.c.raw).order_by(MESSAGES.c.id))))


def incoming() -> list[RowMapping]:
    """Everything about each message but its bytes, oldest first."""
    columns = [column for column in MESSAGES.c if column.name != "raw"]
    return _read(lambda: list(db.session.execute(select(*columns).order_by(MESSAGES.c.id)).mappings()))


def sightings() -> list[tuple[int, bool, bool]]:
    """Number, whether its message is here, whether the server knows; in rising order."""
    columns = (SIGHTINGS.c.uid, SIGHTINGS.c.incoming_id.is_not(None), SIGHTINGS.c.flagged)
    return _read(
        lambda: [(uid, bool(a), bool(b)) for uid, a, b in db.session.execute(select(*columns).order_by("uid"))]
    )


def cursor_of(mailbox: str = "peo") -> RowMapping | None:
    """How far a mailbox was read."""
    found = select(CURSORS).where(CURSORS.c.mailbox == mailbox)
    return _read(lambda: db.session.execute(found).mappings().one_or_none())


def wait_no_longer() -> None:
    """As if every pause after a failure were over."""
    put(ImapCursor, retry_at=db_now(-1))
    put(ImapSighting, retry_at=db_now(-1))


def put(table: type[Base], **values: Any) -> None:
    """Change every row."""
    with transaction():
        db.session.execute(update(table).values(**values))


def _read(question: Any) -> Any:
    db.session.rollback()
    found = question()
    db.session.rollback()
    return found
