"""The places of a message: the arrows of the table exist, each as one function, and no other."""

from collections.abc import Callable
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import update

from tests.factories.cases import opened
from tests.factories.incoming import kept, message
from tests.factories.outbox import posted
from urp.foundation.db import db, db_now, transaction
from urp.foundation.errors import NotFound, WrongState
from urp.inbox import arrows, settle
from urp.inbox.models import MESSAGES
from urp.inbox.states import ARROWS, HoldReason, State

pytestmark = pytest.mark.usefixtures("ctx")
Act = Callable[[int], bool]


def acts() -> dict[State, Act]:
    case, (letter,) = opened().id, posted()
    return {
        State.OPENED: lambda id_: settle.opened(id_, case),
        State.ATTACHED: lambda id_: settle.attached(id_, case),
        State.RECEIPT: lambda id_: settle.receipt(id_, letter_id=letter, case_id=case),
        State.BOUNCE: lambda id_: settle.bounce(id_, letter_id=letter, case_id=None),
        State.AUTOMATIC: lambda id_: settle.automatic(id_, case_id=case, why="Precedence"),
        State.HELD: lambda id_: settle.held(
            id_, HoldReason.NUMBER_ONLY, note="\0\ud800" + "x" * 900, guess_case_id=case
        ),
        State.FAILED: lambda id_: settle.failed(id_, "more than 200 parts"),
        State.SPAM: settle.spam,
        State.NEW: settle.retried,
    }


def put(incoming_id: int, where: State) -> None:
    with transaction():
        db.session.execute(update(MESSAGES).where(MESSAGES.c.id == incoming_id).values(state=where.value))


def fresh(where: State) -> int:
    made = kept(f"Subject: {uuid4().hex}\r\n\r\n".encode())
    put(made, where)
    return made


def tried(act: Act, incoming_id: int) -> bool | None:
    with transaction():
        try:
            return act(incoming_id)
        except WrongState:
            return None


def test_an_arrow_leads_from_its_sources_and_from_nowhere_else() -> None:
    for (to, act), old in product(acts().items(), State):
        incoming = fresh(old)
        allowed = to in ARROWS[old]
        assert tried(act, incoming) is (True if allowed else False if old == to else None), (old, to)
        assert message(incoming)["state"] == (to if allowed else old), (old, to)


def test_every_function_that_moves_a_message_is_tried_here() -> None:
    own = {name for name, value in vars(settle).items() if getattr(value, "__module__", "") == settle.__name__}
    assert {name for name in own if name[0] != "_"} == {
        *("opened", "attached", "receipt", "bounce", "automatic", "held", "failed", "spam", "retried")
    }
    assert set(acts()) == set(State) == set(ARROWS)


def test_of_the_steps_of_a_reading_only_exhaustion_is_an_arrow() -> None:
    for old in State:
        incoming = fresh(old)
        values = {"attempts": 5, "lease_until": db_now(-1)}
        with transaction():
            db.session.execute(update(MESSAGES).where(MESSAGES.c.id == incoming).values(**values))
            arrows.claimed_this(incoming, "t" * 32)
            arrows.still_held(incoming, "t" * 32)
            arrows.postponed(incoming, "t" * 32, delay_s=0, note="x")
        assert message(incoming)["state"] == old
        with transaction():
            db.session.execute(update(MESSAGES).where(MESSAGES.c.id == incoming).values(**values))
            arrows.exhausted()
        assert message(incoming)["state"] == (State.FAILED if old == State.NEW else old)


def test_a_message_that_does_not_exist_is_told() -> None:
    with pytest.raises(NotFound), transaction():
        settle.failed(4711, "x")


def test_what_was_told_is_kept() -> None:
    known = acts()
    incoming = fresh(State.NEW)
    assert tried(known[State.HELD], incoming) is True
    row = message(incoming)
    assert (row["reason"], len(row["note"])) == ("number_only", 500)
    assert row["guess_case_id"] is not None
    assert row["settled_at"] is not None


def test_a_message_read_again_begins_anew() -> None:
    known, incoming = acts(), fresh(State.NEW)
    for to in (State.HELD, State.SPAM, State.NEW):
        assert tried(known[to], incoming) is True
    row = message(incoming)
    assert (row["attempts"], row["reason"], row["note"], row["settled_at"], row["lease_until"]) == (0, *[None] * 4)
