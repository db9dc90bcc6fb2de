"""Mail that reaches us: written as a mail program writes it, kept by its mailbox, put in its place."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from sqlalchemy import RowMapping, func, select

from urp.cases.models import Case, TimelineEntry
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.settings import settings
from urp.inbox.models import MESSAGES
from urp.inbox.process import process
from urp.inbox.reading import Reader
from urp.inbox.store import store
from urp.outbox.models import MESSAGES as LETTERS

GIULIA = "Giulia Bianchi <giulia.bianchi@posta.example>"
HELLO = "Buongiorno,\nchi ripara la buca davanti alla scuola?\n"


def mail(
    text: str = HELLO,
    *,
    sender: str | None = GIULIA,
    subject: str | None = "Buca davanti alla scuola",
    message_id: str | None = "",
    answers: str | None = None,
    files: Sequence[tuple[str, bytes]] = (),
    **headers: str,
) -> bytes:
    """A mail to our office; `answers` is the Message-ID it cites, `headers` are more of them (`Auto_Submitted=…`)."""
    letter = EmailMessage(SMTP)
    given = {
        "From": sender,
        "To": "urp@cittametropolitana.example",
        "Subject": subject,
        "Message-ID": f"<{uuid4().hex}@posta.example>" if message_id == "" else message_id,
        "In-Reply-To": answers,
        "References": answers,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    for name, value in given.items():
        if value is not None:
            letter[name] = value
    letter.set_content(text)
    for name, data in files:
        letter.add_attachment(data, "application", "octet-stream", filename=name)
    return letter.as_bytes()


def kept(raw: bytes, *, mailbox: str = "peo", at: datetime | None = None) -> int:
    """Store a message as fetched from its mailbox; its number."""
    with transaction():
        return store(mailbox, raw, received_at=at or now()).id


class _Kept(Reader):
    """One child for the whole run: starting one takes as long as reading a hundred messages."""

    def __exit__(self, *_error: object) -> None:
        """Go on living; the child ends with us."""


@cache
def _kept_reader(ca_file: Path | None, providers: tuple[str, ...]) -> _Kept:
    return _Kept(ca_file, providers)


def read_all() -> None:
    """Put all that waits in its place."""
    given = settings()
    with patch("urp.inbox.process.reader", lambda: _kept_reader(given.pec_ca_file, given.pec_providers)):
        process()


def arrived(*raws: bytes, mailbox: str = "peo", at: datetime | None = None) -> list[RowMapping]:
    """Store messages, put all that wait in their places, and return their rows."""
    ids = [kept(raw, mailbox=mailbox, at=at) for raw in raws]
    read_all()
    return [message(one) for one in ids]


def message(incoming_id: int) -> RowMapping:
    """Everything about an incoming message but its bytes, read afresh."""
    db.session.rollback()
    columns = [column for column in MESSAGES.c if column.name != "raw"]
    found = db.session.execute(select(*columns).where(MESSAGES.c.id == incoming_id)).mappings().one()
    db.session.rollback()
    return found


def entries(case_id: int) -> list[TimelineEntry]:
    """The timeline of a case, read afresh."""
    db.session.rollback()
    where = TimelineEntry.case_id == case_id
    return list(db.session.scalars(select(TimelineEntry).where(where).order_by(TimelineEntry.id)))


def cases() -> int:
    """How many cases there are."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Case)) or 0


def sent(kind: str | None = None, **values: Any) -> list[RowMapping]:
    """The rows of the letters in the outbox, without their bytes, oldest first."""
    db.session.rollback()
    where = [LETTERS.c[name] == value for name, value in values.items()]
    if kind is not None:
        where.append(LETTERS.c.kind == kind)
    columns = [column for column in LETTERS.c if column.name != "raw"]
    found = db.session.execute(select(*columns).where(*where).order_by(LETTERS.c.id)).mappings().all()
    db.session.rollback()
    return list(found)


def cited(case_id: int, kind: str = "receipt") -> str:
    """The Message-ID of a letter of a case: what an answer to it cites."""
    return str(sent(kind, case_id=case_id)[-1]["message_id"])
