"""The book of the counter read by somebody who trusts nobody: what is malformed in it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import select

from urp.appointments.models import Appointment, Block, Claim, Offer
from urp.appointments.states import ACTIVE, BlockKind, OfferState, State
from urp.foundation.db import db
from urp.offices import queries as offices

TICK_S = 300
Place = tuple[int, int]
KEEPS_ITS_TIME = {*ACTIVE, State.ATTENDED, State.MISSED}


def faults() -> list[str]:
    """Every visit and claim that is not as it must be; empty when all is well. Reads the database as it is now."""
    db.session.rollback()
    db.session.expire_all()
    visits = list(db.session.scalars(select(Appointment)))
    held = _held()
    found = [
        *_visits_and_their_ticks(visits, held),
        *_visits_one_above_the_other(visits),
        *_visits_without_sense(visits),
        *_twice(visits),
        *_orphans(visits, held),
        *_rests(held),
        *_offers(held),
    ]
    db.session.rollback()
    return found


def sold(starts_at: object) -> int:
    """How many confirmed visits begin at this instant."""
    db.session.rollback()
    wanted = select(Appointment.id).where(Appointment.starts_at == starts_at, Appointment.state == State.CONFIRMED)
    return len(list(db.session.scalars(wanted)))


def _held() -> dict[tuple[str, int], set[Place]]:
    held: dict[tuple[str, int], set[Place]] = defaultdict(set)
    for claim in db.session.scalars(select(Claim)):
        for kind in ("appointment", "offer", "block"):
            if (holder := getattr(claim, f"{kind}_id")) is not None:
                held[kind, holder].add((claim.tick, claim.desk))
    return held


def _ticks(thing: Appointment | Block | Offer) -> set[Place]:
    assert thing.starts_at and thing.ticks and thing.desk
    first = int(thing.starts_at.timestamp()) // TICK_S
    return {(tick, thing.desk) for tick in range(first, first + thing.ticks)}


def _visits_and_their_ticks(visits: list[Appointment], held: dict[tuple[str, int], set[Place]]) -> Iterator[str]:
    for visit in visits:
        if visit.state in ACTIVE and held.get(("appointment", visit.id), set()) != _ticks(visit):
            yield f"visit {visit.id} ({visit.state}) has other ticks than its own"


def _visits_one_above_the_other(visits: list[Appointment]) -> Iterator[str]:
    """By the visits' own words: claims are not asked."""
    desks: dict[int, list[Appointment]] = defaultdict(list)
    for visit in visits:
        if visit.state in ACTIVE:
            desks[visit.desk].append(visit)
    for line in desks.values():
        for one, other in pairwise(sorted(line, key=lambda visit: (visit.starts_at, visit.id))):
            if (other.starts_at - one.starts_at).total_seconds() < one.ticks * TICK_S:
                yield f"visits {one.id} and {other.id} sit at desk {one.desk} together"


def _visits_without_sense(visits: list[Appointment]) -> Iterator[str]:
    desks = offices.institution().counter.desks
    for visit in visits:
        if visit.starts_at.timestamp() % TICK_S or not 1 <= visit.desk <= desks:
            yield f"visit {visit.id} is at no place of the counter"
        if visit.state == State.HELD and (visit.case_id or visit.person_key or not visit.expires_at):
            yield f"hold {visit.id} is somebody's, or has no end"
        if visit.state == State.CONFIRMED and visit.case_id is None:
            yield f"visit {visit.id} has no case"


def _twice(visits: list[Appointment]) -> Iterator[str]:
    people = Counter(visit.person_key for visit in visits if visit.state in ACTIVE and visit.person_key)
    cases = Counter(visit.case_id for visit in visits if visit.state in ACTIVE and visit.case_id)
    yield from (f"{times} visits of one person" for times in people.values() if times > 1)
    yield from (f"{times} visits of case {case}" for case, times in cases.items() if times > 1)


def _orphans(visits: list[Appointment], held: dict[tuple[str, int], set[Place]]) -> Iterator[str]:
    keeping = {("appointment", visit.id) for visit in visits if visit.state in KEEPS_ITS_TIME}
    live = select(Offer.id).where(Offer.state == OfferState.LIVE)
    keeping |= {("offer", offer) for offer in db.session.scalars(live)}
    keeping |= {("block", block) for block in db.session.scalars(select(Block.id))}
    yield from (
        f"{len(held[holder])} ticks of {holder[0]} {holder[1]}, which has no right"
        for holder in held
        if holder not in keeping
    )


def _rests(held: dict[tuple[str, int], set[Place]]) -> Iterator[str]:
    offered = set(db.session.scalars(select(Offer.block_id).where(Offer.state == OfferState.LIVE)))
    for rest in db.session.scalars(select(Block).where(Block.kind == BlockKind.REST)):
        ticks = held.get(("block", rest.id), set())
        if ticks != (set() if rest.id in offered else _ticks(rest)):
            yield f"rest {rest.id} has other ticks than its own"


def _offers(held: dict[tuple[str, int], set[Place]]) -> Iterator[str]:
    for offer in db.session.scalars(select(Offer).where(Offer.state == OfferState.LIVE)):
        if held.get(("offer", offer.id), set()) != _ticks(offer):
            yield f"offer {offer.id} has other ticks than its own"
