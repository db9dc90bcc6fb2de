"""F23: many people want one time, give it back while others want it, or book while the office closes."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.factories import book_audit
from tests.factories.busy_counter import door, empty, figures, free_all, greedy, places, take, visit, visitor
from tests.factories.crowds import apart, tally, together
from tests.faults import campaign
from tests.faults.campaign import measured, repetitions
from urp.appointments import closures
from urp.appointments import outside as outside_hours
from urp.appointments.book import confirm
from urp.appointments.cancel import cancel
from urp.appointments.expire import expire
from urp.appointments.move import move
from urp.appointments.refusals import HoldExpired, NotOnOffer, Taken
from urp.appointments.resettle import Done
from urp.foundation.clock import now, to_rome
from urp.foundation.db import db
from urp.hours import publish
from urp.hours.written import WrittenDays

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

A_HOLD = timedelta(minutes=15)
RESTED = timedelta(hours=2)


@pytest.fixture
def at(app: Flask) -> datetime:
    """The instant at which everybody comes; the counter has one desk and keeps nothing for the phone."""
    with app.app_context():
        figures(desks=1, phone_share_percent=0)
    return now()


@pytest.mark.parametrize(("people", "desks"), [(50, 1), (500, 1), (50, 3)])
def test_f23_one_time_and_many_people(app: Flask, at: datetime, people: int, desks: int) -> None:
    with app.app_context():
        figures(desks=desks)
        wanted = places(at)[0]
    began = time.monotonic()
    outcomes = together(app, [partial(visit, wanted, number, at=at) for number in range(people)])
    took_s = time.monotonic() - began
    with app.app_context():
        measured(
            f"F23 {db.engine.dialect.name}: {people} people for {desks} of one time all answered in {took_s:.1f} s"
        )
        seats = book_audit.sold(wanted)
        lost, doubled = max(0, desks - seats), max(0, seats - desks)
        note(f"F23 {people} people, {desks} of one time", lost=lost, doubled=doubled, broken=strangers(outcomes, Taken))
    assert tally(outcomes) == {"done": desks, "Taken": people - desks}


def test_f23_two_processes_want_the_same_times(app: Flask, at: datetime, database_url: str, tmp_path: Path) -> None:
    with app.app_context():
        wanted = places(at)[:12]
    got = apart(database_url, tmp_path / "var", [partial(greedy, wanted, number, at=at) for number in (100, 200)])
    with app.app_context():
        assert (sum(got), [book_audit.sold(start) for start in wanted]) == (len(wanted), [1] * len(wanted))
        note("F23 two processes on one database, twelve times", broken=[])


def test_f23_given_back_while_sixteen_want_it(app: Flask, at: datetime) -> None:
    times = repetitions(3)
    for number in range(times):
        with app.app_context():
            empty()
            start = places(at)[0]
            leaving = visit(start, number, at=at).appointment_id
        after = at + RESTED
        wanting = [partial(visit, start, 1000 + one, at=after) for one in range(16)]
        acts = [*wanting, partial(door, cancel, leaving, at=at, by="citizen"), *[partial(free_all, after)] * 2]
        outcomes = together(app, acts)
        with app.app_context():
            free_all(after)
            got = tally(outcomes[:16])["done"]
            assert book_audit.sold(start) == got <= 1
            assert (start in places(after)) is (got == 0)  # nobody's, or somebody's: never neither
            note("F23 given back while sixteen want it", broken=strangers(outcomes, Taken))


def test_f23_the_last_moment_of_a_hold_ends_in_one_way(app: Flask, at: datetime) -> None:
    times = repetitions(5)
    for number in range(times):
        with app.app_context():
            empty()
            start = places(at)[0]
            held = take(start, at=at)
        late = at + A_HOLD + timedelta(seconds=1)
        acts: list[Callable[[], Any]] = [
            partial(door, confirm, held, visitor(number), at=at + A_HOLD),
            partial(door, expire, held, late),
            partial(take, start, at=at),
        ]
        confirmed, expired, taken = together(app, acts)
        with app.app_context():
            assert isinstance(confirmed, HoldExpired) is (expired is True)
            assert isinstance(taken, Taken) or expired is True
            broken = strangers([confirmed, expired, taken], HoldExpired, Taken)
            note("F23 confirmed in the moment in which the hold ends", broken=broken)


def test_f23_two_visitors_who_want_each_other_s_time_keep_their_own(app: Flask, at: datetime) -> None:
    times = repetitions(3)
    for _ in range(times):
        with app.app_context():
            empty()
            one, other = places(at)[:2]
            visits = [visit(start, number, at=at).appointment_id for number, start in enumerate((one, other))]
        wishes = zip(visits, (other, one), strict=True)
        outcomes = together(app, [partial(door, move, *pair, at=at, by="citizen") for pair in wishes])
        with app.app_context():
            assert tally(outcomes) == {"Taken": 2}
            assert (book_audit.sold(one), book_audit.sold(other)) == (1, 1)
            note("F23 two who want each other’s time", broken=strangers(outcomes, Taken))


def test_f23_ten_visitors_move_to_one_time(app: Flask, at: datetime) -> None:
    with app.app_context():
        *had, wanted = places(at)[:11]
        visits = [visit(start, number, at=at).appointment_id for number, start in enumerate(had)]
    outcomes = together(app, [partial(door, move, one, wanted, at=at, by="citizen") for one in visits])
    with app.app_context():
        assert tally(outcomes) == {"done": 1, "Taken": 9}
        assert (book_audit.sold(wanted), sum(map(book_audit.sold, had))) == (1, 9)
        note("F23 ten move to one time", broken=strangers(outcomes, Taken))


def test_f23_who_books_or_moves_while_the_office_closes_a_day_is_refused_or_seen(app: Flask, at: datetime) -> None:
    times = repetitions(2)
    with app.app_context():
        figures(desks=2)
    for number in range(times):
        with app.app_context():
            empty()
            offered = places(at)
            day, elsewhere = parted_by_day(offered, number)
            inside = [visit(start, 100 + one, at=at).appointment_id for one, start in enumerate(day[:4])]
            outside = [visit(start, 200 + one, at=at).appointment_id for one, start in enumerate(elsewhere[:4])]
        closed_on = to_rome(day[0]).date()
        closure = WrittenDays(closed_on, closed_on, ("sportello",), reason="Sciopero")
        moves = [*zip(outside, day[4:], strict=True), *zip(inside, [*elsewhere[4:6], *day[5:7]], strict=True)]
        acts = [
            *[partial(visit, start, 300 + one, at=at) for one, start in enumerate(day * 2)],
            *[partial(door, move, one, start, at=at, by="citizen") for one, start in moves],
        ]
        acts.insert(len(day), partial(door, closures.apply, closure, choice="move", at=at))
        outcomes = together(app, acts)
        with app.app_context():
            assert isinstance(outcomes[len(day)], Done)
            assert outside_hours.visits(at) == []
            assert set(places(at)).isdisjoint(day)
            broken = strangers(outcomes, Taken, NotOnOffer, HoldExpired)
            note("F23 booked and moved while a day is closed", broken=broken)


def test_f23_what_was_chosen_under_old_hours_is_refused_under_new_ones(app: Flask, at: datetime) -> None:
    with app.app_context():
        chosen = places(at)[0]  # this context has read the hours, as a page does
        closed_on = to_rome(chosen).date()

        def close() -> None:
            with app.app_context():
                door(publish.add_exception, closed_on, closed_on, channels=("sportello",), reason="Sciopero")

        ThreadPoolExecutor(1).submit(close).result()
        with pytest.raises(NotOnOffer) as refused:
            take(chosen, at=at)
        assert refused.value.why == "holiday"  # closed out of turn
        note("F23 chosen before the hours changed", broken=[])


def parted_by_day(offered: list[datetime], number: int) -> tuple[list[datetime], list[datetime]]:
    """The times of the `number`-th day, and all others."""
    days = sorted({to_rome(start).date() for start in offered})
    day = days[number % (len(days) - 1)]
    return [one for one in offered if to_rome(one).date() == day], [one for one in offered if to_rome(one).date() > day]


def strangers(outcomes: Sequence[Any], *allowed: type[Exception]) -> list[BaseException]:
    """What came back and is no answer to a citizen."""
    return [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, allowed)]


def note(fault: str, *, broken: Sequence[object], lost: int = 0, doubled: int = 0) -> None:
    """Read the book, write what is missing or sold twice into the ledger, and fail on any."""
    wrong = book_audit.faults()
    campaign.note(fault, db.engine.dialect.name, 1, lost=lost + len(broken), doubled=doubled + len(wrong))
    assert (list(broken), wrong, lost, doubled) == ([], [], 0, 0)
