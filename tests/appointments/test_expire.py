"""Holds that nobody confirmed: over exactly at their end, one in a transaction, and their time is free."""

from datetime import timedelta

import pytest

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, confirmed, held, seen
from urp.appointments.expire import expire_next
from urp.appointments.refusals import HoldExpired
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")
QUARTER = timedelta(minutes=15)
MOMENT = timedelta(microseconds=1)


def sweep(at) -> bool:
    with transaction():
        return expire_next(at)


def test_a_hold_ends_after_its_minutes_and_not_before() -> None:
    hold_id = held(TUESDAY)
    assert sweep(MONDAY + QUARTER) is False
    assert sweep(MONDAY + QUARTER + MOMENT) is True
    assert seen(hold_id).state == "expired"
    assert claims_of() == []


def test_it_can_be_confirmed_until_that_very_moment_and_not_after() -> None:
    one, other = held(TUESDAY), held(THURSDAY)
    confirmed(one, at=MONDAY + QUARTER)
    with pytest.raises(HoldExpired):
        confirmed(other, at=MONDAY + QUARTER + MOMENT)
    assert seen(other).state == "held"  # until it is swept


def test_one_hold_in_a_transaction_the_oldest_first() -> None:
    late = held(THURSDAY, at=MONDAY + timedelta(minutes=1))
    early = held(TUESDAY)
    at = MONDAY + timedelta(hours=1)
    assert sweep(at) is True
    assert (seen(early).state, seen(late).state) == ("expired", "held")
    assert [sweep(at), sweep(at)] == [True, False]
    assert seen(late).state == "expired"


def test_a_visit_never_expires() -> None:
    visit = booked(TUESDAY)
    assert sweep(MONDAY + timedelta(days=365)) is False
    assert seen(visit.id) == visit


def test_a_hold_that_ended_is_not_confirmed() -> None:
    hold_id = held(TUESDAY)
    sweep(MONDAY + timedelta(hours=1))
    with pytest.raises(HoldExpired):
        confirmed(hold_id)
    with pytest.raises(HoldExpired):
        confirmed(987_654)
