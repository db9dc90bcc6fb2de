"""Tables of incoming mail: the messages, where the server showed each, and how far each mailbox was read."""

from datetime import datetime
from typing import cast

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.conditions import one_of, only, quoted
from urp.foundation.db import Base, BigId, UtcDateTime
from urp.inbox.states import NEEDING_CARE, State

NOT_DONE = "NOT flagged"
"""Sightings with something left to do; in this spelling both databases serve it from the partial index."""


class IncomingMessage(Base):
    """One message as the mailbox gave it, what it was found to be, and where it was put.

    The same bytes in the same mailbox are the same message; the same Message-ID with other bytes is not.
    """

    __tablename__ = "incoming_message"
    __table_args__ = (
        UniqueConstraint("mailbox", "sha256"),
        Index("ix_incoming_message_due", "mailbox", "next_at", "id", **only("state = 'new'")),
        Index("ix_incoming_message_care", "state", "id", **only(f"state IN ({quoted(*NEEDING_CARE)})")),
        Index("ix_incoming_message_sender_key", "sender_key", "settled_at"),
        one_of("mailbox", "pec", "peo"),
        one_of("state", *State),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mailbox: Mapped[str] = mapped_column(String(3))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    size: Mapped[int] = mapped_column(
        BigInteger
    )  # bytes in the mailbox; more than `raw` has where only the headers were fetched
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when the mailbox got it, as its server says
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(30))  # why it is held
    note: Mapped[str | None] = mapped_column(String(500))  # why it is held or failed, more exactly
    sender: Mapped[str | None] = mapped_column(String(254))  # of an envelope the person, not the provider
    sender_key: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str | None] = mapped_column(String(200))
    message_id: Mapped[str | None] = mapped_column(String(320))  # with angle brackets
    certified: Mapped[bool] = mapped_column(default=False)
    envelope: Mapped[str | None] = mapped_column(String(401), unique=True)  # of the first with a trusted one, its name
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    guess_case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    attempts: Mapped[int] = mapped_column(default=0)  # readings begun
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[str | None] = mapped_column(String(32))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImapSighting(Base):
    """A number under which the server showed a message; the row comes before the fetching.

    Without `incoming_id` it waits to be fetched; until `flagged` the server does not know that it was.
    """

    __tablename__ = "imap_sighting"
    __table_args__ = (Index("ix_imap_sighting_waiting", "mailbox", "uidvalidity", "tries", "uid", **only(NOT_DONE)),)

    mailbox: Mapped[str] = mapped_column(String(3), primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    uid: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    incoming_id: Mapped[int | None] = mapped_column(ForeignKey("incoming_message.id"), index=True)
    tries: Mapped[int] = mapped_column(default=0)  # fetchings begun
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not asked for again before this instant
    omitted: Mapped[bool] = mapped_column(default=False)  # asked for, and the answer passed over it
    flagged: Mapped[bool] = mapped_column(default=False)


class ImapCursor(Base):
    """How far a mailbox was read, and how its server behaves."""

    __tablename__ = "imap_cursor"

    mailbox: Mapped[str] = mapped_column(String(3), primary_key=True)
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)  # up to here every number has its sighting
    failures: Mapped[int] = mapped_column(default=0)  # polls that failed in a row
    reason: Mapped[str | None] = mapped_column(String(300))  # of the last failure
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not before this instant
    polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last poll that read to its end
    no_reader: Mapped[str | None] = mapped_column(String(300))  # why nothing that was fetched can be read
    balanced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    missing: Mapped[int] = mapped_column(default=0)  # on the server and nowhere here, at the last balance


MESSAGES = cast(Table, IncomingMessage.__table__)
SIGHTINGS = cast(Table, ImapSighting.__table__)
CURSORS = cast(Table, ImapCursor.__table__)
