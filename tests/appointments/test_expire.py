"""Holds that nobody confirmed: over exactly at their end, one in a transaction, and their time is free."""

from datetime import timedelta

import pytest

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, confirmed, held, seen
from urp.appointments.expire import expire, over
from urp.appointments.refusals import HoldExpired
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")
QUARTER = timedelta(minutes=15)
MOMENT = timedelta(microseconds=1)


def ended(hold_id, at) -> bool:
    with transaction():
        return expire(hold_id, at)


def sweep(at) -> list[bool]:
    """What became of each hold that was over."""
    db.session.rollback()
    return [ended(hold_id, at) for hold_id in over(at, 100)]


def test_a_hold_ends_after_its_minutes_and_not_before() -> None:
    hold_id = held(TUESDAY)
    assert sweep(MONDAY + QUARTER) == []
    assert not ended(hold_id, MONDAY + QUARTER)
    assert sweep(MONDAY + QUARTER + MOMENT) == [True]
    assert seen(hold_id).state == "expired"
    assert claims_of() == []


def test_it_can_be_confirmed_until_that_very_moment_and_not_after() -> None:
    one, other = held(TUESDAY), held(THURSDAY)
    confirmed(one, at=MONDAY + QUARTER)
    with pytest.raises(HoldExpired):
        confirmed(other, at=MONDAY + QUARTER + MOMENT)
    assert seen(other).state == "held"  # until it is swept


def test_the_oldest_hold_ends_first_and_each_once() -> None:
    late = held(THURSDAY, at=MONDAY + timedelta(minutes=1))
    early = held(TUESDAY)
    at = MONDAY + timedelta(hours=1)
    assert over(at, 100) == [early, late]
    assert over(at, 1) == [early]
    assert [ended(early, at), ended(early, at)] == [True, False]
    assert (seen(early).state, seen(late).state) == ("expired", "held")


def test_a_visit_never_expires() -> None:
    visit = booked(TUESDAY)
    assert sweep(MONDAY + timedelta(days=365)) == []
    assert not ended(visit.id, MONDAY + timedelta(days=365))
    assert seen(visit.id) == visit


def test_a_hold_that_ended_is_not_confirmed() -> None:
    hold_id = held(TUESDAY)
    sweep(MONDAY + timedelta(hours=1))
    with pytest.raises(HoldExpired):
        confirmed(hold_id)
    with pytest.raises(HoldExpired):
        confirmed(987_654)
