"""Letters in the outbox, posted with the verb, and a look at their rows."""

from typing import Any
from uuid import uuid4

from sqlalchemy import RowMapping, select, update

from urp.foundation.db import db, transaction
from urp.outbox.compose import Envelope, post
from urp.outbox.models import EVENTS, MESSAGES
from urp.outbox.states import Stage, State


def envelope(key: str = "1", **changes: Any) -> Envelope:
    """A short letter to Giulia by ordinary mail."""
    plain: dict[str, Any] = {
        "mailbox": "peo",
        "recipient": "giulia.bianchi@posta.example",
        "subject": "La tua richiesta è arrivata",
        "text": "Gentile Giulia,\nabbiamo ricevuto la tua richiesta.\n",
        "kind": "receipt",
        "dedupe_key": f"test:{key}",
    }
    return Envelope(**{**plain, **changes})


def posted(count: int = 1, **changes: Any) -> list[int]:
    """Post so many letters in one act; their ids."""
    keys = [uuid4().hex for _ in range(count)]
    with transaction():
        post([envelope(key, **changes) for key in keys])
    wanted = [f"test:{key}" for key in keys]
    found = list(db.session.scalars(select(MESSAGES.c.id).where(MESSAGES.c.dedupe_key.in_(wanted))))
    db.session.rollback()
    return sorted(found)


def row(letter_id: int) -> RowMapping:
    """Everything about a letter but its bytes, read afresh."""
    columns = [column for column in MESSAGES.c if column.name != "raw"]
    db.session.rollback()
    found = db.session.execute(select(*columns).where(MESSAGES.c.id == letter_id)).mappings().one()
    db.session.rollback()
    return found


def state(letter_id: int) -> str:
    """Where a letter is."""
    return str(row(letter_id)["state"])


def states(letter_ids: list[int]) -> list[str]:
    """Where letters are."""
    return [state(letter_id) for letter_id in letter_ids]


def events(letter_id: int) -> list[tuple[str, str]]:
    """The arrows a letter went along."""
    db.session.rollback()
    columns = (EVENTS.c.from_state, EVENTS.c.to_state)
    rows = db.session.execute(select(*columns).where(EVENTS.c.message_id == letter_id).order_by(EVENTS.c.id))
    return [(old, new) for old, new in rows]


def put(letter_id: int, where: State, stage: str = Stage.PRE, **values: Any) -> None:
    """Place a letter in a state, past every rule: the start of a test, not an act of the office."""
    with transaction():
        change = update(MESSAGES).where(MESSAGES.c.id == letter_id)
        db.session.execute(change.values(state=where.value, stage=str(stage), **values))
