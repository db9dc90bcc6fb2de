"""Why a time is not somebody's: each reason by its name, so that the door can say it in plain words."""

from typing import Literal

from urp.foundation.errors import Conflict

Why = Literal["past", "too_soon", "beyond", "holiday", "closed", "off_grid"]


class NotOnOffer(Conflict):
    """The calendar has no such time for whoever asks; `why` is one of past (it has begun), too_soon (no longer on
    this channel), beyond (the horizon), holiday (closed out of turn), closed, off_grid (no visit starts then)."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


class Taken(Conflict):
    """Somebody else has the time, or it is kept for others."""


class HoldExpired(Conflict):
    """The time was kept while the form was filled in, and that is over."""


class AlreadyBooked(Conflict):
    """This person, or this case, has a visit already."""
