"""Every way a letter can move: one function and one guarded UPDATE for each arrow of `states`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from urp.foundation.db import db, db_now, rows_changed
from urp.outbox.models import EVENTS, MESSAGES, QUEUED, SENDING
from urp.outbox.states import WAITING, Stage, State

LEASE_S = 30
"""A worker that says nothing for so long is taken for dead."""

BATCH = 50

SUSPECT_ATTEMPTS = 5
SUSPECT_PAUSE_S = 300
"""A letter that was in hand when its worker died so many times waits, so that the others pass it."""

_M = MESSAGES.c
_PRE = _M.stage == Stage.PRE.value
_DOT = _M.stage == Stage.DOT.value
_HELD = _M.lease_token == bindparam("token")
_THIS = _M.id == bindparam("letter")
_EXPIRED = _M.lease_until < db_now()
_SAID: dict[str, Any] = {"last_code": bindparam("code"), "last_text": bindparam("text")}
_FREE: dict[str, Any] = {"lease_until": null(), "stage": Stage.PRE.value}


@dataclass(frozen=True)
class _Arrow:
    """The UPDATE of an arrow, built once: building it for each letter costs more than running it."""

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


def _arrow(old: State, new: State, *guards: ColumnElement[bool], **values: Any) -> _Arrow:
    written_out: ColumnElement[str] = literal_column(f"'{old}'")  # for the partial indexes, as in `models`
    statement = update(MESSAGES).where(_M.state == written_out, *guards)
    return _Arrow(old, new, statement.values(state=new.value, **values).returning(_M.id))


_EVENT = insert(EVENTS).values(at=db_now())
_DUE = (
    select(_M.id)
    .where(_M.state == QUEUED, _M.mailbox == bindparam("box"), _M.next_at <= db_now())
    .order_by(_M.next_at, _M.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIMED = _arrow(
    State.QUEUED,
    State.SENDING,
    _M.id.in_(select(_DUE.c.id)),
    stage=Stage.PRE.value,
    lease_token=bindparam("token"),
    lease_until=db_now(LEASE_S),
    attempts=_M.attempts + 1,
)
_MARKED = (
    update(MESSAGES)
    .where(_M.state == SENDING, _THIS, _HELD, _PRE)
    .values(stage=Stage.DOT.value, lease_until=db_now(LEASE_S))
)
_PROLONGED = update(MESSAGES).where(_M.state == SENDING, _HELD).values(lease_until=db_now(LEASE_S))
_SENT = _arrow(State.SENDING, State.SENT, _THIS, _HELD, _DOT, sent_at=db_now(), lease_until=null(), **_SAID)
_CONFIRMED = _arrow(State.UNCERTAIN, State.SENT, _THIS, _HELD, sent_at=db_now(), **_SAID)
_DEAD = _arrow(State.SENDING, State.DEAD, _THIS, _HELD, **_FREE, **_SAID)
_DOUBTED = _arrow(State.SENDING, State.UNCERTAIN, _THIS, _HELD, _DOT, lease_until=null(), **_SAID)
_RETURNED = _arrow(
    State.SENDING,
    State.QUEUED,
    _HELD,
    _PRE,
    attempts=_M.attempts - 1,
    next_at=db_now(),
    last_text=bindparam("text"),
    **_FREE,
)
_RECLAIMED = _arrow(
    State.SENDING,
    State.QUEUED,
    _EXPIRED,
    _PRE,
    next_at=case((_M.attempts < SUSPECT_ATTEMPTS, db_now()), else_=db_now(SUSPECT_PAUSE_S)),
    **_FREE,
)
_ABANDONED = _arrow(State.SENDING, State.UNCERTAIN, _EXPIRED, _DOT, lease_until=null())
_CANCELLED = _arrow(State.QUEUED, State.CANCELLED, _THIS)
_FROZEN = [_arrow(old, State.FROZEN, lease_until=null()) for old in WAITING]
_THAWED = _arrow(State.FROZEN, State.QUEUED, _PRE, next_at=db_now())
_THAWED_IN_DOUBT = _arrow(State.FROZEN, State.UNCERTAIN, _DOT)


def claimed(mailbox: str, token: str) -> Sequence[int]:
    """queued → sending: take up to BATCH due letters under one lease; their ids, oldest number first."""
    return _CLAIMED.go(box=mailbox, token=token)


def prolonged(token: str) -> int:
    """Not an arrow: extend the lease of what is in hand; the number of letters."""
    return rows_changed(_PROLONGED, token=token)


def marked(letter_id: int, token: str) -> bool:
    """Not an arrow: the marker before the dot; False when the letter is no longer in these hands."""
    return rows_changed(_MARKED, letter=letter_id, token=token) == 1


def sent(letter_id: int, token: str, code: int | None, text: str) -> bool:
    """sending → sent; False when the lease was lost meanwhile."""
    return bool(_SENT.go(_note(code, text), letter=letter_id, token=token, code=code, text=text))


def confirmed(letter_id: int, token: str, code: int | None, text: str) -> bool:
    """uncertain → sent: the reply came after all, to the worker whose lease had expired."""
    return bool(_CONFIRMED.go(_note(code, text), letter=letter_id, token=token, code=code, text=text))


def postponed(letter_id: int, token: str, code: int | None, text: str, *, delay_s: float) -> bool:
    """sending → queued, to be tried again after `delay_s`; False when it is too old, or not ours."""
    young = _M.give_up_at > db_now(delay_s)
    values = {"next_at": db_now(delay_s), **_FREE, **_SAID}
    arrow = _arrow(State.SENDING, State.QUEUED, _THIS, _HELD, young, **values)
    return bool(arrow.go(_note(code, text), letter=letter_id, token=token, code=code, text=text))


def dead(letter_id: int, token: str, code: int | None, text: str) -> bool:
    """sending → dead: refused for good, or its five days are over."""
    return bool(_DEAD.go(_note(code, text), letter=letter_id, token=token, code=code, text=text))


def doubted(letter_id: int, token: str, text: str) -> bool:
    """sending → uncertain: the dot left and no reply came."""
    return bool(_DOUBTED.go(text, letter=letter_id, token=token, code=None, text=text))


def returned(token: str, note: str) -> Sequence[int]:
    """sending → queued: all of this claim that was not tried, at once and without counting an attempt."""
    return _RETURNED.go(note, token=token, text=note)


def reclaimed() -> Sequence[int]:
    """sending → queued: the lease expired before the marker, so no dot can have left."""
    return _RECLAIMED.go("lease expired before the dot")


def abandoned() -> Sequence[int]:
    """sending → uncertain: the lease expired after the marker; only a person or a receipt knows."""
    return _ABANDONED.go("lease expired after the marker")


def cancelled(letter_id: int) -> bool:
    """queued → cancelled: taken back before a worker had it in hand."""
    return bool(_CANCELLED.go(letter=letter_id))


def frozen() -> int:
    """queued, sending, uncertain → frozen: this database is a copy, its letters may have left elsewhere."""
    return sum(len(arrow.go("restored")) for arrow in _FROZEN)


def thawed() -> int:
    """frozen → queued: a person says that the letters never marked shall leave from here; how many."""
    return len(_THAWED.go())


def thawed_in_doubt() -> int:
    """frozen → uncertain: those that carried the marker may have left before the backup; how many."""
    return len(_THAWED_IN_DOUBT.go())


def _note(code: int | None, text: str) -> str:
    return f"{code} {text}" if code else text
