"""Tables of the web door: drafts of forms, and answers to sends that may be repeated."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base, BigId, UtcDateTime


class Draft(Base):
    """A form half filled in; whoever holds the key in their session may go on with it."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    journey: Mapped[str] = mapped_column(String(20))  # question | appointment
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    resume_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    sent_digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class SentForm(Base):
    """A form that was sent: the same key and body get the same answer again, for 48 hours."""

    __tablename__ = "sent_form"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    body_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    answer: Mapped[str] = mapped_column(String(40), default="")
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
