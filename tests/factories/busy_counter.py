"""The counter on a busy day: figures of the test's own, visitors by number, and the doors they come through."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, update

from urp.appointments import answer_offer, bookable, expire, rest, wish_queries
from urp.appointments.book import Booked, Booking, confirm
from urp.appointments.hold import hold
from urp.appointments.models import Appointment, Block, Claim, Offer, Wish
from urp.appointments.refusals import Taken
from urp.cases.open_case import Applicant
from urp.foundation.clock import to_rome
from urp.foundation.db import db, persistently, transaction
from urp.foundation.versions import bump
from urp.offices import queries as offices
from urp.offices.models import InstitutionRow

T = TypeVar("T")
HALF_HOUR = 6
FAR = timedelta(days=8)
"""So far ahead no booking deadline passes while a test lets minutes go by."""


def figures(**changes: int) -> None:
    """Change what the office says of its counter: `desks=3, phone_share_percent=0`."""
    with transaction():
        said = offices.institution()
        counter = said.counter.model_copy(update=changes)
        document = said.model_copy(update={"counter": counter}).model_dump_json()
        db.session.execute(update(InstitutionRow).values(document=document))
        bump("offices")


def empty() -> None:
    """Throw the whole book away: visits, claims, wishes and offers; cases stay."""
    with transaction():
        for table in (Claim, Offer, Wish, Block, Appointment):
            db.session.execute(delete(table))


def free_all(at: datetime) -> None:
    """What the sweep does: end every hold and offer that is over, give back what has rested long enough."""
    for late, end in ((expire.over, expire.expire), (wish_queries.over, answer_offer.expire), (rest.due, rest.free)):
        db.session.rollback()
        for thing in late(at, 1000):
            door(end, thing, at)


def places(at: datetime, *, ticks: int = HALF_HOUR) -> list[datetime]:
    """Times that the web offers, the first eight days from now."""
    db.session.rollback()
    return bookable.free_starts(ticks=ticks, channel="web", at=at, first=to_rome(at + FAR).date())


def visitor(number: int, **changes: object) -> Booking:
    """What the visitor of that number fills in."""
    who = Applicant("Visita", f"Numero {number}", f"visita{number}@posta.example", None, "peo")
    values: dict[str, object] = {
        "topic": None, "details": "", "applicant": who, "needs": (), "language": "it", "channel": "web",
    }  # fmt: skip
    return Booking(**{**values, **changes})  # type: ignore[arg-type]


def door(verb: Callable[..., T], *words: object, **more: object) -> T:
    """Let a verb act as a page does: one transaction, again when others were in the way."""

    def act() -> T:
        with transaction():
            return verb(*words, **more)

    return persistently(act)


def take(starts_at: datetime, *, at: datetime, ticks: int = HALF_HOUR) -> int:
    """Hold this time; the hold."""
    return door(hold, starts_at=starts_at, ticks=ticks, topic_id=None, at=at)


def visit(starts_at: datetime, number: int, *, at: datetime) -> Booked:
    """Hold and confirm, in the two steps of the pages."""
    return door(confirm, take(starts_at, at=at), visitor(number), at=at)


def greedy(starts: Sequence[datetime], number: int, *, at: datetime) -> int:
    """Want every one of these times, each for somebody else; says how many it got."""
    got = 0
    for place, start in enumerate(starts):
        with suppress(Taken):
            visit(start, number + place, at=at)
            got += 1
    return got
