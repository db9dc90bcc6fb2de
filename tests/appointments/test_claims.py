"""Claims: whole visits or nothing, and never a gap between two holders."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from tests.factories.appointments import MONDAY, TUESDAY, claims_of
from tests.factories.crowds import tally, together
from urp.appointments.claims import claim, hand_over, release
from urp.appointments.models import Block, Claim
from urp.appointments.slots import tick_of, ticks_of
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")
NOON = TUESDAY.replace(hour=12)
AT_TEN = tick_of(TUESDAY)


def block() -> dict[str, int]:
    """Somebody who can have times without being a visit."""
    with transaction():
        statement = insert(Block).values(kind="absence", free_at=MONDAY).returning(Block.id)
        return {"block_id": db.session.execute(statement).scalar_one()}


def claimed(holder: dict[str, int], *, starts_at=TUESDAY, ticks: int = 6, desks=(1,)) -> int | None:
    with transaction():
        return claim(holder, starts_at=starts_at, ticks=ticks, desks=desks)


def places(holder: dict[str, int]) -> set[tuple[int, int]]:
    """Ticks counted from ten o'clock, and desks."""
    return {(tick_of(at) - AT_TEN, desk) for at, desk in claims_of(**holder)}


def test_the_first_desk_that_is_wholly_free_is_taken_and_nothing_stays_on_the_others() -> None:
    first, second = block(), block()
    with transaction():
        claim(first, starts_at=NOON, ticks=1, desks=[1])
        claim(first, starts_at=TUESDAY, ticks=2, desks=[2])
    assert claimed(second, ticks=25, desks=(1, 2, 3)) == 3  # ten to five past twelve
    assert {desk for _tick, desk in places(second)} == {3}
    assert len(places(second)) == 25


def test_without_a_desk_there_is_nothing() -> None:
    first, second = block(), block()
    assert claimed(first, desks=(1, 2)) == 1
    assert claimed(second, desks=()) is None
    assert claimed(second, starts_at=TUESDAY, ticks=1, desks=(1,)) is None
    assert places(second) == set()


def test_what_the_holder_has_counts_as_got() -> None:
    holder = block()
    claimed(holder)
    assert claimed(holder) == 1
    assert claimed(holder, ticks=8) == 1
    assert places(holder) == {(tick, 1) for tick in range(8)}


def test_a_place_can_be_kept_when_the_rest_is_given_back() -> None:
    holder = block()
    claimed(holder, ticks=12)
    with transaction():
        assert release(holder, but_for=(1, range(AT_TEN + 6, AT_TEN + 12))) == 6
    assert places(holder) == {(tick, 1) for tick in range(6, 12)}
    with transaction():
        assert release(holder, but_for=(2, ticks_of(TUESDAY, 100))) == 6


def test_times_pass_from_one_to_the_other_in_part_or_wholly() -> None:
    giver, taker = block(), block()
    claimed(giver, ticks=12)
    with transaction():
        assert hand_over(giver, taker, only=range(AT_TEN, AT_TEN + 4)) == 4
        assert hand_over(giver, taker, but_for=(1, range(AT_TEN + 4, AT_TEN + 6))) == 6
    assert places(giver) == {(4, 1), (5, 1)}
    with transaction():
        assert hand_over(giver, taker) == 2
    assert places(taker) == {(tick, 1) for tick in range(12)}


def test_a_claim_has_exactly_one_holder() -> None:
    number = block()["block_id"]
    for wrong in ({}, {"block_id": number, "offer_id": number}):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(insert(Claim).values(tick=1, desk=1, **wrong))


def test_of_many_at_once_one_gets_it_whichever_tick_they_begin_with(app) -> None:
    """Each wants half an hour that has a tick in common with every other."""
    holders = [block() for _ in range(10)]
    starts = [TUESDAY.replace(minute=5 * (n % 5)) for n in range(10)]

    def wants(holder, start):
        def act() -> None:
            if claimed(holder, starts_at=start) is None:
                raise LookupError

        return act

    outcomes = together(app, [wants(*pair) for pair in zip(holders, starts, strict=True)])
    assert tally(outcomes) == {"done": 1, "LookupError": 9}
    assert len(claims_of()) == 6
