"""Another place for visits that the office cannot keep: another desk, or the next free time, and none twice."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import chain
from typing import Literal

from sqlalchemy import update

from urp.appointments import bookable, claims, queries, slots
from urp.appointments.call_list import to_be_called
from urp.appointments.cancel import cancel
from urp.appointments.closure_queries import Visit
from urp.appointments.fence import end_hold
from urp.appointments.models import Appointment
from urp.appointments.move import move
from urp.appointments.refusals import NotOnOffer, Taken
from urp.appointments.states import State
from urp.foundation.db import db
from urp.hours.calendar import ONE_DAY, BeyondCalendar, Calendar
from urp.offices import queries as offices

Choice = Literal["move", "release"]


@dataclass(frozen=True)
class Hit:
    """A visit that cannot stay, and where it would go: its own time at another desk, or None when none is free."""

    visit: Visit
    proposal: datetime | None
    to_call: bool = False


@dataclass(frozen=True)
class Plan:
    """What an act would do: its effect on the hours in words, the visits it hits, bookings that have only begun."""

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    holds: int = 0


@dataclass(frozen=True)
class Settled:
    """What became of a visit: its time now, or None when it was released; whether somebody has to phone."""

    visit: Visit
    starts_at: datetime | None
    to_call: bool = False


@dataclass(frozen=True)
class Done:
    """What an act did."""

    words: tuple[str, ...]
    settled: tuple[Settled, ...]
    holds: int = 0
    offers: int = 0


class Proposals:
    """What is free, the phone's share too: each desk and time is given out once.

    Times lie on days that the web may still book, so that a letter comes before them. `hours` are those of the
    counter and `phones` those of the telephone as they will be, `also_busy` ticks and desks (as bits) that nobody
    claims yet.
    """

    def __init__(
        self,
        hours: Calendar,
        at: datetime,
        *,
        phones: Calendar | None = None,
        also_busy: Mapping[int, int] | None = None,
    ) -> None:
        counter, (first, last) = offices.institution().counter, bookable.window("office", at)
        self._hours, self._phones, self._at, self._desks = hours, phones, at, counter.desks
        openings = [one for one in hours.intervals(first, last) if self._in_time(one.starts_at)]
        self._grid = cache(partial(slots.starts, openings, step_minutes=counter.visit_minutes))
        self._busy = queries.busy(slots.tick_of(at), slots.tick_of(at + (last - first + 3 * ONE_DAY)))
        for tick, desks in (also_busy or {}).items():
            self._busy[tick] = self._busy.get(tick, 0) | desks

    def nearest(self, visit: Visit) -> datetime | None:
        """The first free time after the visit's own, else the last before it; from now on it is taken.

        Who has agreed on a day can come later more easily than sooner.
        """
        grid = self._grid(ticks=visit.ticks)
        own = bisect_left(grid, visit.starts_at)
        in_order = chain(grid[own:], reversed(grid[:own]))
        return next((start for start in in_order if self._desk_at(start, visit.ticks)), None)

    def desk_beside(self, visit: Visit) -> int | None:
        """Another desk that is free at the visit's own time, if the counter is open then; from now on it is taken."""
        return self._desk_at(visit.starts_at, visit.ticks) if covers(self._hours, visit) else None

    def must_call(self, visit: Visit, starts_at: datetime | None) -> bool:
        """Whether no letter tells the person in time that the visit has this time now, or none."""
        return starts_at != visit.starts_at and not (visit.has_email and self._in_time(visit.starts_at))

    def _in_time(self, starts_at: datetime) -> bool:
        return self._at < bookable.deadline(starts_at, self._phones)

    def _desk_at(self, start: datetime, ticks: int) -> int | None:
        for desk in slots.open_desks(start, ticks=ticks, desks=self._desks, busy=self._busy, kept={}):
            for tick in slots.ticks_of(start, ticks):
                self._busy[tick] = self._busy.get(tick, 0) | 1 << desk
            return desk
        return None


def covers(hours: Calendar, visit: Visit) -> bool:
    """Whether the visit lies wholly within one opening."""
    try:
        opening = hours.interval_at(visit.starts_at)
    except BeyondCalendar:  # so far ahead nobody has published hours
        return False
    return opening is not None and visit.ends_at <= opening.ends_at


def confirmed(found: Iterable[Visit]) -> list[Visit]:
    """The visits that somebody counts on; the others are holds."""
    return [visit for visit in found if visit.state == State.CONFIRMED]


def foreseen(found: Sequence[Visit], proposals: Proposals, words: tuple[str, ...] = ()) -> Plan:
    """Each visit with its proposal, as `resettle` would settle it."""
    counted = confirmed(found)
    stay = {visit.id for visit in counted if proposals.desk_beside(visit)}
    proposed = [(visit, visit.starts_at if visit.id in stay else proposals.nearest(visit)) for visit in counted]
    hits = tuple(Hit(visit, start, proposals.must_call(visit, start)) for visit, start in proposed)
    return Plan(words, hits, holds=len(found) - len(hits))


def end_holds(found: Iterable[Visit]) -> int:
    """End the bookings that are not confirmed; says how many."""
    holds = [visit for visit in found if visit.state == State.HELD]
    for visit in holds:
        end_hold(visit.id)
    return len(holds)


def resettle(found: Sequence[Visit], proposals: Proposals, *, choice: Choice, at: datetime) -> tuple[Settled, ...]:
    """Find each confirmed visit another place: another desk at its own time if the counter is open then, and its
    person hears nothing of it; else it is moved to the next free time, or released. Letters and call list follow.

    Without a free time a visit is released. Runs in the caller's transaction: all or none.
    """
    stay = {visit.id for visit in found if _seated_beside(visit, proposals)}
    settled = []
    for visit in found:
        starts_at = visit.starts_at if visit.id in stay else None
        if starts_at is None and choice == "move":
            starts_at = _moved(visit, proposals, at)
        if starts_at is None:
            cancel(visit.id, at=at, by="office")
        settled.append(Settled(visit, starts_at, proposals.must_call(visit, starts_at)))
        if settled[-1].to_call:
            to_be_called(visit.id, at=at)
    return tuple(settled)


def _seated_beside(visit: Visit, proposals: Proposals) -> bool:
    holder = {"appointment_id": visit.id}
    while (desk := proposals.desk_beside(visit)) is not None:
        if claims.claim(holder, starts_at=visit.starts_at, ticks=visit.ticks, desks=[desk]):
            db.session.execute(update(Appointment).where(Appointment.id == visit.id).values(desk=desk))
            claims.release(holder, but_for=(desk, slots.ticks_of(visit.starts_at, visit.ticks)))
            return True
    return False


def _moved(visit: Visit, proposals: Proposals, at: datetime) -> datetime | None:
    while (start := proposals.nearest(visit)) is not None:
        try:
            move(visit.id, start, at=at, by="office", channel="office")
        except (NotOnOffer, Taken):  # somebody was faster: the next best
            continue
        return start
    return None
