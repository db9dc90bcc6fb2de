"""Tables of outgoing mail: the letters, what happened to each, and the proofs of it."""

from datetime import datetime
from typing import cast

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    false,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.conditions import one_of, only, quoted
from urp.foundation.db import Base, BigId, UtcDateTime
from urp.outbox.states import NEEDING_CARE, Proof, Stage, State

QUEUED = literal_column(f"'{State.QUEUED}'", String())
SENDING = literal_column(f"'{State.SENDING}'", String())
"""Written out in SQL, never bound: a partial index serves only a query that names its state."""


UNACCEPTED = "state = 'sent' AND mailbox = 'pec' AND alarm_at IS NULL"
UNDELIVERED = "state = 'accepted' AND certified AND alarm_at IS NULL"
IN_CARE = f"state IN ({quoted(*NEEDING_CARE)})"
"""What the sweeper looks for: word for word the condition of an index, or SQLite would not use it."""


class OutboxMessage(Base):
    """One letter to one recipient: its final bytes, and how far it has come."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "mailbox", "next_at", "id", **only("state = 'queued'")),
        Index("ix_outbox_message_lease", "lease_until", **only("state = 'sending'")),
        Index("ix_outbox_message_care", "state", "id", **only(IN_CARE)),
        Index("ix_outbox_message_unaccepted", "sent_at", **only(UNACCEPTED)),
        Index("ix_outbox_message_undelivered", "sent_at", **only(UNDELIVERED)),
        Index("ix_outbox_message_alarm", "alarm", **only("alarm IS NOT NULL")),
        one_of("mailbox", "pec", "peo"),
        one_of("state", *State),
        one_of("stage", *Stage),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    mailbox: Mapped[str] = mapped_column(String(3))
    kind: Mapped[str] = mapped_column(String(40))
    message_id: Mapped[str] = mapped_column(String(320), unique=True)  # with angle brackets
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    sender: Mapped[str] = mapped_column(String(254))  # From of the bytes, so MAIL FROM: PEC refuses two
    recipient: Mapped[str] = mapped_column(String(254))
    dedupe_key: Mapped[str] = mapped_column(String(400), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    stage: Mapped[str] = mapped_column(String(3))
    attempts: Mapped[int]  # claims that were not given back untried
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[str | None] = mapped_column(String(32))  # of the last claim
    last_code: Mapped[int | None]  # of the SMTP server's last reply
    last_text: Mapped[str | None] = mapped_column(String(300))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resend_of: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    automatic: Mapped[bool] = mapped_column(server_default=false())  # no person wrote it
    repeats: Mapped[int] = mapped_column(server_default=text("0"))  # same Message-ID, sent again by rule
    certified: Mapped[bool | None]  # whether the recipient is a PEC mailbox, as the accettazione tells
    alarm: Mapped[str | None] = mapped_column(String(20))
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # stays when a person ends the alarm: once is enough
    cause: Mapped[str | None] = mapped_column(String(20))  # of dead and failed letters, as in `causes`


class OutboxEvent(Base):
    """One arrow a letter went along; rows are added, never changed."""

    __tablename__ = "outbox_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    from_state: Mapped[str] = mapped_column(String(10))
    to_state: Mapped[str] = mapped_column(String(10))
    note: Mapped[str | None] = mapped_column(String(340))


class OutboxEvidence(Base):
    """A receipt or delivery report that counts, tied to its letter; rows are added, never changed."""

    __tablename__ = "outbox_evidence"
    __table_args__ = (
        UniqueConstraint("letter_id", "receipt", "at", "delivered_to"),
        one_of("kind", *Proof),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    kind: Mapped[str] = mapped_column(String(10))
    receipt: Mapped[str] = mapped_column(String(40))  # kind as in `urp.pec.kinds`, or "bounce"
    at: Mapped[datetime] = mapped_column(UtcDateTime)  # as the provider says
    provider: Mapped[str | None] = mapped_column(String(200))
    identifier: Mapped[str | None] = mapped_column(String(300), index=True)  # also the envelope's Message-ID
    delivered_to: Mapped[str] = mapped_column(String(254))  # empty where the receipt names nobody
    certified: Mapped[bool | None]  # our recipient's mailbox
    error: Mapped[str | None] = mapped_column(String(40))
    error_text: Mapped[str | None] = mapped_column(String(500))
    size: Mapped[str | None] = mapped_column(String(20))
    incoming_id: Mapped[int | None] = mapped_column(ForeignKey("incoming_message.id"), index=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


MESSAGES = cast(Table, OutboxMessage.__table__)
EVENTS = cast(Table, OutboxEvent.__table__)
EVIDENCE = cast(Table, OutboxEvidence.__table__)
