"""Taking a message in hand and giving it back: each arrow of a reading one guarded UPDATE."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, literal_column, null, or_, select, update

from urp.foundation.contacts import email_key
from urp.foundation.db import db, db_now, rows_changed
from urp.inbox.content import Reading
from urp.inbox.models import MESSAGES
from urp.inbox.states import State

LEASE_S = 120
"""Longer than the longest reading: whoever holds a message beyond it is taken for dead."""

ATTEMPTS = 5

_M = MESSAGES.c
_NEW = _M.state == literal_column(f"'{State.NEW}'")  # written out for the partial index, as in `models`
_THIS = _M.id == bindparam("message")
_HELD = _M.lease_token == bindparam("token")
_FREE = or_(_M.lease_until.is_(None), _M.lease_until < db_now())
_DUE = (
    select(_M.id)
    .where(_NEW, _M.mailbox == bindparam("box"), _M.next_at <= db_now(), _FREE, _M.attempts < ATTEMPTS)
    .order_by(_M.next_at, _M.id)
    .limit(1)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_LEASE: dict[str, Any] = {
    "lease_token": bindparam("token"),
    "lease_until": db_now(LEASE_S),
    "attempts": _M.attempts + 1,
}
_CLAIMED = update(MESSAGES).where(_NEW, _M.id.in_(select(_DUE.c.id))).values(**_LEASE).returning(_M.id)
_CLAIMED_THIS = update(MESSAGES).where(_NEW, _THIS, _FREE).values(**_LEASE).returning(_M.id)
_PROLONGED = update(MESSAGES).where(_NEW, _THIS, _HELD).values(lease_until=db_now(LEASE_S))
_EXHAUSTED = (
    update(MESSAGES)
    .where(_NEW, _FREE, _M.attempts >= ATTEMPTS, _M.lease_until.is_not(None))
    .values(state=State.FAILED.value, note=bindparam("why"), settled_at=db_now(), lease_until=null())
    .returning(_M.id)
)


def claimed(mailbox: str, token: str) -> int | None:
    """Not an arrow: take the next due message of this mailbox under a lease, one attempt more; its id."""
    return db.session.connection().execute(_CLAIMED, {"box": mailbox, "token": token}).scalar()


def claimed_this(incoming_id: int, token: str) -> bool:
    """Not an arrow: the same for one message, due or not; False when it is not new or in other hands."""
    names = {"message": incoming_id, "token": token}
    return db.session.connection().execute(_CLAIMED_THIS, names).scalar() is not None


def still_held(incoming_id: int, token: str) -> bool:
    """Not an arrow: lock the message for the rest of the transaction; False when it is no longer in these hands."""
    return rows_changed(_PROLONGED, message=incoming_id, token=token) == 1


def postponed(incoming_id: int, token: str, *, delay_s: float, note: str) -> bool:
    """Not an arrow: let the message go, to be read again after `delay_s`; False when it was not ours."""
    later = update(MESSAGES).where(_NEW, _THIS, _HELD)
    later = later.values(next_at=db_now(delay_s), lease_until=null(), note=note)
    return rows_changed(later, message=incoming_id, token=token) == 1


def untaken(incoming_id: int, token: str, note: str) -> bool:
    """Not an arrow: let the message go as if it had never been taken; False when it was not ours."""
    back = update(MESSAGES).where(_NEW, _THIS, _HELD)
    back = back.values(attempts=_M.attempts - 1, lease_until=null(), note=note)
    return rows_changed(back, message=incoming_id, token=token) == 1


def exhausted() -> Sequence[int]:
    """new → failed: messages whose reader was killed with them ATTEMPTS times, never with a word."""
    why = f"read {ATTEMPTS} times, and each time the program stopped in the middle"
    return sorted(db.session.connection().execute(_EXHAUSTED, {"why": why}).scalars())


def described(incoming_id: int, reading: Reading) -> None:
    """Not an arrow: write down what the message was found to be."""
    words = reading.words
    facts = {
        "kind": reading.kind.value,
        "sender": words.sender,
        "sender_key": email_key(words.sender)[:254] if words.sender else None,
        "subject": words.subject[:200],
        "message_id": words.message_id,
        "certified": reading.certified,
        "note": None,  # of an attempt before
    }
    db.session.execute(update(MESSAGES).where(_M.id == incoming_id).values(**facts))
