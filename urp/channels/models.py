"""Table of our own mailboxes: one row for PEC, one for PEO."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from urp.channels.states import MailboxState
from urp.foundation.db import Base, UtcDateTime


class Mailbox(Base):
    """A mailbox we write from; servers and passwords are settings, never rows."""

    __tablename__ = "mailbox"
    __table_args__ = (
        CheckConstraint("kind IN ('pec', 'peo')", name="kind"),
        CheckConstraint("state IN ('active', 'stopped')", name="state"),
    )

    kind: Mapped[str] = mapped_column(String(3), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    display_name: Mapped[str] = mapped_column(String(150), default="")
    state: Mapped[str] = mapped_column(String(10), default=MailboxState.ACTIVE)
    reason: Mapped[str | None] = mapped_column(String(300))  # why it is stopped or cannot be reached
    failures: Mapped[int] = mapped_column(default=0)  # openings of the line that failed in a row
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # not before this instant
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the last change of state
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a copy of the database: nothing moves
