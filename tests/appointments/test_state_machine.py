"""The booking verbs against a small model: the same answers, the same claims, the same free times, step after step."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import select

from tests.factories import book_audit
from tests.factories.busy_counter import door, empty, figures, free_all, places, visitor
from tests.faults.campaign import repetitions
from urp.appointments import bookable
from urp.appointments import cancel as cancel_module
from urp.appointments.book import book_new, confirm
from urp.appointments.cancel import cancel
from urp.appointments.claims import release
from urp.appointments.hold import hold
from urp.appointments.models import Appointment, Claim
from urp.appointments.move import move
from urp.appointments.refusals import AlreadyBooked, HoldExpired, Taken
from urp.appointments.slots import ticks_of
from urp.foundation.clock import now
from urp.foundation.db import db

HOLD, REST = timedelta(minutes=15), timedelta(minutes=40)
NEEDS: dict[int, tuple[str, ...]] = {6: (), 8: ("accessibilita",), 10: ("lis",)}
LENGTHS, FEW = tuple(NEEDS), 5
TICKS, START, PERSON = st.sampled_from(LENGTHS), st.integers(0, FEW - 1), st.integers(1, 4)
Place = tuple[int, int]


@dataclass
class Visit:
    """A visit as the model knows it; `until` is set while it is only held."""

    places: set[Place]
    starts_at: datetime
    ticks: int
    until: datetime | None = None
    person: int | None = None


@dataclass
class Model:
    """Who has which ticks of which desk: a dictionary, and nothing else decides."""

    visits: dict[int, Visit] = field(default_factory=dict)
    resting: list[tuple[datetime, set[Place]]] = field(default_factory=list)

    def taken(self) -> set[Place]:
        """All that somebody has, and all that rests."""
        return set().union(*(one.places for one in self.visits.values()), *(places for _, places in self.resting))

    def free(self, starts_at: datetime, ticks: int, allowed: list[int], *, but: set[Place] = frozenset()) -> list[int]:  # type: ignore[assignment]
        """The desks that are free for the whole of it."""
        taken = self.taken() - but
        return [desk for desk in allowed if not taken & places_of(starts_at, ticks, desk)]

    def booked(self, person: int) -> bool:
        """Whether somebody has a confirmed visit."""
        return any(one.person == person for one in self.visits.values())

    def sweep(self, at: datetime) -> None:
        """Holds end, times have rested."""
        self.visits = {one: visit for one, visit in self.visits.items() if visit.until is None or visit.until >= at}
        self.resting = [(free_at, places) for free_at, places in self.resting if free_at > at]


class Counter(RuleBasedStateMachine):
    """What people and the sweep do, in any order."""

    starts: ClassVar[list[datetime]]
    begins: ClassVar[datetime]
    holds, visits = Bundle("holds"), Bundle("visits")

    def __init__(self) -> None:
        super().__init__()
        empty()
        self.at, self.model = self.begins, Model()

    @rule(target=holds, start=START, ticks=TICKS)
    def hold(self, start: int, ticks: int) -> Any:
        return self._hold(self.starts[start], ticks)

    @rule(target=holds, had=consumes(holds), start=START, ticks=TICKS)
    def choose_another_time(self, had: int, start: int, ticks: int) -> Any:
        earlier = self.model.visits.get(had)
        if earlier is None or earlier.until is None:
            return multiple()
        return self._hold(self.starts[start], ticks, instead_of=had, but=earlier.places)

    @rule(target=visits, held=holds, person=PERSON, ticks=TICKS)
    def confirm(self, held: int, person: int, ticks: int) -> Any:
        visit, wrong, free = self.model.visits.get(held), set(), []
        if visit is None or visit.until is None or visit.until < self.at:
            wrong.add(HoldExpired)
        else:
            ((_, desk), *_) = visit.places
            allowed = [desk, *self._allowed(visit.starts_at, ticks, "web")]
            free = self.model.free(visit.starts_at, ticks, allowed, but=visit.places)
        if self.model.booked(person):
            wrong.add(AlreadyBooked)
        if not wrong and not free:
            wrong.add(Taken)
        got = answer(wrong, confirm, held, visitor(person, needs=NEEDS[ticks]), at=self.at)
        return self._note(held, free, person=person) if got else multiple()

    @rule(target=visits, start=START, person=PERSON)
    def phone(self, start: int, person: int) -> Any:
        wanted = self.starts[start]
        free = self.model.free(wanted, LENGTHS[0], self._allowed(wanted, LENGTHS[0], "phone"))
        wrong = ({AlreadyBooked} if self.model.booked(person) else set()) | (set() if free else {Taken})
        got = answer(wrong, book_new, wanted, visitor(person, channel="phone"), at=self.at)
        return self._note(got.appointment_id, free, person=person) if got else multiple()

    @rule(visit=visits, start=START)
    def move(self, visit: int, start: int) -> None:
        if (known := self.model.visits.get(visit)) is None:
            return
        wanted, old = self.starts[start], known.places
        free = self.model.free(wanted, known.ticks, self._allowed(wanted, known.ticks, "web"), but=old)
        same = wanted == known.starts_at
        if answer(set() if free or same else {Taken}, move, visit, wanted, at=self.at, by="citizen"):
            assert not same
            self._note(visit, free, person=known.person)
            left = old - self.model.visits[visit].places
            self.model.resting += [(self.at + REST, left)] if left else []

    @rule(visit=consumes(visits))
    def give_up(self, visit: int) -> None:
        known = self.model.visits.pop(visit, None)
        assert door(cancel, visit, at=self.at, by="citizen") is (known is not None)
        if known:
            self.model.resting.append((self.at + REST, known.places))

    @rule(minutes=st.integers(1, 25))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        free_all(self.at)
        self.model.sweep(self.at)

    @invariant()
    def claims_are_the_model_s(self) -> None:
        db.session.rollback()
        rows = db.session.execute(select(Claim.appointment_id, Claim.tick, Claim.desk)).all()
        assert {(holder, tick, desk) for holder, tick, desk in rows if holder} == {
            (visit, *place) for visit, known in self.model.visits.items() for place in known.places
        }
        assert {(tick, desk) for holder, tick, desk in rows if not holder} == set().union(
            *(places for _, places in self.model.resting)
        )

    @invariant()
    def free_times_are_the_model_s(self) -> None:
        for channel, ticks in (("web", LENGTHS[0]), ("phone", LENGTHS[-1])):
            shown = set(bookable.free_starts(ticks=ticks, channel=channel, at=self.at)) & set(self.starts)  # type: ignore[arg-type]
            assert shown == {
                start for start in self.starts if self.model.free(start, ticks, self._allowed(start, ticks, channel))
            }

    def teardown(self) -> None:
        assert book_audit.faults() == []

    def _hold(self, wanted: datetime, ticks: int, *, but: set[Place] = frozenset(), **more: Any) -> Any:  # type: ignore[assignment]
        free = self.model.free(wanted, ticks, self._allowed(wanted, ticks, "web"), but=but)
        words = {"starts_at": wanted, "ticks": ticks, "topic_id": None, "at": self.at, **more}
        got = answer(set() if free else {Taken}, hold, **words)
        if got is None:
            return multiple()
        self.model.visits.pop(more.get("instead_of", 0), None)
        return self._note(got, free, until=self.at + HOLD)

    def _note(self, visit: int, free: list[int], **more: Any) -> int:
        row = db.session.get_one(Appointment, visit, populate_existing=True)
        assert row.desk in free
        places = places_of(row.starts_at, row.ticks, row.desk)
        self.model.visits[visit] = Visit(places, row.starts_at, row.ticks, **more)
        return visit

    def _allowed(self, starts_at: datetime, ticks: int, channel: Any) -> list[int]:
        return bookable.desks_for(starts_at, ticks=ticks, channel=channel, at=self.at)


@pytest.mark.usefixtures("ctx")
def test_whatever_people_do_the_book_says_what_the_model_says(app: Flask) -> None:
    prepare(app)
    patient = {
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
        "database": None,
        "phases": [Phase.generate],
    }
    run(Counter, settings=settings(max_examples=repetitions(7), stateful_step_count=20, **patient))  # type: ignore[arg-type]


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_model_notices_a_verb_that_lets_no_time_rest(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(app)
    at_the_counter = Counter()
    visit = at_the_counter.phone(start=0, person=1)
    at_the_counter.claims_are_the_model_s()
    monkeypatch.setattr(cancel_module, "to_rest", lambda left, **_: release({"appointment_id": left.id}))
    at_the_counter.give_up(visit=visit)
    with pytest.raises(AssertionError):
        at_the_counter.claims_are_the_model_s()
    with pytest.raises(AssertionError):
        at_the_counter.free_times_are_the_model_s()


def prepare(app: Flask) -> None:
    """Two desks, a share for the phone, rests of forty minutes, five times that are next to each other."""
    with app.app_context():
        figures(desks=2, phone_share_percent=25, release_after_minutes=40, release_within_minutes=40)
    Counter.begins = now()
    Counter.starts = places(Counter.begins, ticks=LENGTHS[-1])[:FEW]


def answer(wrong: set[type[Exception]], verb: Any, *words: Any, **more: Any) -> Any:
    """What the verb answers; where something is wrong, None after one of these refusals."""
    if not wrong:
        return door(verb, *words, **more)
    with pytest.raises(tuple(wrong)):
        door(verb, *words, **more)
    return None


def places_of(starts_at: datetime, ticks: int, desk: int) -> set[Place]:
    """The ticks of one desk."""
    return {(tick, desk) for tick in ticks_of(starts_at, ticks)}
