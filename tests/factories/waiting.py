"""People on the waiting list, and what happens to them, through the program's own verbs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from tests.factories.appointments import MONDAY, TUESDAY, booked, booking
from urp.appointments import answer_offer, offer, wish, wish_queries
from urp.appointments.cancel import cancel
from urp.appointments.models import Offer
from urp.appointments.queries import AppointmentView
from urp.appointments.wish_queries import OfferView
from urp.foundation.db import db, transaction
from urp.foundation.errors import Conflict


def released(starts_at: datetime = TUESDAY, number: int = 1, *, at: datetime = MONDAY) -> None:
    """Somebody had this time and gave it up."""
    visit = booked(starts_at, number, at=at)
    with transaction():
        assert cancel(visit.id, at=at, by="citizen")


def waiting(starts_at: datetime, number: int, *, at: datetime = MONDAY, **changes: object) -> AppointmentView:
    """Somebody who has this time and would like an earlier one."""
    visit = booked(starts_at, number, at=at, **changes)
    assert visit.case_id is not None
    with transaction():
        assert wish.note(visit.case_id, appointment_id=visit.id, at=at)
    return visit


def asked(number: int | None, *, at: datetime = MONDAY, **changes: object) -> wish.Asked:
    """Somebody who found no time."""
    with transaction():
        return wish.ask(booking(number, **changes), at=at)


def make_all(at: datetime = MONDAY) -> int:
    """Offer what rests; how many offers came of it."""
    db.session.rollback()
    made = 0
    for rest in offer.chances(at, 100):
        with transaction():
            made += offer.make(rest, at)
    return made


def live(case_id: int | None) -> OfferView | None:
    """What is held for the case."""
    assert case_id is not None
    db.session.rollback()
    return wish_queries.live_offer(case_id)


def accepted(offer_id: int, *, at: datetime) -> int:
    """The offer taken; the visit."""
    with transaction():
        return answer_offer.accept(offer_id, at=at)


def states_of_offers() -> list[str]:
    """The states of all offers, the oldest first."""
    db.session.rollback()
    return list(db.session.scalars(select(Offer.state).order_by(Offer.id)))


def end(verb: object, *words: object) -> bool:
    """What a verb says, in a transaction of its own."""
    with transaction():
        return bool(verb(*words))  # type: ignore[operator]


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
