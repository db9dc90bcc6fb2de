"""People on the waiting list, and what happens to them, through the program's own verbs."""

from datetime import datetime

from sqlalchemy import select

from tests.factories.appointments import MONDAY, TUESDAY, booked, booking
from urp.appointments import offer, wish, wish_queries
from urp.appointments.cancel import cancel
from urp.appointments.models import Offer
from urp.appointments.queries import AppointmentView
from urp.appointments.wish_queries import OfferView
from urp.foundation.db import db, transaction


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
    for rest in wish_queries.rests(at, 100):
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
        return offer.accept(offer_id, at=at)


def states_of_offers() -> list[str]:
    """The states of all offers, the oldest first."""
    db.session.rollback()
    return list(db.session.scalars(select(Offer.state).order_by(Offer.id)))
