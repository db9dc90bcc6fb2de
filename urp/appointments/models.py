"""Tables of appointments: visits, the claims that keep their times, and the waiting list."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from urp.appointments.states import ACTIVE, BlockKind, OfferState, State, WishState
from urp.foundation.conditions import one_of, only, quoted
from urp.foundation.db import Base, BigId, UtcDateTime

STANDS = f"state IN ({quoted(*ACTIVE)}) AND superseded_at IS NULL"
ONE_HOLDER = " + ".join(f"CASE WHEN {name}_id IS NULL THEN 0 ELSE 1 END" for name in ("appointment", "offer", "block"))


class Appointment(Base):
    """A visit at the counter: held while somebody fills in the form, then theirs.

    `ticks` counts steps of five minutes from `starts_at`. `person_key` is a keyed hash of the address or number,
    set when the person is known; the unique index gives each person one active visit at most.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("uq_appointment_active_person", "person_key", unique=True, **only(f"state IN ({quoted(*ACTIVE)})")),
        Index("uq_appointment_active_case", "case_id", unique=True, **only(STANDS)),
        Index("ix_appointment_held", "expires_at", **only("state = 'held'")),
        Index("ix_appointment_starts_at", "starts_at", "state"),
        one_of("state", *State),
        one_of("channel", "web", "phone"),
        CheckConstraint("ticks > 0", name="ticks"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    uid: Mapped[str] = mapped_column(String(36), unique=True)  # of the calendar file (RFC 5545 §3.8.4.7)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)  # None while held
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    state: Mapped[str] = mapped_column(String(10), default=State.HELD)
    desk: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ticks: Mapped[int] = mapped_column(SmallInteger)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of a hold
    seq: Mapped[int] = mapped_column(default=0)  # rises with every change (RFC 5545 §3.8.7.4)
    person_key: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)  # slugs of the office's list
    opened_case: Mapped[bool] = mapped_column(default=False)  # the case began with this visit and has no other question
    channel: Mapped[str] = mapped_column(String(5), default="web")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    coming_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the citizen said «vengo»
    call_since: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the office changed it and has to phone
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # begun and not marked: its case got another


class Block(Base):
    """Times that nobody may have for a while; at `free_at` they come back.

    A rest remembers the one time that was released, by which visit, and to how many people it was offered.
    """

    __tablename__ = "block"
    __table_args__ = (one_of("kind", *BlockKind), Index("ix_block_free_at", "free_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    free_at: Mapped[datetime] = mapped_column(UtcDateTime)
    desk: Mapped[int | None] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ticks: Mapped[int | None] = mapped_column(SmallInteger)
    left_by: Mapped[int | None] = mapped_column(BigInteger)  # the visit; no foreign key, a rest is soon gone
    offers: Mapped[int] = mapped_column(SmallInteger, default=0)
    reason: Mapped[str] = mapped_column(String(200), default="")


class Wish(Base):
    """Somebody waits for a time: an earlier one than theirs (`appointment_id`), or any at all."""

    __tablename__ = "wish"
    __table_args__ = (
        Index("uq_wish_waiting_case", "case_id", unique=True, **only("state = 'waiting'")),
        Index("ix_wish_waiting", "created_at", **only("state = 'waiting'")),
        one_of("state", *WishState),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("topic.id"))
    state: Mapped[str] = mapped_column(String(10), default=WishState.WAITING)
    person_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    ticks: Mapped[int] = mapped_column(SmallInteger)
    offers: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Offer(Base):
    """A released time that is held for somebody on the waiting list until `expires_at`."""

    __tablename__ = "offer"
    __table_args__ = (
        Index("uq_offer_live_wish", "wish_id", unique=True, **only("state = 'live'")),
        Index("ix_offer_live", "expires_at", **only("state = 'live'")),
        one_of("state", *OfferState),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wish.id"), index=True)
    block_id: Mapped[int | None] = mapped_column(ForeignKey("block.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(10), default=OfferState.LIVE)
    desk: Mapped[int] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ticks: Mapped[int] = mapped_column(SmallInteger)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Claim(Base):
    """Five minutes of one desk that belong to one holder: the key is what keeps two people apart.

    `tick` is the UTC epoch divided by 300 seconds, so that a change of the visit's length moves no claim.
    """

    __tablename__ = "claim"
    __table_args__ = (
        CheckConstraint(f"{ONE_HOLDER} = 1", name="one_holder"),
        CheckConstraint("desk BETWEEN 1 AND 50", name="desk"),
        {"sqlite_with_rowid": False},
    )

    tick: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    desk: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offer.id"), index=True)
    block_id: Mapped[int | None] = mapped_column(ForeignKey("block.id"), index=True)
