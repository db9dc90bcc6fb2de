"""The table of the files that come with a question or a mail."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base, BigId, UtcDateTime


class Attachment(Base):
    """A file of a draft or of a case; its bytes are in the data folder, under their SHA-256."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
