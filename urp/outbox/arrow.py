"""One arrow of the table in `states`: a guarded UPDATE built once, and the event that tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, TextClause, bindparam, insert, literal_column, update
from sqlalchemy.sql.dml import ReturningUpdate

from urp.foundation.db import db, db_now
from urp.outbox.models import EVENTS, MESSAGES
from urp.outbox.states import State

THIS = MESSAGES.c.id == bindparam("letter")
HELD = MESSAGES.c.lease_token == bindparam("token")
_EVENT = insert(EVENTS).values(at=db_now())


@dataclass(frozen=True)
class Arrow:
    """The UPDATE of an arrow: building it for each letter costs more than running it."""

    old: State
    new: State
    statement: ReturningUpdate[int]

    def go(self, note: str | None = None, **names: Any) -> Sequence[int]:
        """Move what the guard finds, write down an event for each; ids, oldest number first."""
        moved = sorted(db.session.connection().execute(self.statement, names).scalars())
        if moved:
            event = {"from_state": self.old.value, "to_state": self.new.value, "note": note}
            db.session.connection().execute(_EVENT, [{"message_id": letter, **event} for letter in moved])
        return moved


def arrow(old: State, new: State, *guards: ColumnElement[bool] | TextClause, **values: Any) -> Arrow:
    """From `old` to `new` where the guards allow, setting `values` with it."""
    written_out: ColumnElement[str] = literal_column(f"'{old}'")  # for the partial indexes, as in `models`
    statement = update(MESSAGES).where(MESSAGES.c.state == written_out, *guards)
    return Arrow(old, new, statement.values(state=new.value, **values).returning(MESSAGES.c.id))
