"""Writing on the timeline of a case."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert

from urp.cases.models import TimelineEntry
from urp.foundation.db import db


class EntryKind(StrEnum):
    """What an entry tells; the words are in `templates/macros/status.html`."""

    RECEIVED = "received"
    CITIZEN_MESSAGE = "citizen_message"
    OFFICE_MESSAGE = "office_message"
    OFFICE_REPLY = "office_reply"  # what the competent office wrote to us: not for the citizen's eyes
    NO_RECEIPT = "no_receipt"  # why a mail was not answered by a machine
    FORWARDED = "forwarded"
    WITHDRAWN = "withdrawn"
    ANSWER = "answer"  # the office's answer to the citizen
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_ATTENDED = "appointment_attended"
    APPOINTMENT_MISSED = "appointment_missed"
    WISH_NOTED = "wish_noted"  # waits for a time, or for an earlier one
    WISH_LEFT = "wish_left"
    TIME_OFFERED = "time_offered"
    OFFER_DECLINED = "offer_declined"
    REMINDED = "reminded"
    COMING = "coming"  # the citizen said «vengo»


def record(
    case_id: int,
    kind: EntryKind,
    *,
    at: datetime,
    actor: str,
    body: str | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """Add an entry and return its id; `at` is an aware instant, `actor` as in the table's note."""
    statement = insert(TimelineEntry).values(
        case_id=case_id, kind=kind.value, at=at, actor=actor, body=body, data=data or {}
    )
    return db.session.execute(statement.returning(TimelineEntry.id)).scalar_one()
