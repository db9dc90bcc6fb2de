"""Another time for visits that the office cannot keep: the nearest free one for each, and none twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from urp.appointments import bookable, queries, slots
from urp.appointments.call_list import to_be_called
from urp.appointments.cancel import cancel
from urp.appointments.closure_queries import Visit
from urp.appointments.fence import end_hold
from urp.appointments.move import move
from urp.appointments.refusals import NotOnOffer, Taken
from urp.appointments.states import State
from urp.hours.calendar import Calendar
from urp.offices import queries as offices

Choice = Literal["move", "release"]


@dataclass(frozen=True)
class Hit:
    """A visit that cannot stay, and where it would go; None when no time is free before the horizon."""

    visit: Visit
    proposal: datetime | None


@dataclass(frozen=True)
class Plan:
    """What an act would do: its effect on the hours in words, the visits it hits, bookings that have only begun."""

    words: tuple[str, ...]
    hits: tuple[Hit, ...]
    holds: int = 0


@dataclass(frozen=True)
class Settled:
    """What became of a visit: its new time, or None when it was released."""

    visit: Visit
    starts_at: datetime | None

    @property
    def to_call(self) -> bool:
        """Whether somebody has to phone: a letter tells the others."""
        return not self.visit.has_email and self.starts_at != self.visit.starts_at


@dataclass(frozen=True)
class Done:
    """What an act did."""

    words: tuple[str, ...]
    settled: tuple[Settled, ...]
    holds: int = 0
    offers: int = 0


class Proposals:
    """The free times from tomorrow to the horizon; each is given out once, the phone's share too.

    `hours` are those of the counter as they will be, `also_busy` ticks and desks (as bits) that nobody claims yet.
    """

    def __init__(self, hours: Calendar, at: datetime, also_busy: Mapping[int, int] | None = None) -> None:
        counter = offices.institution().counter
        self._desks, self._step = counter.desks, counter.visit_minutes
        self._openings = hours.intervals(*bookable.window("web", at))  # today is too soon for who must be told first
        self._busy: dict[int, int] = {}
        if self._openings:
            first, last = self._openings[0].starts_at, self._openings[-1].ends_at
            self._busy = queries.busy(slots.tick_of(min(first, at)), slots.tick_of(last))
        for tick, desks in (also_busy or {}).items():
            self._busy[tick] = self._busy.get(tick, 0) | desks

    def nearest(self, visit: Visit) -> datetime | None:
        """The free time closest to the visit's own; from now on it is taken."""
        grid = slots.starts(self._openings, step_minutes=self._step, ticks=visit.ticks)
        free = slots.free(grid, ticks=visit.ticks, desks=self._desks, busy=self._busy, kept={})
        for start in slots.nearest(free, visit.starts_at, 1):
            self.desk_beside(start, visit.ticks)
            return start
        return None

    def desk_beside(self, start: datetime, ticks: int) -> int | None:
        """A desk that is free at that very time; from now on it is taken."""
        for desk in slots.open_desks(start, ticks=ticks, desks=self._desks, busy=self._busy, kept={}):
            for tick in slots.ticks_of(start, ticks):
                self._busy[tick] = self._busy.get(tick, 0) | 1 << desk
            return desk
        return None


def confirmed(found: Iterable[Visit]) -> list[Visit]:
    """The visits that somebody counts on; the others are holds."""
    return [visit for visit in found if visit.state == State.CONFIRMED]


def foreseen(found: Sequence[Visit], proposals: Proposals, words: tuple[str, ...] = ()) -> Plan:
    """Each visit with its proposal."""
    settled = [Hit(visit, proposals.nearest(visit)) for visit in confirmed(found)]
    return Plan(words, tuple(settled), holds=len(found) - len(settled))


def end_holds(found: Iterable[Visit]) -> int:
    """End the bookings that are not confirmed; says how many."""
    holds = [visit for visit in found if visit.state == State.HELD]
    for visit in holds:
        end_hold(visit.id)
    return len(holds)


def resettle(found: Sequence[Visit], proposals: Proposals, *, choice: Choice, at: datetime) -> tuple[Settled, ...]:
    """Move each confirmed visit to its nearest free time, or release it; letters and call list follow.

    Without a free time a visit is released. Runs in the caller's transaction: all or none.
    """
    settled = []
    for visit in found:
        starts_at = _moved(visit, proposals, at) if choice == "move" else None
        if starts_at is None:
            cancel(visit.id, at=at, by="office")
        settled.append(Settled(visit, starts_at))
        if settled[-1].to_call:
            to_be_called(visit.id, at=at)
    return tuple(settled)


def _moved(visit: Visit, proposals: Proposals, at: datetime) -> datetime | None:
    while (start := proposals.nearest(visit)) is not None:
        try:
            move(visit.id, start, at=at, by="office", channel="phone")
        except (NotOnOffer, Taken):  # somebody was faster: the next best
            continue
        return start
    return None
