"""A desk stays empty for some days: its visits sit at another desk, or go to another time."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.appointments import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    claims_of,
    clock_stands,
    held,
    publish_hours,
    seen,
)
from tests.factories.book_audit import faults
from tests.factories.busy_counter import figures
from tests.factories.cases import letters
from tests.factories.hours import rome
from urp.appointments import absences, bookable, closures
from urp.appointments.absences import Absence, WrongAbsence
from urp.appointments.models import Block
from urp.appointments.refusals import Taken
from urp.appointments.rest import due
from urp.appointments.states import BlockKind, State
from urp.foundation.db import db, transaction
from urp.hours.written import WrittenDays

ILL = Absence(1, date(2026, 11, 24), date(2026, 11, 24), "malattia")
HALF_AN_HOUR = timedelta(minutes=30)

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def two_desks(office: None) -> None:
    """The shipped office with one more desk, and nothing kept for the phone."""
    figures(desks=2, phone_share_percent=0)


def absent(absence=ILL, choice="move", at=MONDAY):
    with transaction():
        return absences.apply(absence, choice=choice, at=at)


def desks_of(visit):
    return {desk for _, desk in claims_of(appointment_id=visit.id)}


def test_who_can_stay_sits_at_the_other_desk_and_hears_nothing_of_it(app: Flask, two_desks: None) -> None:
    visit = booked(TUESDAY, 1)
    before = len(letters(app))

    [hit] = absences.plan(ILL, at=MONDAY).hits
    [settled] = absent().settled

    assert hit.proposal == settled.starts_at == TUESDAY
    assert not settled.to_call
    assert (seen(visit.id).desk, seen(visit.id).seq, desks_of(visit)) == (2, 0, {2})
    assert len(letters(app)) == before
    assert faults() == []


def test_who_finds_both_desks_taken_is_moved_and_told(app: Flask, two_desks: None) -> None:
    first, second = booked(TUESDAY, 1), booked(TUESDAY, 2)
    before = len(letters(app))

    plan = absences.plan(ILL, at=MONDAY)
    done = absent()

    assert (first.desk, second.desk) == (1, 2)
    assert [(hit.visit.code, hit.proposal) for hit in plan.hits] == [(first.code, TUESDAY + HALF_AN_HOUR)]
    assert [(one.visit.code, one.starts_at) for one in done.settled] == [(first.code, TUESDAY + HALF_AN_HOUR)]
    assert (seen(first.id).starts_at, seen(first.id).desk) == (TUESDAY + HALF_AN_HOUR, 2)
    assert seen(second.id).starts_at == TUESDAY
    assert len(letters(app)) == before + 1
    assert faults() == []


def test_an_office_of_one_desk_moves_its_visits_to_another_day() -> None:
    visit = booked(TUESDAY, 1)

    [settled] = absent().settled

    assert settled.starts_at == THURSDAY
    assert seen(visit.id).starts_at == THURSDAY
    assert faults() == []


def test_releasing_cancels_only_who_cannot_stay(two_desks: None) -> None:
    both = [booked(TUESDAY, number) for number in (1, 2)]
    alone = booked(rome("2026-11-24 14:00"), 3)

    absent(choice="release")

    assert [seen(visit.id).state for visit in both] == [State.CANCELLED, State.CONFIRMED]
    assert (seen(alone.id).state, seen(alone.id).desk) == (State.CONFIRMED, 2)


def test_nobody_is_booked_at_an_empty_desk_until_the_days_are_over(two_desks: None) -> None:
    absent()

    assert desks_of(seen(held(TUESDAY))) == {2}
    with pytest.raises(Taken):
        held(TUESDAY)
    assert due(rome("2026-11-24 23:59"), 10) == []
    assert len(due(rome("2026-11-25 00:00"), 10)) == 1


def test_holds_at_the_desk_end_and_those_beside_it_stay(two_desks: None) -> None:
    ended, stays = held(TUESDAY), held(TUESDAY)

    assert absences.plan(ILL, at=MONDAY).holds == 1
    assert absent().holds == 1

    assert [seen(number).state for number in (ended, stays)] == [State.EXPIRED, State.HELD]
    assert faults() == []


def test_times_that_rest_at_the_desk_come_back_to_nobody() -> None:
    visit = booked(TUESDAY, 1)
    absent()

    assert seen(visit.id).starts_at == THURSDAY
    assert db.session.scalars(select(Block.kind)).all() == [BlockKind.ABSENCE]


def test_somebody_who_is_back_earlier_gives_the_time_back() -> None:
    absent()

    with transaction():
        assert absences.end(1, ILL.first, ILL.last, at=MONDAY)

    assert held(TUESDAY)
    with transaction():
        assert not absences.end(1, ILL.first, ILL.last, at=MONDAY)


def test_the_desk_stays_empty_when_its_days_open_again_or_longer(two_desks: None) -> None:
    thursday = date(2026, 11, 26)
    with transaction():
        closures.apply(WrittenDays(thursday, thursday, ("sportello",), reason="sciopero"), choice="move", at=MONDAY)
    absent(Absence(1, thursday, thursday, "ferie"))
    with transaction():
        closures.reopen(thursday, thursday, at=MONDAY)
    publish_hours(counter="Th 09:00-15:00")

    starts = bookable.free_starts(ticks=6, channel="phone", at=MONDAY, last=thursday)

    assert len(starts) == 12
    assert {frozenset(desks_of(seen(held(start)))) for start in starts} == {frozenset({2})}
    with pytest.raises(Taken):
        held(THURSDAY)


def test_nothing_comes_back_of_days_that_are_over() -> None:
    absent()

    over = rome("2026-11-25 09:00")
    with clock_stands(over), transaction():
        assert not absences.end(1, ILL.first, ILL.last, at=over)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"desk": 2}, "there is no desk 2: the office has 1"),
        ({"last": date(2026, 11, 23)}, "the last day comes before the first"),
        ({"first": date(2026, 11, 20), "last": date(2026, 11, 20)}, "2026-11-20 is over"),
        ({"last": date(2031, 1, 1)}, "too far ahead: the calendar ends on 2028-12-31"),
    ],
)
def test_desks_and_days_that_cannot_be_meant_are_refused(changes: dict[str, object], told: str) -> None:
    wrong = replace(ILL, **changes)
    for act in (lambda: absences.plan(wrong, at=MONDAY), lambda: absent(wrong)):
        with pytest.raises(WrongAbsence, match=told):
            act()
    assert claims_of() == []
