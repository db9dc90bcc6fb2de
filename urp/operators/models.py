"""Tables of the people who work here."""

from datetime import datetime

from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base, BigId, UtcDateTime


class StaffPass(Base):
    """A pass for one working day, until there are accounts; only its hash is kept."""

    __tablename__ = "staff_pass"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    pass_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # «Esci»: what began before is over
