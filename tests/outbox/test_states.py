"""The state machine: the arrows of the table exist, each as one function, and no other."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pytest
from sqlalchemy import select

from tests.factories.outbox import events, posted, put, row, state
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.outbox import arrows, by_proof
from urp.outbox.causes import Cause
from urp.outbox.models import MESSAGES
from urp.outbox.states import ARROWS, WAITING, Stage, State

S = State
TOKEN = "a" * 32
ANYWHERE = (S.QUEUED, S.SENDING, S.SENT, S.UNCERTAIN, S.DEAD, S.FROZEN)
"""Where a letter may be, for all we know, when its provider says that it left."""


@dataclass(frozen=True)
class Act:
    """An arrow function: where it leads from, to what, and from which stage."""

    name: str
    do: Callable[[int], object]
    sources: dict[State, State]
    stages: frozenset[Stage] = frozenset(Stage)


def at(letter: int) -> State:
    """Where it is, in the transaction that is open."""
    return State(db.session.scalar(select(MESSAGES.c.state).where(MESSAGES.c.id == letter)))


SAID = (TOKEN, 250, "words")
ACTS = [
    Act("claimed", lambda _: arrows.claimed("peo", TOKEN), {S.QUEUED: S.SENDING}),
    Act("sent", lambda id_: arrows.sent(id_, *SAID), {S.SENDING: S.SENT}, frozenset({Stage.DOT})),
    Act("confirmed", lambda id_: arrows.confirmed(id_, *SAID), {S.UNCERTAIN: S.SENT}),
    Act("postponed", lambda id_: arrows.postponed(id_, *SAID, delay_s=60), {S.SENDING: S.QUEUED}),
    Act("dead", lambda id_: arrows.dead(id_, *SAID, cause=Cause.OTHER), {S.SENDING: S.DEAD}),
    Act(
        "doubted",
        lambda id_: arrows.doubted(id_, TOKEN, "?"),
        {S.SENDING: S.UNCERTAIN},
        frozenset({Stage.DOT}),
    ),
    Act("returned", lambda _: arrows.returned(TOKEN, "later"), {S.SENDING: S.QUEUED}, frozenset({Stage.PRE})),
    Act("reclaimed", lambda _: arrows.reclaimed(), {S.SENDING: S.QUEUED}, frozenset({Stage.PRE})),
    Act("abandoned", lambda _: arrows.abandoned(), {S.SENDING: S.UNCERTAIN}, frozenset({Stage.DOT})),
    Act("cancelled", lambda id_: arrows.cancelled(id_), {S.QUEUED: S.CANCELLED}),
    Act("frozen", lambda _: arrows.frozen(), {old: S.FROZEN for old in WAITING}),
    Act("thawed", lambda _: arrows.thawed(), {S.FROZEN: S.QUEUED}, frozenset({Stage.PRE})),
    Act(
        "thawed_in_doubt",
        lambda _: arrows.thawed_in_doubt(),
        {S.FROZEN: S.UNCERTAIN},
        frozenset({Stage.DOT}),
    ),
    Act("vouched", lambda id_: arrows.vouched(id_), {S.UNCERTAIN: S.SENT}),
    Act("repeated", lambda _: arrows.repeated(), {S.UNCERTAIN: S.QUEUED}),
    Act(
        "accepted",
        lambda id_: by_proof.accepted(id_, at(id_), at=now(), certified=True),
        dict.fromkeys(ANYWHERE, S.ACCEPTED),
    ),
    Act(
        "delivered",
        lambda id_: by_proof.delivered(id_, at(id_), at=now()),
        dict.fromkeys((*ANYWHERE, S.ACCEPTED, S.FAILED), S.DELIVERED),
    ),
    Act(
        "failed",
        lambda id_: by_proof.failed(id_, at(id_), cause=Cause.OTHER, note="errore consegna"),
        dict.fromkeys((*ANYWHERE, S.ACCEPTED), S.FAILED),
    ),
]
STILL = {"marked", "prolonged", "noted", "late", "told_certified", "missing", "no_news"}
"""Functions that change a letter where it is."""


def test_the_functions_are_exactly_the_arrows_of_the_table() -> None:
    drawn = {(old, new) for old, targets in ARROWS.items() for new in targets}
    assert {(old, new) for act in ACTS for old, new in act.sources.items()} == drawn


def test_every_function_that_moves_a_letter_is_tried_here() -> None:
    own = {
        name
        for module in (arrows, by_proof)
        for name, value in vars(module).items()
        if callable(value) and name[0].islower() and getattr(value, "__module__", "") == module.__name__
    }
    assert own - STILL == {act.name for act in ACTS}


def test_every_state_stands_in_the_table() -> None:
    assert set(ARROWS) == set(State)


@pytest.mark.usefixtures("ctx")
def test_an_arrow_moves_from_its_sources_and_from_nowhere_else() -> None:
    for act, old, stage in product(ACTS, State, Stage):
        letter = fresh(old, stage)
        allowed = old in act.sources and stage in act.stages
        with transaction():
            moved = act.do(letter)
        expected = act.sources[old] if allowed else old
        assert (state(letter), bool(moved)) == (expected, allowed), (act.name, old, stage)
        assert events(letter) == ([(old.value, expected.value)] if allowed else [])
        put(letter, S.CANCELLED)  # out of the way of arrows that look for letters themselves


@pytest.mark.usefixtures("ctx")
def test_whoever_lost_the_lease_moves_nothing() -> None:
    holders = [act for act in ACTS if act.name in ("sent", "confirmed", "postponed", "dead", "doubted")]
    for act in holders:
        (old,) = act.sources
        letter = fresh(old, Stage.DOT, lease_token="b" * 32)
        with transaction():
            assert not act.do(letter), act.name
        assert state(letter) == old


@pytest.mark.usefixtures("ctx")
def test_only_a_letter_in_hand_before_the_marker_can_be_marked() -> None:
    for old, stage in product(State, Stage):
        letter = fresh(old, stage)
        with transaction():
            marked = arrows.marked(letter, TOKEN)
        assert marked == (old == S.SENDING and stage == Stage.PRE), (old, stage)
        assert row(letter)["stage"] == (Stage.DOT if marked else stage)


@pytest.mark.usefixtures("ctx")
def test_nobody_marks_with_a_foreign_token() -> None:
    letter = fresh(S.SENDING, Stage.PRE)
    with transaction():
        assert not arrows.marked(letter, "b" * 32)


@pytest.mark.usefixtures("ctx")
def test_a_lease_that_has_not_expired_is_left_alone() -> None:
    letters = [fresh(S.SENDING, stage, lease_until=db_now(5)) for stage in Stage]
    with transaction():
        assert not arrows.reclaimed()
        assert not arrows.abandoned()
    assert {state(letter) for letter in letters} == {S.SENDING}


@pytest.mark.usefixtures("ctx")
def test_a_letter_too_old_for_another_try_is_not_postponed() -> None:
    letter = fresh(S.SENDING, Stage.PRE, give_up_at=db_now(30))
    with transaction():
        assert not arrows.postponed(letter, *SAID, delay_s=60)
        assert arrows.postponed(letter, *SAID, delay_s=10)


@pytest.mark.usefixtures("ctx")
def test_a_letter_whose_worker_died_five_times_lets_the_others_pass() -> None:
    first = fresh(S.SENDING, Stage.PRE, attempts=1)
    fifth = fresh(S.SENDING, Stage.PRE, attempts=5)
    with transaction():
        arrows.reclaimed()
        assert arrows.claimed("peo", TOKEN) == [first]
    assert state(fifth) == S.QUEUED


@pytest.mark.usefixtures("ctx")
def test_what_no_receipt_moved_is_not_noted_and_a_foreign_token_notes_nothing() -> None:
    for old in State:
        letter = fresh(old, Stage.DOT)
        with transaction():
            assert not by_proof.noted(letter, "b" * 32, 250, "words", taken=True)
            noted = by_proof.noted(letter, *SAID, taken=True)
        assert noted == (old in (S.ACCEPTED, S.DELIVERED, S.FAILED)), old
        assert state(letter) == old


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("taken", [True, False])
def test_only_a_letter_that_the_server_took_has_a_time_of_leaving(taken: bool) -> None:
    letter = fresh(S.FAILED, Stage.DOT, sent_at=None)
    with transaction():
        assert by_proof.noted(letter, TOKEN, 250 if taken else 550, "words", taken=taken)
    told = row(letter)
    assert (told["sent_at"] is not None, told["last_code"]) == (taken, 250 if taken else 550)


def fresh(where: State, stage: Stage, **values: object) -> int:
    """A letter placed there, due, with an expired lease under TOKEN."""
    (letter,) = posted()
    lease = {"lease_token": TOKEN, "lease_until": db_now(-1)}
    put(letter, where, stage, **{**lease, **values})
    return letter
