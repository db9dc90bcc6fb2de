"""The tables of hours: weekly rules with a date, exceptional days, the office's word on holidays."""

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base, BigId
from urp.hours.days import CHANNELS

_KNOWN_CHANNEL = f"channel IN ({', '.join(map(repr, CHANNELS))})"


class HoursRule(Base):
    """Weekly hours of one channel from a local day on, in the grammar of `grammar.parse`."""

    __tablename__ = "hours_rule"
    __table_args__ = (
        UniqueConstraint("channel", "valid_from"),
        CheckConstraint(_KNOWN_CHANNEL, name="channel"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str]
    valid_from: Mapped[date]
    expression: Mapped[str]
    by_appointment: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    note_en: Mapped[str] = mapped_column(default="")
    from_file: Mapped[bool] = mapped_column(default=False)


class HoursException(Base):
    """Local days that differ from the week; no channel means both, no ranges means closed."""

    __tablename__ = "hours_exception"
    __table_args__ = (
        CheckConstraint(_KNOWN_CHANNEL, name="channel"),
        CheckConstraint("first_day <= last_day", name="in_order"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel: Mapped[str | None]
    first_day: Mapped[date]
    last_day: Mapped[date]
    ranges: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    reason_en: Mapped[str] = mapped_column(default="")
    notice: Mapped[str] = mapped_column(default="")
    notice_en: Mapped[str] = mapped_column(default="")
    from_file: Mapped[bool] = mapped_column(default=False)


class HolidayOverride(Base):
    """A holiday on which the office works (`is_open`), or a day of rest of its own."""

    __tablename__ = "holiday_override"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_open: Mapped[bool] = mapped_column("open")
    reason: Mapped[str] = mapped_column(default="")


class HolidayPlace(Base):
    """The one row that says whose patron saint the office keeps: a province code such as MI."""

    __tablename__ = "holiday_place"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    subdivision: Mapped[str]
