"""Tables of the case: its contact, its timeline, its secret links."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from urp.cases.states import CaseState
from urp.foundation.db import Base, BigId, UtcDateTime


class Contact(Base):
    """Who asked, and how they can be reached."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_email_key", "email_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    given_name: Mapped[str] = mapped_column(String(100), default="")
    family_name: Mapped[str] = mapped_column(String(100), default="")
    email: Mapped[str | None] = mapped_column(String(254))
    email_key: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))  # E.164
    reply_by: Mapped[str] = mapped_column(String(5), default="peo")  # peo | pec | phone


class Case(Base):
    """One request of one person, whatever becomes of it."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_state_promised_at", "state", "promised_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(11), unique=True)
    subject: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20), default=CaseState.RECEIVED)
    channel: Mapped[str] = mapped_column(String(5))  # web | phone | pec | peo
    language: Mapped[str] = mapped_column(String(2), default="it")
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    request_type_id: Mapped[int | None] = mapped_column(ForeignKey("request_type.id"))
    presented_at: Mapped[datetime] = mapped_column(UtcDateTime)
    promised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    calendar_version: Mapped[str] = mapped_column(String(20))
    term_on: Mapped[date | None] = mapped_column(Date)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)


class TimelineEntry(Base):
    """Something that happened to a case; entries are added, never changed."""

    __tablename__ = "timeline_entry"
    __table_args__ = (Index("ix_timeline_entry_case_id", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(30))  # see cases/timeline.py
    actor: Mapped[str] = mapped_column(String(40))  # citizen | other | office | system | operator:<id>
    body: Mapped[str | None] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class SecretLink(Base):
    """The hash of a link that opens one case; the link itself is only in the mail."""

    __tablename__ = "secret_link"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LinkRequest(Base):
    """Somebody asked for a fresh link: right and wrong pairs are stored alike, a worker tells them apart."""

    __tablename__ = "link_request"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(20))
    email_key: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
