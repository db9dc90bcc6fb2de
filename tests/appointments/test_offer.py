"""Early offers: a released time is really held for one person after the other, and nobody is woken at night."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.factories.appointments import (
    MONDAY,
    THURSDAY,
    TUESDAY,
    booked,
    claims_of,
    publish_hours,
    seen,
)
from tests.factories.busy_counter import figures
from tests.factories.cases import letters, text_of, view
from tests.factories.hours import rome
from tests.factories.waiting import accepted, asked, live, make_all, released, states_of_offers, waiting
from urp.appointments import bookable, offer, rest, wish, wish_queries
from urp.appointments.attend import attended
from urp.appointments.cancel import cancel
from urp.appointments.models import Block, Claim, Offer
from urp.appointments.move import move
from urp.appointments.refusals import NotOnOffer
from urp.cases.states import CaseState
from urp.foundation.db import db, transaction
from urp.foundation.errors import Conflict

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


def rests() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Block)) or 0


def end(verb: object, *words: object) -> bool:
    with transaction():
        return bool(verb(*words))  # type: ignore[operator]


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


def test_accepting_moves_the_visit_and_lets_the_old_time_rest() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()
    held = live(visit.case_id)

    assert held is not None
    assert accepted(held.id, at=MONDAY + HOUR) == visit.id
    assert seen(visit.id).starts_at == TUESDAY
    assert seen(visit.id).seq == 1
    assert len(claims_of(appointment_id=visit.id)) == visit.ticks
    assert claims_of(offer_id=held.id) == []
    assert wish_queries.waiting_wish(held.case_id) is None
    assert rests() == 1  # Thursday's time; Tuesday's is nobody's rest any more
    assert accepted(held.id, at=MONDAY + HOUR) == visit.id  # a second click is the first


def test_an_offer_may_be_accepted_until_it_ends_and_not_a_moment_later() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()
    held = live(visit.case_id)
    assert held is not None

    with pytest.raises(offer.OfferOver):
        accepted(held.id, at=held.expires_at)
    assert accepted(held.id, at=held.expires_at - timedelta(seconds=1)) == visit.id


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
            assert end(offer.decline, held.id, at - HOUR)
            assert not end(offer.decline, held.id, at - HOUR)
        else:
            assert not end(offer.expire, held.id, held.expires_at - timedelta(seconds=1))
            assert end(offer.expire, held.id, held.expires_at)

    assert make_all(at) == 0  # nobody is offered the same time twice
    assert states_of_offers() == [how, how]
    assert end(rest.free_next, at)
    assert TUESDAY in on_offer(at)


def test_a_time_is_offered_to_three_people_and_then_to_everybody() -> None:
    visits = [waiting(THURSDAY + number * timedelta(minutes=30), number + 2) for number in range(4)]
    released(TUESDAY)
    for _ in range(3):
        assert make_all() == 1
        for visit in visits:
            if held := live(visit.case_id):
                end(offer.decline, held.id, MONDAY)

    assert make_all() == 0
    assert live(visits[3].case_id) is None


def test_a_person_is_offered_three_times_and_then_waits_no_more(app: Flask) -> None:
    visit = waiting(LATER, 9)
    for number in range(3):
        released(TUESDAY + number * timedelta(minutes=30), number + 1)
        assert make_all() == 1
        held = live(visit.case_id)
        assert held is not None
        end(offer.decline, held.id, MONDAY)
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

    def free(at: datetime) -> bool:
        return end(rest.free_next, at, lambda block: offer.waits_for_morning(block, at))

    assert not free(night)
    assert make_all(morning) == 1


def test_at_night_a_time_nobody_wants_comes_back() -> None:
    released(THURSDAY)
    night = rome("2026-11-23 22:00")

    assert end(rest.free_next, night, lambda block: offer.waits_for_morning(block, night))
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


def test_who_waits_for_any_time_gets_a_visit_that_is_their_case(app: Flask) -> None:
    who = asked(7)
    released(TUESDAY)
    assert make_all() == 1
    held = live(who.case_id)
    assert held is not None

    visit = seen(accepted(held.id, at=MONDAY + HOUR))

    assert (visit.case_id, visit.starts_at, visit.opened_case, visit.channel) == (who.case_id, TUESDAY, True, "web")
    assert view(who.case_id).promised_at == TUESDAY
    assert len(letters(app, "appointment_confirmed")) == 2
    with time_machine.travel(TUESDAY, tick=False), transaction():
        attended(visit.id, at=TUESDAY, actor="office")
    assert view(who.case_id).state == CaseState.CLOSED


def test_who_gives_up_the_visit_lets_the_offer_go() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()
    with transaction():
        cancel(visit.id, at=MONDAY, by="citizen")

    assert states_of_offers() == ["declined"]
    assert live(visit.case_id) is None
    assert rests() == 2


def test_an_offer_made_for_hours_that_closed_meanwhile_cannot_be_accepted() -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()
    held = live(visit.case_id)
    assert held is not None
    publish_hours(counter="Th 10:00-12:00,14:00-16:00")

    with pytest.raises(NotOnOffer):
        accepted(held.id, at=MONDAY)
    assert seen(visit.id).starts_at == THURSDAY
    assert states_of_offers() == ["live"]


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


def test_who_waits_twice_has_one_offer_at_a_time() -> None:
    first, second = asked(7), asked(7)
    other = asked(8)
    released(TUESDAY)
    released(TUESDAY + HOUR, 2)

    assert make_all() == 2
    assert [live(one.case_id) is not None for one in (first, second, other)] == [True, False, True]


def at_once(app: Flask, *acts: Callable[[], object]) -> list[object]:
    """What each act says when all begin together, in threads of their own; a Conflict is its name."""
    db.session.rollback()
    start = Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        with app.app_context():
            start.wait()
            try:
                return act()
            except Conflict as refused:
                return type(refused).__name__

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_two_workers_at_once_hold_a_time_for_one_person(app: Flask) -> None:
    waiting(THURSDAY, 2)
    waiting(LATER, 3)
    released(TUESDAY)

    assert sorted(at_once(app, make_all, make_all)) == [0, 1]  # type: ignore[type-var]
    assert states_of_offers() == ["live"]


def test_of_yes_no_and_too_late_at_once_one_comes_true(app: Flask) -> None:
    visit = waiting(THURSDAY, 2)
    released(TUESDAY)
    make_all()
    held = live(visit.case_id)
    assert held is not None
    moment = held.expires_at

    said = at_once(
        app,
        lambda: accepted(held.id, at=moment - timedelta(seconds=1)),
        lambda: end(offer.decline, held.id, moment),
        lambda: end(offer.expire, held.id, moment),
    )

    (state,) = states_of_offers()
    assert (
        said
        == {
            "accepted": [visit.id, False, False],
            "declined": ["OfferOver", True, False],
            "expired": ["OfferOver", False, True],
        }[state]
    )
    assert (seen(visit.id).starts_at == TUESDAY) == (state == "accepted")
    assert claims_of(offer_id=held.id) == []
