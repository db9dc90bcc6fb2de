"""A closure says whom it hits, finds each another time, and leaves nobody in a closed office."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from tests.factories.appointments import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    claims_of,
    confirmed,
    held,
    publish_hours,
    seen,
)
from tests.factories.busy_counter import figures
from tests.factories.hours import rome
from tests.factories.waiting import make_all, released, states_of_offers, waiting
from urp.appointments import closures, outside, queries, wish_queries
from urp.appointments.expire import over
from urp.appointments.hold import hold
from urp.appointments.models import Appointment, Block, Claim
from urp.appointments.refusals import HoldExpired, NotOnOffer, Taken
from urp.appointments.rest import due, free
from urp.appointments.states import BlockKind, OfferState, State
from urp.foundation.db import DatabaseBusy, db, transaction
from urp.foundation.errors import NotFound
from urp.hours.publish import WrongHours
from urp.hours.queries import calendar
from urp.hours.written import WrittenDays
from urp.outbox.models import OutboxMessage

BOTH = ("telefono", "sportello")
TUESDAY_ONLY = WrittenDays(date(2026, 11, 24), date(2026, 11, 24), BOTH, reason="sciopero")
CALLER = {"email": None}

pytestmark = pytest.mark.usefixtures("office")


def closed(closure=TUESDAY_ONLY, choice="move", at=MONDAY):
    with transaction():
        return closures.apply(closure, choice=choice, at=at)


def test_a_plan_says_whom_it_hits_and_proposes_the_nearest_times_and_changes_nothing():
    late, early = booked(rome("2026-11-24 15:00"), 1), booked(TUESDAY, 2)
    before = claims_of()

    plan = closures.plan(TUESDAY_ONLY, at=MONDAY)

    assert plan.words == ("telefono: chiude: martedì 24 novembre", "sportello: chiude: martedì 24 novembre")
    assert [hit.visit.code for hit in plan.hits] == [early.code, late.code]
    assert [hit.proposal for hit in plan.hits] == [THURSDAY, THURSDAY + timedelta(minutes=30)]
    assert claims_of() == before
    assert calendar("sportello").intervals(TUESDAY_ONLY.first_day, TUESDAY_ONLY.last_day)


def test_no_time_is_proposed_twice_however_many_are_hit():
    for number in range(8):
        booked(number=number, channel="phone")

    proposals = [hit.proposal for hit in closures.plan(TUESDAY_ONLY, at=MONDAY).hits]

    assert len(set(proposals)) == len(proposals) == 8


def test_the_plan_is_what_is_done():
    visits = [booked(number=number) for number in range(3)]
    foreseen = {hit.visit.code: hit.proposal for hit in closures.plan(TUESDAY_ONLY, at=MONDAY).hits}

    done = closed()

    assert {one.visit.code: one.starts_at for one in done.settled} == foreseen
    assert [seen(visit.id).starts_at for visit in visits] == list(foreseen.values())
    assert {seen(visit.id).seq for visit in visits} == {1}


@pytest.mark.parametrize("choice", ["move", "release"])
def test_nobody_is_left_in_a_closed_office_and_nobody_can_be_booked_into_it(choice):
    booked(TUESDAY, 1)
    held(rome("2026-11-24 10:30"))

    done = closed(choice=choice)

    assert done.holds == 1
    assert outside.visits(MONDAY) == []
    with pytest.raises(NotOnOffer) as caught:
        held(rome("2026-11-24 10:30"))
    assert caught.value.why == "holiday"
    assert holders_on(TUESDAY_ONLY.first_day) == {"block"}


def test_released_visits_are_cancelled_by_the_office_and_their_case_stays_open():
    visit = booked(TUESDAY, 1)

    [settled] = closed(choice="release").settled

    assert (settled.visit.code, settled.starts_at) == (visit.code, None)
    assert seen(visit.id).state == State.CANCELLED
    assert visit.case_id is not None
    assert db.session.scalar(select(func.count()).select_from(Appointment).where(Appointment.state == "held")) == 0


def test_who_gave_no_address_is_on_the_call_list_and_the_others_are_not():
    caller = booked(TUESDAY, person=CALLER, channel="phone")
    booked(rome("2026-11-24 10:30"), 2)

    done = closed()

    assert [one.visit.code for one in done.settled if one.to_call] == [caller.code]
    assert [visit.code for visit in queries.to_call()] == [caller.code]


def test_a_visit_without_a_free_time_is_released_and_says_so():
    publish_hours(counter="Tu 10:00-10:30")
    visit = booked(TUESDAY, 1)
    every_tuesday = WrittenDays(date(2026, 11, 24), date(2027, 1, 31), ("sportello",), reason="lavori")

    [hit] = closures.plan(every_tuesday, at=MONDAY).hits
    [settled] = closed(every_tuesday).settled

    assert (hit.proposal, settled.starts_at) == (None, None)
    assert seen(visit.id).state == State.CANCELLED


def test_a_later_time_is_found_where_citizens_cannot_look_yet():
    publish_hours(counter="Tu 10:00-10:30")
    visit = booked(TUESDAY, 1)
    this_year = WrittenDays(date(2026, 11, 24), date(2026, 12, 31), ("sportello",), reason="lavori")

    [settled] = closed(this_year).settled

    assert seen(visit.id).starts_at == settled.starts_at == rome("2027-01-05 10:00")
    with pytest.raises(NotOnOffer) as caught:
        held(rome("2027-01-12 10:00"))
    assert caught.value.why == "beyond"


def test_an_earlier_time_is_only_for_who_would_have_none():
    publish_hours(counter="Tu 10:00-10:30")
    visit = booked(rome("2026-12-15 10:00"), 1)
    rest_of_all = WrittenDays(date(2026, 12, 15), date(2027, 1, 31), ("sportello",), reason="lavori")

    [hit] = closures.plan(rest_of_all, at=MONDAY).hits

    assert hit.visit.code == visit.code
    assert hit.proposal == rome("2026-12-01 10:00")  # the 8th is a holiday: the last before it


def test_other_hours_hit_only_the_visits_that_no_longer_lie_within_them():
    stays, goes = booked(TUESDAY, 1), booked(rome("2026-11-24 14:00"), 2)
    mornings = WrittenDays(TUESDAY_ONLY.first_day, TUESDAY_ONLY.last_day, BOTH, "10:00-12:00", reason="assemblea")

    done = closed(mornings)

    assert [one.visit.code for one in done.settled] == [goes.code]
    assert seen(stays.id).starts_at == TUESDAY
    assert seen(goes.id).starts_at == THURSDAY  # rather later than sooner


def test_a_closure_of_the_phone_alone_hits_nobody():
    booked(TUESDAY, 1)
    phone = WrittenDays(TUESDAY_ONLY.first_day, TUESDAY_ONLY.last_day, ("telefono",), reason="guasto")

    assert closures.plan(phone, at=MONDAY).hits == ()
    assert closed(phone).settled == ()
    assert outside.visits(MONDAY) == []


def test_what_has_begun_today_is_left_alone():
    begun, later = booked(TUESDAY, 1), booked(rome("2026-11-24 15:00"), 2)

    done = closed(at=TUESDAY + timedelta(minutes=5))

    assert [one.visit.code for one in done.settled] == [later.code]
    assert (seen(begun.id).state, seen(begun.id).starts_at) == (State.CONFIRMED, TUESDAY)


def test_a_hold_that_was_ended_cannot_be_confirmed():
    hold_id = held(TUESDAY)

    closed()

    with pytest.raises(HoldExpired):
        confirmed(hold_id)


def test_the_fence_goes_after_a_quarter_of_an_hour_and_the_calendar_still_says_no():
    closed()
    assert holders_on(TUESDAY_ONLY.first_day) == {"block"}

    after = MONDAY + timedelta(minutes=16)
    (fence,) = due(after, 10)
    with transaction():
        assert free(fence, after)

    assert claims_of() == []
    with pytest.raises(NotOnOffer):
        held(TUESDAY)


def test_a_booking_that_began_under_the_old_hours_loses_against_the_fence():
    closed()
    with transaction():
        db.session.execute(update(Block).values(kind=BlockKind.CLOSURE))
        with pytest.raises((NotOnOffer, Taken)):
            hold(starts_at=TUESDAY, ticks=6, topic_id=None, at=MONDAY)


def test_live_offers_and_resting_times_in_closed_time_end():
    figures(phone_share_percent=0)
    visit = waiting(THURSDAY, 1)
    released(TUESDAY, 2)
    assert make_all() == 1

    done = closed()

    assert (done.offers, states_of_offers()) == (1, [OfferState.EXPIRED])
    wish = wish_queries.waiting_wish(visit.case_id)
    assert wish.offers == 0  # what the office took away is none of their three
    assert holders_on(TUESDAY_ONLY.first_day) == {"block"}
    assert db.session.scalars(select(Block.kind)).all() == [BlockKind.CLOSURE]


def test_all_is_done_or_nothing(monkeypatch):
    visits = [booked(number=number) for number in range(3)]
    before, letters = claims_of(), count(OutboxMessage)

    def fails_at_the_end(*_given):
        assert set(db.session.scalars(select(Appointment.seq))) == {1}
        raise DatabaseBusy

    monkeypatch.setattr(closures.fence, "close_gaps", fails_at_the_end)
    with pytest.raises(DatabaseBusy):
        closed()

    assert claims_of() == before
    assert [seen(visit.id).seq for visit in visits] == [0, 0, 0]
    assert (count(OutboxMessage), count(Block)) == (letters, 0)


def test_wrong_days_are_refused_by_the_plan_and_by_the_act():
    over = WrittenDays(date(2026, 11, 20), date(2026, 11, 20), BOTH, reason="x")
    for act in (lambda: closures.plan(over, at=MONDAY), lambda: closed(over)):
        with pytest.raises(WrongHours):
            act()


def test_days_that_open_again_can_be_booked_at_once_and_moved_visits_stay():
    visit = booked(TUESDAY, 1)
    closed()

    with transaction():
        closures.reopen(TUESDAY_ONLY.first_day, TUESDAY_ONLY.last_day, at=MONDAY)

    assert seen(visit.id).starts_at == THURSDAY
    assert booked(TUESDAY, 2).starts_at == TUESDAY


def test_only_a_closure_can_be_taken_back():
    with pytest.raises(NotFound), transaction():
        closures.reopen(TUESDAY_ONLY.first_day, TUESDAY_ONLY.last_day, at=MONDAY)


def test_visits_outside_new_hours_are_found_and_moved():
    visit, hold_id = booked(TUESDAY, 1), held(rome("2026-11-24 15:00"))
    publish_hours(counter="Th 10:00-12:00,14:00-16:00")

    assert [(one.code, one.state) for one in outside.visits(MONDAY)] == [(visit.code, "confirmed"), (None, "held")]
    plan = outside.plan(MONDAY)
    assert ([hit.proposal for hit in plan.hits], plan.holds) == ([THURSDAY], 1)
    with transaction():
        done = outside.apply(choice="move", at=MONDAY)

    assert ([one.starts_at for one in done.settled], done.holds) == ([THURSDAY], 1)
    assert outside.visits(MONDAY) == []
    assert over(MONDAY + timedelta(hours=1), 10) == []
    assert seen(hold_id).state == State.EXPIRED


def holders_on(day):
    """What kinds of holders have ticks of the day."""
    db.session.rollback()
    first = int(rome(f"{day} 00:00").timestamp()) // 300
    rows = db.session.scalars(select(Claim).where(Claim.tick.between(first, first + 287)))
    kinds = ("appointment", "offer", "block")
    return {kind for row in rows for kind in kinds if getattr(row, f"{kind}_id") is not None}


def count(table):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table))
