"""Answers to an offered time: yes, no, too late, several at once, and a closure that comes between."""

from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, text

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, claims_of, publish_hours, seen
from tests.factories.busy_counter import figures
from tests.factories.cases import letters, view
from tests.factories.running import until
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
from urp.appointments import answer_offer, closures, wish, wish_queries
from urp.appointments.attend import attended
from urp.appointments.book import book
from urp.appointments.cancel import cancel
from urp.appointments.models import Block
from urp.appointments.refusals import NotOnOffer
from urp.cases.states import CaseState
from urp.cases.withdraw import withdraw
from urp.foundation.db import db, transaction
from urp.hours.written import WrittenDays

pytestmark = pytest.mark.usefixtures("office")

HOUR = timedelta(hours=1)
TUESDAY_SHUT = WrittenDays(TUESDAY.date(), TUESDAY.date(), ("telefono", "sportello"), reason="Lavori")


@pytest.fixture(autouse=True)
def nothing_kept_for_the_phone(office: None) -> None:
    """All times are on the web: which ones the phone keeps is not the matter here."""
    figures(phone_share_percent=0)


def rests() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Block)) or 0


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

    with pytest.raises(answer_offer.OfferOver):
        accepted(held.id, at=held.expires_at)
    assert accepted(held.id, at=held.expires_at - timedelta(seconds=1)) == visit.id


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
        lambda: end(answer_offer.decline, held.id, moment),
        lambda: end(answer_offer.expire, held.id, moment),
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


def _waits_for_a_lock() -> bool:
    """Whether somebody waits for a row that we have; on SQLite whoever writes waits from the start."""
    if db.engine.dialect.name == "sqlite":
        return True
    with db.engine.connect() as other:
        mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool(other.scalar(text(mine)))


ACTS = {
    "withdraws": lambda case_id, _offer: withdraw(view(case_id), at=MONDAY),
    "leaves": lambda case_id, _offer: wish.leave(case_id, MONDAY),
    "books": lambda case_id, _offer: book(view(case_id), THURSDAY, needs=(), at=MONDAY),
    "declines": lambda _case, offer_id: not answer_offer.decline(offer_id, MONDAY),
}


@pytest.mark.parametrize("how", ACTS)
def test_a_closure_that_takes_the_offered_time_stops_nobody_in_what_they_do(app: Flask, how: str) -> None:
    who = asked(7)
    released(TUESDAY)
    assert make_all() == 1
    held = live(who.case_id)
    assert held is not None
    said: list[object] = []

    def act() -> None:
        with app.app_context(), transaction():
            said.append(ACTS[how](who.case_id, held.id))

    citizen = Thread(target=act)
    with transaction():
        done = closures.apply(TUESDAY_SHUT, choice="move", at=MONDAY)
        citizen.start()
        until(_waits_for_a_lock)
    citizen.join()

    assert done.offers == 1
    assert len(said) == 1
    assert said[0]
    assert states_of_offers() == ["expired"]
    assert (wish_queries.waiting_wish(who.case_id) is None) == (how != "declines")
    assert claims_of(offer_id=held.id) == []
