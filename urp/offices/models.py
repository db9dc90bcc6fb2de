"""Tables of the office: the institution's document, its offices, topics, request types and ready answers."""

from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base


class InstitutionRow(Base):
    """The one institution, kept as the document that `urp.offices.institution` describes."""

    __tablename__ = "institution"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)


class Office(Base):
    """An office that answers; inactive ones stay, because old cases name them."""

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    pec_address: Mapped[str | None] = mapped_column(String(254))
    peo_address: Mapped[str | None] = mapped_column(String(254))


class RequestType(Base):
    """A kind of request with the rules the law gives it."""

    __tablename__ = "request_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    term_days: Mapped[int | None]  # calendar days from receipt
    reasons_required: Mapped[bool] = mapped_column(default=False)
    identity_note: Mapped[str] = mapped_column(Text, default="")
    identity_note_en: Mapped[str] = mapped_column(Text, default="")
    term_note: Mapped[str] = mapped_column(Text, default="")
    term_note_en: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(200))


class Topic(Base):
    """What a citizen chooses first; inactive ones stay, because old cases name them."""

    __tablename__ = "topic"
    __table_args__ = (Index("ix_topic_active_position", "active", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    example: Mapped[str] = mapped_column(String(200))
    example_en: Mapped[str] = mapped_column(String(200), default="")
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    request_type_id: Mapped[int] = mapped_column(ForeignKey("request_type.id"))
    channel: Mapped[Literal["pec", "peo"] | None] = mapped_column(String(3))  # None: the router chooses
    allows_visit: Mapped[bool] = mapped_column(default=False)
    visit_minutes: Mapped[int | None]  # None: as long as the counter's visits
    extra_fields: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)


class Faq(Base):
    """A question people often ask and its answer; `topics` holds slugs."""

    __tablename__ = "faq"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    question: Mapped[str] = mapped_column(String(200))
    question_en: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(Text)
    answer_en: Mapped[str] = mapped_column(Text, default="")
    topics: Mapped[list[str]] = mapped_column(JSON, default=list)
