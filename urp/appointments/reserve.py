"""Keeping a time for the draft of a browser while its form is filled in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from urp.appointments import bookable, journey, slots
from urp.appointments.hold import hold
from urp.appointments.refusals import HoldExpired, NotOnOffer, Taken
from urp.foundation.clock import to_rome
from urp.offices import queries as offices

Trouble = slots.BadStart | NotOnOffer | Taken | HoldExpired
TROUBLE = (slots.BadStart, NotOnOffer, Taken, HoldExpired)
"""What can be wrong with a time: it cannot be read, is not on offer, is somebody else's, was kept too long ago."""

NO_ROOM = frozenset({"taken", "off_grid", "closed"})
"""What is said of a time that is too short."""


def keep(answers: Mapping[str, Any], *, at: datetime) -> int:
    """The hold of this draft's time, for as long as its visit lasts; what it held before is given back.

    A hold that already fits stays as it is. Raises BadStart, NotOnOffer, Taken.
    """
    starts_at = slots.parse_start(answers.get("start") or "")
    ticks = journey.ticks(answers)
    held = journey.own_hold(answers)
    if held and journey.is_alive(held, at) and (held.starts_at, held.ticks) == (starts_at, ticks):
        return held.id
    return hold(
        starts_at=starts_at,
        ticks=ticks,
        topic_id=offices.topic(str(answers.get("topic"))).id,
        at=at,
        instead_of=held.id if held else None,
    )


def why_lost(answers: Mapping[str, Any], *, at: datetime) -> str | None:
    """Why the time that was kept for this draft cannot be had again, once the hold has been ended; else None."""
    starts_at, ticks = journey.start(answers), journey.ticks(answers)
    if starts_at is None or journey.waits(answers) or not answers.get("hold") or journey.own_hold(answers):
        return None
    if why := bookable.refusal(starts_at, ticks=ticks, channel="web", at=at):
        return why
    day = to_rome(starts_at).date()
    free = bookable.free_starts(ticks=ticks, channel="web", at=at, first=day, last=day)
    return None if starts_at in free else "taken"


def reason_of(trouble: Trouble, *, longer: bool = False) -> str:
    """The word for it, as `words.refusal_words` takes it; `longer` if needs have made the visit longer: then it
    is they that do not fit."""
    why = "taken" if isinstance(trouble, Taken | HoldExpired) else trouble.why
    return "too_long" if longer and why in NO_ROOM else why


def status_of(trouble: Trouble) -> int:
    """400 for a time that cannot be read, else 409."""
    return 400 if isinstance(trouble, slots.BadStart) else 409
