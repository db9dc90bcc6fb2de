"""Visits that have lost their hours or their desk are listed, and find another place."""

import pytest
from flask import Flask

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, held, publish_hours, seen
from tests.factories.book_audit import faults
from tests.factories.busy_counter import figures
from tests.factories.cases import letters
from tests.factories.hours import rome
from urp.appointments import outside
from urp.appointments.states import State
from urp.foundation.db import transaction

HALF_PAST = rome("2026-11-24 10:30")

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def two_desks(office: None) -> None:
    """The shipped office with one more desk, and nothing kept for the phone."""
    figures(desks=2, phone_share_percent=0)


def settled(choice="move"):
    with transaction():
        return outside.apply(choice=choice, at=MONDAY).settled


def test_a_visit_whose_desk_is_no_more_is_listed_and_moved(app: Flask, two_desks: None) -> None:
    first, second = booked(TUESDAY, 1), booked(TUESDAY, 2)
    assert outside.visits(MONDAY) == []
    figures(desks=1)
    before = len(letters(app))

    [hit] = outside.plan(MONDAY).hits
    [one] = settled()

    assert (hit.visit.code, hit.proposal, one.starts_at) == (second.code, HALF_PAST, HALF_PAST)
    assert (seen(first.id).starts_at, seen(second.id).starts_at, seen(second.id).desk) == (TUESDAY, HALF_PAST, 1)
    assert len(letters(app)) == before + 1
    assert outside.visits(MONDAY) == []
    assert faults() == []


@pytest.mark.parametrize("choice", ["move", "release"])
def test_who_finds_another_desk_at_the_same_time_hears_nothing_of_it(app: Flask, two_desks: None, choice: str) -> None:
    hold_id, visit = held(TUESDAY), booked(TUESDAY, 1)
    with transaction():
        outside.end_holds([one for one in outside.closure_queries.visits(MONDAY) if one.id == hold_id])
    figures(desks=1)
    before = len(letters(app))

    [hit] = outside.plan(MONDAY).hits
    [one] = settled(choice)

    assert (hit.proposal, one.starts_at, one.to_call) == (TUESDAY, TUESDAY, False)
    assert (seen(visit.id).state, seen(visit.id).desk, seen(visit.id).seq) == (State.CONFIRMED, 1, 0)
    assert {desk for _, desk in claims_of(appointment_id=visit.id)} == {1}
    assert len(letters(app)) == before


def test_a_desk_that_stays_is_no_help_when_the_counter_is_closed_then(two_desks: None) -> None:
    visit = booked(TUESDAY, 1)
    publish_hours(counter="Th 10:00-12:00,14:00-16:00")

    assert [one.starts_at for one in settled()] == [THURSDAY]
    assert seen(visit.id).starts_at == THURSDAY
