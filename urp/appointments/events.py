"""Facts about appointments; who listens is in `urp/switchboard.py`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

By = Literal["citizen", "office"]


@dataclass(frozen=True)
class AppointmentBooked:
    """A time is confirmed; `token` is the secret of a link to its case, for the confirmation only."""

    appointment_id: int
    case_id: int
    token: str


@dataclass(frozen=True)
class AppointmentMoved:
    """A confirmed visit has another time; `by` says who wanted it, `was` when it would have begun."""

    appointment_id: int
    case_id: int
    by: By
    was: datetime


@dataclass(frozen=True)
class AppointmentCancelled:
    """A confirmed visit will not take place; `by` says who gave it up."""

    appointment_id: int
    case_id: int
    by: By


@dataclass(frozen=True)
class AppointmentMarked:
    """Somebody noted what became of a visit."""

    appointment_id: int
    case_id: int


@dataclass(frozen=True)
class WishNoted:
    """Somebody without a visit waits for a time; `token` is the secret of a link to the case."""

    wish_id: int
    case_id: int
    token: str


@dataclass(frozen=True)
class TimeOffered:
    """A released time is held for somebody on the waiting list."""

    offer_id: int
    case_id: int


@dataclass(frozen=True)
class ReminderDue:
    """The visit is on the next working day."""

    appointment_id: int
    case_id: int
