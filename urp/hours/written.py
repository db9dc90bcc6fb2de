"""The hours as the office wrote them, in the shape in which the lint reads them."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy import select

from urp.foundation.db import db
from urp.hours.days import CHANNELS, Channel
from urp.hours.models import HoursException, HoursRule


@dataclass(frozen=True)
class WrittenRule:
    """Weekly hours as they are stored."""

    channel: Channel
    rule: str
    valid_from: date
    by_appointment: bool
    note: str
    note_en: str


@dataclass(frozen=True)
class WrittenDays:
    """Local days that differ from the week, as somebody writes them; no ranges close them."""

    first_day: date
    last_day: date
    channels: tuple[Channel, ...]
    ranges: str = ""
    reason: str = ""
    reason_en: str = ""
    notice: str = ""
    notice_en: str = ""


def rules() -> list[WrittenRule]:
    """The weekly hours of every channel."""
    rows = db.session.scalars(select(HoursRule).order_by(HoursRule.id))
    return [
        WrittenRule(
            cast(Channel, row.channel), row.expression, row.valid_from, row.by_appointment, row.note, row.note_en
        )
        for row in rows
    ]


def days() -> list[WrittenDays]:
    """The exceptional days, in the order in which they were written."""
    rows = db.session.scalars(select(HoursException).order_by(HoursException.id))
    return [
        WrittenDays(
            row.first_day,
            row.last_day,
            (cast(Channel, row.channel),) if row.channel else CHANNELS,
            row.ranges or "",
            row.reason,
            row.reason_en,
            row.notice,
            row.notice_en,
        )
        for row in rows
    ]
