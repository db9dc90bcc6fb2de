"""Fifty people hold, confirm, walk away, move, wait and give up at once, while the sweep runs: the book stays sound."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.factories import book_audit
from tests.factories.busy_counter import door, figures, free_all, places, take, visit, visitor
from tests.factories.crowds import tally, together
from tests.faults.campaign import measured, note
from urp.appointments import answer_offer, offer, wish, wish_queries
from urp.appointments.book import confirm
from urp.appointments.cancel import cancel
from urp.appointments.models import Appointment, Claim, Offer
from urp.appointments.move import move
from urp.appointments.refusals import AlreadyBooked, HoldExpired, Taken
from urp.cases.models import Case
from urp.foundation.clock import ROME, now, to_rome
from urp.foundation.db import db, transaction

SEED = 2026
PEOPLE, PERSONS, WANTED = 50, 25, 18
SLOW, SWEEPS_AHEAD = timedelta(minutes=10), timedelta(minutes=8)
IN_THE_END = timedelta(hours=3)


@pytest.fixture
def at(app: Flask) -> datetime:
    """Tomorrow morning; two desks, nothing kept for the phone."""
    with app.app_context():
        figures(desks=2, phone_share_percent=0)
    return datetime.combine(
        to_rome(now()).date() + timedelta(days=1), time(10), ROME
    )  # letters of offers sleep at night


def test_after_all_of_it_every_visit_has_its_ticks_and_nobody_two(app: Flask, at: datetime) -> None:
    with app.app_context():
        starts = places(at)[:WANTED]
    told: list[Counter[str]] = [Counter() for _ in range(PEOPLE)]
    lives: list[Callable[[], Any]] = [
        partial(live, random.Random(SEED + number), number, starts, at=at, told=told[number])
        for number in range(PEOPLE)
    ]
    sweeps: list[Callable[[], Any]] = [partial(sweep_often, at + SWEEPS_AHEAD)] * 3
    outcomes = together(app, [*lives, *sweeps])
    acts = sum(told, Counter())
    with app.app_context():
        wrong = book_audit.faults()
        note("F23 fifty lives of visits at once", db.engine.dialect.name, acts.total(), doubled=len(wrong))
        measured(
            f"F23 fifty lives on {db.engine.dialect.name}: " + ", ".join(f"{n} {what}" for what, n in acts.items())
        )
        assert (tally(outcomes), wrong) == ({"done": len(outcomes)}, [])
        assert all(
            acts[what]
            for what in (
                "confirmed",
                "moved",
                "cancelled",
                "abandoned",
                "waiting",
                "accepted",
                "Taken",
                "AlreadyBooked",
            )
        )
        nothing_is_left_over(at + IN_THE_END)


def nothing_is_left_over(at: datetime) -> None:
    """Once all holds have ended and all times have rested, claims are the confirmed visits', and no case is without."""
    free_all(at)
    confirmed = select(func.coalesce(func.sum(Appointment.ticks), 0)).where(Appointment.state == "confirmed")
    assert db.session.scalar(select(func.count()).select_from(Claim)) == db.session.scalar(confirmed) > 0
    assert book_audit.faults() == []
    assert set(db.session.scalars(select(Case.id))) == set(
        db.session.scalars(select(Appointment.case_id).where(Appointment.case_id.is_not(None)))
    )


def live(dice: random.Random, number: int, starts: list[datetime], *, at: datetime, told: Counter[str]) -> None:
    """Somebody's way, fast or so slow that the sweep may come first: a time, perhaps another, perhaps a visit, perhaps a change of mind."""
    held, since = None, at - dice.choice((timedelta(), SLOW))
    for start in dice.sample(starts, 5):
        try:
            held = take(start, at=since)
            break
        except Taken:
            told["Taken"] += 1
    if held is None:
        return
    if dice.random() < 0.2:
        told["abandoned"] += 1
        return
    try:
        booked = door(confirm, held, visitor(number % PERSONS), at=at)
    except (AlreadyBooked, HoldExpired) as refused:
        told[type(refused).__name__] += 1
        return
    told["confirmed"] += 1
    for start in dice.sample(starts, dice.randrange(4)):
        try:
            told["moved"] += door(move, booked.appointment_id, start, at=at, by="citizen")
        except Taken:
            told["Taken"] += 1
    if dice.random() < 0.7:
        told["waiting"] += door(wish.note, booked.case_id, appointment_id=booked.appointment_id, at=at)
        answer_an_offer(dice, at=at, told=told)
    if dice.random() < 0.4:
        told["cancelled"] += door(cancel, booked.appointment_id, at=at, by="citizen")


def answer_an_offer(dice: random.Random, *, at: datetime, told: Counter[str]) -> None:
    """Somebody looks after the mail: every offer gets its yes or no, however many answer it at once."""
    offer_everything(at)
    db.session.rollback()
    for offer_id in db.session.scalars(select(Offer.id).where(Offer.state == "live").order_by(Offer.id)).all():
        if dice.random() < 0.3:
            told["declined"] += door(answer_offer.decline, offer_id, at)
            continue
        with suppress(answer_offer.OfferOver):
            door(answer_offer.accept, offer_id, at=at)
            told["accepted"] += 1


def offer_everything(at: datetime) -> None:
    """Each resting time to the oldest who waits for it."""
    db.session.rollback()
    for resting in wish_queries.rests(at, 100):
        door(offer.make, resting, at)


def sweep_often(at: datetime) -> None:
    """The timetable's work, now and again."""
    for _ in range(8):
        free_all(at)
        offer_everything(at)


PLANTED = {
    "a tick is missing": ("has other ticks than its own", lambda one, _: delete(Claim).where(Claim.tick == first(one))),
    "a tick is left": ("which has no right", lambda one, _: put(one, state="cancelled")),
    "two sit together": ("sit at desk 1 together", lambda one, other: put(other, desk=1, starts_at=one.starts_at)),
    "no case": ("has no case", lambda one, _: put(one, case_id=None)),
    "no such desk": ("at no place", lambda one, _: put(one, desk=9)),
}


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_audit_finds_what_is_planted(planted: str, at: datetime) -> None:
    one, other = (
        db.session.get_one(Appointment, visit(start, number, at=at).appointment_id)
        for number, start in enumerate(places(at)[:2])
    )
    assert book_audit.faults() == []
    words, spoil = PLANTED[planted]
    with transaction():
        db.session.execute(spoil(one, other))
    assert any(words in fault for fault in book_audit.faults())


def first(visit: Appointment) -> int:
    """Its first tick."""
    return int(visit.starts_at.timestamp()) // book_audit.TICK_S


def put(visit: Appointment, **values: object) -> Any:
    """Past every rule."""
    return update(Appointment).where(Appointment.id == visit.id).values(values)
