"""Released times: a random while of rest, then everybody's, unless somebody waits for them."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, claims_of, held, seen
from tests.factories.busy_counter import figures
from urp.appointments import claims
from urp.appointments.cancel import cancel
from urp.appointments.models import Block, Offer, Wish
from urp.appointments.rest import due, free, to_rest
from urp.appointments.slots import ticks_of
from urp.cases.models import Case
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")
HOUR = timedelta(hours=1)


def over(at, **more) -> list[int]:
    db.session.rollback()
    return due(at, 100, **more)


def freed(block_id, at) -> bool:
    with transaction():
        return free(block_id, at)


def swept(at) -> int:
    """How many blocks came back."""
    return sum(freed(block_id, at) for block_id in over(at))


def released(starts_at, number=None) -> int:
    """The id of the block where a visit's time rests after its cancellation."""
    visit = booked(starts_at, number)
    with transaction():
        cancel(visit.id, at=MONDAY, by="citizen")
    return db.session.scalars(select(Block.id).order_by(Block.id.desc())).first()


def offered(block_id: int) -> int:
    """A live offer of that rest, made by hand."""
    with transaction():
        block = db.session.get_one(Block, block_id)
        case_id = db.session.scalars(select(Case.id)).first()
        values = {"case_id": case_id, "person_key": b"x" * 32, "ticks": 6, "created_at": MONDAY}
        wish_id = db.session.scalar(insert(Wish).values(values).returning(Wish.id))
        offer = {"wish_id": wish_id, "block_id": block_id, "desk": 1, "starts_at": block.starts_at, "ticks": 6}
        times = {"made_at": MONDAY, "expires_at": MONDAY + HOUR}
        offer_id = db.session.scalar(insert(Offer).values(**offer, **times).returning(Offer.id))
        claims.hand_over({"block_id": block_id}, {"offer_id": offer_id})
        return offer_id


def test_a_time_is_free_when_its_rest_is_over_and_not_before() -> None:
    figures(release_after_minutes=30, release_within_minutes=30)
    released(TUESDAY)
    assert swept(MONDAY + timedelta(minutes=29)) == 0
    assert swept(MONDAY + timedelta(minutes=30)) == 1
    assert swept(MONDAY + HOUR) == 0
    assert claims_of() == []
    assert list(db.session.scalars(select(Block))) == []
    assert seen(held(TUESDAY)).starts_at == TUESDAY


def test_the_first_due_comes_first_and_no_more_than_one_asks_for() -> None:
    for start, number in ((TUESDAY, 1), (THURSDAY, 2)):
        released(start, number)
    first, second = db.session.scalars(select(Block.id).order_by(Block.free_at)).all()
    assert over(MONDAY + HOUR) == [first, second]
    assert due(MONDAY + HOUR, 1) == [first]


def test_a_block_comes_back_once_and_not_before_its_time() -> None:
    figures(release_after_minutes=30, release_within_minutes=30)
    block_id = released(TUESDAY)
    assert not freed(block_id, MONDAY + timedelta(minutes=29))
    assert [freed(block_id, MONDAY + HOUR) for _ in range(2)] == [True, False]


def test_a_rest_that_somebody_waits_for_stays_and_does_not_stop_the_others() -> None:
    wanted, other = released(TUESDAY, 1), released(THURSDAY, 2)
    asked = []

    def keep(block: Block) -> bool:
        asked.append(block.kind)
        return block.id == wanted

    assert over(MONDAY + HOUR, keep=keep) == [other]
    assert set(asked) == {"rest"}


def test_what_is_offered_to_somebody_is_not_freed() -> None:
    block_id = released(TUESDAY)
    offer_id = offered(block_id)
    assert swept(MONDAY + HOUR) == 0
    assert len(claims_of(offer_id=offer_id)) == 6
    with transaction():
        db.session.execute(update(Offer).values(state="declined"))
        claims.hand_over({"offer_id": offer_id}, {"block_id": block_id})
    assert swept(MONDAY + HOUR) == 1
    assert claims_of() == []


def test_closures_and_absences_end_without_being_asked() -> None:
    with transaction():
        values = {"kind": "closure", "free_at": MONDAY}
        block_id = db.session.scalar(insert(Block).values(values).returning(Block.id))
        claims.claim({"block_id": block_id}, starts_at=TUESDAY, ticks=24, desks=[1])
    assert over(MONDAY, keep=lambda _block: True) == [block_id]


def test_a_time_that_has_begun_needs_no_rest() -> None:
    visit = booked(TUESDAY)
    with transaction():
        assert to_rest(visit, at=TUESDAY) is None
    assert claims_of() == []


def test_nothing_rests_when_the_new_place_is_the_old_one() -> None:
    visit = booked(TUESDAY)
    with transaction():
        assert to_rest(visit, at=MONDAY, now_at=(1, ticks_of(TUESDAY, 6))) is None
    assert len(claims_of(appointment_id=visit.id)) == 6


def test_the_offices_figures_may_be_nought() -> None:
    figures(release_after_minutes=0, release_within_minutes=0)
    released(TUESDAY)
    assert swept(MONDAY) == 1
