"""Moving a thing along its table of states: one guarded UPDATE, and the truth whether it moved."""

from collections.abc import Mapping, Set
from typing import Any

from sqlalchemy import select, update

from urp.foundation.db import db, rows_changed
from urp.foundation.errors import NotFound, WrongState


def move(thing: Any, row_id: int, to: str, table: Mapping[str, Set[str]], **values: Any) -> bool:
    """Move one row to state `to`, setting `values` with it; True if it moved, False if it was there.

    Raises WrongState when the table has no such arrow from where the row is, NotFound without a row.
    """
    sources = [state for state, targets in table.items() if to in targets]
    statement = update(thing).where(thing.id == row_id, thing.state.in_(sources)).values(state=to, **values)
    if rows_changed(statement) == 1:
        return True
    found = db.session.scalar(select(thing.state).where(thing.id == row_id))
    if found is None:
        raise NotFound(f"{thing.__name__} {row_id}")
    if found == to:
        return False
    raise WrongState(f"{thing.__name__} {row_id}: no way from {found} to {to}")
