"""The answer promise: by when the office answers, counted in its own opening hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from urp.hours.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Promise:
    """Whole working days, or hours of open time; raises ValueError unless exactly one is given, above 0."""

    working_days: int | None = None
    open_hours: float | None = None

    def __post_init__(self) -> None:
        if (self.working_days is None) == (self.open_hours is None):
            raise ValueError("a promise is made either in working days or in open hours")
        if (self.working_days or self.open_hours or 0) <= 0:
            raise ValueError("a promise needs some time to be kept")


def promised_at(calendar: Calendar, received_at: datetime, promise: Promise) -> datetime:
    """The UTC instant by which the office answers what it received at `received_at` (aware).

    Working days: the closing of the n-th day with openings after the local day of presentation, so
    that a question sent in the evening is not late by a day. Open hours: opening time added to opening
    time. Raises BeyondCalendar when the calendar ends before the promise does.
    """
    if promise.working_days is not None:
        return calendar.add_working_days(received_at, promise.working_days)
    return calendar.add_open_time(received_at, timedelta(hours=promise.open_hours or 0))
