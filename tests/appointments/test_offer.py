"""Early offers: a released time is really held for one person after the other, and nobody is woken at night."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories.appointments import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    claims_of,
)
from tests.factories.busy_counter import figures
from tests.factories.cases import letters, text_of
from tests.factories.hours import rome
from tests.factories.waiting import (
    accepted,
    asked,
    at_once,
    end,
    live,
    make_all,
    released,
    states_of_offers,
    waiting,
)
from urp.appointments import answer_offer, bookable, offer, rest, wish, wish_queries
from urp.appointments.cancel import cancel
from urp.appointments.models import Claim, Offer
from urp.appointments.move import move
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("office")

HOUR = timedelta(hours=1)
LATER = THURSDAY + HOUR


@pytest.fixture(autouse=True)
def nothing_kept_for_the_phone(office: None) -> None:
    """All times are on the web: which ones the phone keeps is not the matter here."""
    figures(phone_share_percent=0)


def on_offer(at: datetime = MONDAY) -> list[datetime]:
    db.session.rollback()
    return bookable.free_starts(ticks=6, channel="phone", at=at)


def freed(at: datetime, keep: rest.Keep = lambda _block: False) -> int:
    db.session.rollback()
    return sum(end(rest.free, block_id, at) for block_id in rest.due(at, 100, keep))


def test_a_released_time_is_held_for_who_waits_and_nobody_else_gets_it(app: Flask) -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)

    assert make_all() == 1
    held = live(visit.case_id)

    assert held is not None
    assert (held.starts_at, held.expires_at) == (TUESDAY, MONDAY + 2 * HOUR)
    assert len(claims_of(offer_id=held.id)) == visit.ticks
    assert TUESDAY not in on_offer()
    (letter,) = letters(app, "appointment_offer")
    assert str(letter["Subject"]).startswith("Si è liberato un posto: martedì 24 novembre 2026, ore 10.00 (")
    assert "entro lunedì 23 novembre 2026 alle 11.00" in text_of(letter)
    assert "giovedì 26 novembre 2026 alle 10.00 resta tuo" in text_of(letter)


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_what_one_does_not_want_goes_to_the_next_and_at_last_to_everybody(how: str) -> None:
    first, second = waiting(THURSDAY, 2), waiting(LATER, 3)
    released(TUESDAY)
    at = MONDAY
    for visit in (first, second):
        assert make_all(at) == 1
        held = live(visit.case_id)
        assert held is not None
        at += 2 * HOUR
        if how == "declined":
            assert end(answer_offer.decline, held.id, at - HOUR)
            assert not end(answer_offer.decline, held.id, at - HOUR)
        else:
            assert not end(answer_offer.expire, held.id, held.expires_at - timedelta(seconds=1))
            assert end(answer_offer.expire, held.id, held.expires_at)

    assert make_all(at) == 0  # nobody is offered the same time twice
    assert states_of_offers() == [how, how]
    assert freed(at) == 1
    assert TUESDAY in on_offer(at)


def test_a_time_is_offered_to_three_people_and_then_to_everybody() -> None:
    visits = [waiting(THURSDAY + number * timedelta(minutes=30), number + 2) for number in range(4)]
    released(TUESDAY)
    for _ in range(3):
        assert make_all() == 1
        for visit in visits:
            if held := live(visit.case_id):
                end(answer_offer.decline, held.id, MONDAY)

    assert make_all() == 0
    assert live(visits[3].case_id) is None


def test_a_person_is_offered_three_times_and_then_waits_no_more(app: Flask) -> None:
    visit = waiting(LATER, 9)
    for number in range(3):
        released(TUESDAY + number * timedelta(minutes=30), number + 1)
        assert make_all() == 1
        held = live(visit.case_id)
        assert held is not None
        end(answer_offer.decline, held.id, MONDAY)
    released(THURSDAY, 5)

    assert make_all() == 0
    assert wish_queries.waiting_wish(visit.case_id or 0) is None
    assert "l’ultima" in text_of(letters(app, "appointment_offer")[-1])
    assert "l’ultima" not in text_of(letters(app, "appointment_offer")[0])


def test_there_are_never_two_live_offers_for_one_time_or_one_person() -> None:
    waiting(THURSDAY, 2)
    waiting(LATER, 3)
    for number in range(3):
        released(TUESDAY + number * timedelta(minutes=30), number + 5)

    assert make_all() == 2  # two people, three times
    assert make_all() == 0
    doubles = select(Claim.tick).where(Claim.offer_id.is_not(None)).group_by(Claim.tick, Claim.desk)
    assert db.session.execute(doubles.having(func.count() > 1)).all() == []
    assert db.session.scalar(select(func.count(func.distinct(Offer.wish_id)))) == 2


def test_the_oldest_wish_comes_first_and_a_later_time_is_no_offer() -> None:
    early = waiting(TUESDAY + HOUR, 2)
    late = waiting(LATER, 3, at=MONDAY + timedelta(minutes=1))
    released(THURSDAY)

    make_all(MONDAY + timedelta(minutes=2))

    assert live(early.case_id) is None  # theirs is sooner
    assert live(late.case_id) is not None


@pytest.mark.parametrize(
    ("at", "made"),
    [("2026-11-23 08:59", 0), ("2026-11-23 09:00", 1), ("2026-11-23 19:59", 1), ("2026-11-23 20:00", 0)],
)
def test_nobody_is_written_to_in_quiet_hours(at: str, made: int) -> None:
    waiting(LATER, 2)
    released(THURSDAY)

    assert make_all(rome(at)) == made


def test_at_night_a_wanted_time_rests_on_until_the_morning() -> None:
    waiting(LATER, 2)
    released(THURSDAY)
    night, morning = rome("2026-11-23 22:00"), rome("2026-11-24 09:00")

    assert freed(night, lambda block: offer.waits_for_morning(block, night)) == 0
    assert make_all(morning) == 1


def test_at_night_a_time_nobody_wants_comes_back() -> None:
    released(THURSDAY)
    night = rome("2026-11-23 22:00")

    assert freed(night, lambda block: offer.waits_for_morning(block, night)) == 1
    assert THURSDAY in on_offer(night)


def test_an_offer_ends_with_the_booking_and_is_not_made_for_less_than_half_an_hour() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)

    assert make_all(rome("2026-11-23 15:31")) == 0
    assert make_all(rome("2026-11-23 15:10")) == 1
    held = live(visit.case_id)
    assert held is not None
    assert held.expires_at == rome("2026-11-23 16:00")  # the web books Tuesday until then


def test_a_short_visit_gets_its_minutes_of_a_long_time_and_the_rest_comes_back() -> None:
    visit = waiting(THURSDAY, 2)
    long = booked(TUESDAY, 1, needs=("lis",))
    with transaction():
        cancel(long.id, at=MONDAY, by="citizen")

    assert make_all() == 1
    held = live(visit.case_id)
    assert held is not None
    assert (held.ticks, long.ticks) == (6, 10)
    accepted(held.id, at=MONDAY)

    assert len(claims_of(appointment_id=visit.id)) == 6
    assert TUESDAY + timedelta(minutes=30) in on_offer()


def test_a_time_too_short_for_the_visit_is_no_offer() -> None:
    waiting(THURSDAY, 2, needs=("lis",))
    released(TUESDAY)

    assert make_all() == 0


def test_the_phones_share_is_not_offered_by_mail() -> None:
    figures(phone_share_percent=20)
    kept = next(start for start in on_offer() if start not in bookable.free_starts(ticks=6, channel="web", at=MONDAY))
    phoned = booked(kept, 1, channel="phone")
    waiting(THURSDAY, 2)
    with transaction():
        cancel(phoned.id, at=MONDAY, by="office")

    assert make_all() == 0
    figures(phone_share_percent=0)
    assert make_all() == 1


def test_who_moved_to_an_earlier_time_is_not_offered_a_later_one() -> None:
    visit = waiting(LATER, 2)
    with transaction():
        move(visit.id, TUESDAY + HOUR, at=MONDAY, by="citizen")
    released(THURSDAY)

    assert make_all() == 0


def test_a_wish_left_a_moment_ago_gets_no_offer() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    (found,) = wish_queries.rests(MONDAY, 10)
    with transaction():
        wish.leave(visit.case_id or 0, MONDAY)
    with transaction():
        assert not offer.make(found, MONDAY)


def test_nobody_is_offered_the_time_that_they_have_left(app: Flask) -> None:
    visit = waiting(TUESDAY, 2)
    with transaction():
        move(visit.id, LATER, at=MONDAY, by="citizen")
    assert make_all() == 0

    other = waiting(THURSDAY, 3)
    assert make_all() == 1  # it is good for somebody else
    assert live(other.case_id) is not None
    released(TUESDAY + HOUR)
    assert make_all() == 1
    held = live(visit.case_id)
    assert held is not None
    assert held.starts_at == TUESDAY + HOUR


def test_who_waits_twice_has_one_offer_at_a_time() -> None:
    first, second = asked(7), asked(7)
    other = asked(8)
    released(TUESDAY)
    released(TUESDAY + HOUR, 2)

    assert make_all() == 2
    assert [live(one.case_id) is not None for one in (first, second, other)] == [True, False, True]


def test_two_workers_at_once_hold_a_time_for_one_person(app: Flask) -> None:
    waiting(THURSDAY, 2)
    waiting(LATER, 3)
    released(TUESDAY)

    assert sorted(at_once(app, make_all, make_all)) == [0, 1]  # type: ignore[type-var]
    assert states_of_offers() == ["live"]
