"""Offering a released time to who waits: really held for them, two hours, one person after the other."""

from datetime import datetime, time, timedelta

from sqlalchemy import insert, update

from urp.appointments import bookable, claims, queries, wish_queries
from urp.appointments.events import TimeOffered
from urp.appointments.models import Block, Offer, Wish
from urp.appointments.slots import ticks_of
from urp.appointments.states import State, WishState
from urp.appointments.wish_queries import MOST_OFFERS, Rest, WishView
from urp.cases import queries as cases
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import ROME, to_rome
from urp.foundation.db import db, rows_changed
from urp.foundation.events import publish

HELD_FOR = timedelta(hours=2)
SHORTEST = timedelta(minutes=30)
"""Less time to answer than this would be no offer."""
FIRST_HOUR, LAST_HOUR = time(9), time(20)
"""Mails of the waiting list leave between these hours of Rome."""
ASKED = 5
"""Wishes that are looked at for one time, the oldest first."""


class _NotTheirs(Exception):
    """Somebody was faster: nothing of this offer may stay."""


def chances(at: datetime, limit: int) -> list[Rest]:
    """Resting times that somebody may be offered now, the soonest first: a look that locks nothing; `make` decides."""
    if is_quiet(at):
        return []
    return [rest for rest in wish_queries.rests(at, limit) if wish_queries.takers(rest, at, limit=1)]


def make(rest: Rest, at: datetime) -> bool:
    """Hold a resting time for the oldest wish that it fits and tell them; False when it fits nobody now.

    Never in quiet hours, never for less than half an hour, never what the web may not book.
    """
    expires_at = min(at + HELD_FOR, bookable.deadline(rest.starts_at))
    if is_quiet(at) or expires_at < at + SHORTEST:
        return False
    return any(_made(rest, wish_id, at, expires_at) for wish_id in wish_queries.takers(rest, at, limit=ASKED))


def waits_for_morning(block: Block, at: datetime) -> bool:
    """Whether only the night keeps a resting time from being offered: then it rests on."""
    if not is_quiet(at) or block.offers >= MOST_OFFERS:
        return False
    local = to_rome(at)
    morning = datetime.combine(local.date() + timedelta(days=local.time() >= LAST_HOUR), FIRST_HOUR, ROME)
    rest = wish_queries.rest_of(block)
    return morning + SHORTEST <= bookable.deadline(rest.starts_at) and bool(wish_queries.takers(rest, at, limit=1))


def is_quiet(at: datetime) -> bool:
    """Whether nobody wants a mail about a free time at this hour."""
    return not FIRST_HOUR <= to_rome(at).time() < LAST_HOUR


def _made(rest: Rest, wish_id: int, at: datetime, expires_at: datetime) -> bool:
    wish = wish_queries.wish(wish_id)
    assert wish is not None
    if cases.locked_state(wish.case_id) not in OPEN or not _still_wanted(wish, rest):
        return False
    if not _is_for_the_web(rest, wish, at):
        return False
    try:
        with db.session.begin_nested():
            offer_id = _hold(rest, wish, at, expires_at)
    except _NotTheirs:
        return False
    record(wish.case_id, EntryKind.TIME_OFFERED, at=at, actor="system", data={"offer": offer_id})
    publish(TimeOffered(offer_id, wish.case_id))
    return True


def _still_wanted(wish: WishView, rest: Rest) -> bool:
    """As the list of takers said, now that nobody can change it."""
    if wish.appointment_id is None:
        return True
    visit = queries.appointment(wish.appointment_id)
    return visit is not None and visit.state == State.CONFIRMED and visit.starts_at > rest.starts_at


def _is_for_the_web(rest: Rest, wish: WishView, at: datetime) -> bool:
    """Whether the calendar offers it, and to people who are not on the phone."""
    if bookable.refusal(rest.starts_at, ticks=wish.ticks, channel="web", at=at):
        return False
    return rest.desk in bookable.desks_for(rest.starts_at, ticks=wish.ticks, channel="web", at=at)


def _hold(rest: Rest, wish: WishView, at: datetime, expires_at: datetime) -> int:
    waiting = (Wish.id == wish.id, Wish.state == WishState.WAITING, Wish.offers < MOST_OFFERS)
    resting = (Block.id == rest.id, Block.offers < MOST_OFFERS)
    if wish_queries.live_offers(wish.id):
        raise _NotTheirs
    for thing, conditions in ((Wish, waiting), (Block, resting)):
        if rows_changed(update(thing).where(*conditions).values(offers=thing.offers + 1)) != 1:
            raise _NotTheirs
    place = {"desk": rest.desk, "starts_at": rest.starts_at, "ticks": wish.ticks}
    values = {**place, "wish_id": wish.id, "block_id": rest.id, "made_at": at, "expires_at": expires_at}
    offer_id: int = db.session.execute(insert(Offer).values(values).returning(Offer.id)).scalar_one()
    theirs = ticks_of(rest.starts_at, wish.ticks)
    if claims.hand_over({"block_id": rest.id}, {"offer_id": offer_id}, only=theirs) != wish.ticks:
        raise _NotTheirs
    return offer_id
