"""Claims: the one place where it is decided whose a time is."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, not_, select, update

from urp.appointments.models import Claim
from urp.appointments.slots import ticks_of
from urp.foundation.db import db, insert_ignore, rows_changed

Holder = Mapping[str, int]
"""Who has a time: {"appointment_id": 7}, or an offer_id, or a block_id."""

Place = tuple[int, range]
"""A desk, and ticks of it."""

_C = Claim.__table__.c


class _NotWhole(Exception):
    """Some of the ticks are somebody else's: the desk is given back to its savepoint."""


def claim(holder: Holder, *, starts_at: datetime, ticks: int, desks: Sequence[int]) -> int | None:
    """Get all ticks of a visit at the first of these desks where nobody else has any; the desk, or None.

    What the holder has already counts as its own and stays: whoever changes a time gets the new one before
    giving back the old. The caller has the holder's row locked. Another transaction that is about to get or
    to give back the same tick is waited for.
    """
    wanted = ticks_of(starts_at, ticks)
    own, others = _seen(holder, wanted)
    for desk in sorted(desks, key=others.__contains__):  # a hint only: it saves tries, it refuses nothing
        missing = [tick for tick in wanted if (tick, desk) not in own]
        if _claimed(holder, desk, missing):
            return desk
    return None


def release(holder: Holder, *, but_for: Place | None = None) -> int:
    """Give the holder's times back to everybody, but for this place; the number of ticks."""
    return rows_changed(delete(Claim).where(_of(holder), *_apart_from(but_for)))


def hand_over(giver: Holder, taker: Holder, *, only: range | None = None, but_for: Place | None = None) -> int:
    """Pass times on without a gap in which a third could get them; the number of ticks.

    `only` these ticks if given; `but_for` a place that the giver keeps.
    """
    conditions = [_of(giver), *_apart_from(but_for)]
    if only is not None:
        conditions.append(_within(only))
    nobody: dict[str, Any] = dict.fromkeys(giver)
    return rows_changed(update(Claim).where(*conditions).values({**nobody, **taker}))


def _claimed(holder: Holder, desk: int, missing: Sequence[int]) -> bool:
    if not missing:
        return True
    rows = [{"tick": tick, "desk": desk, **holder} for tick in missing]
    with suppress(_NotWhole), db.session.begin_nested():
        if rows_changed(insert_ignore(Claim, rows)) != len(missing):
            raise _NotWhole
        return True
    return False


def _seen(holder: Holder, wanted: range) -> tuple[set[tuple[int, int]], set[int]]:
    """Of these ticks the holder's own places, and the desks at which somebody else seems to sit."""
    theirs = case((_of(holder), 1), else_=0)
    rows = db.session.execute(select(_C.tick, _C.desk, theirs).where(_within(wanted))).all()
    return {(tick, desk) for tick, desk, own in rows if own}, {desk for _tick, desk, own in rows if not own}


def _of(holder: Holder) -> ColumnElement[bool]:
    return and_(*(_C[name] == number for name, number in holder.items()))


def _within(ticks: range) -> ColumnElement[bool]:
    return _C.tick.between(ticks.start, ticks.stop - 1)


def _apart_from(place: Place | None) -> list[ColumnElement[bool]]:
    if place is None:
        return []
    desk, ticks = place
    return [not_(and_(_C.desk == desk, _within(ticks)))]
