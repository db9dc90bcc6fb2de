"""How workers, rules and people move a letter: one function and one guarded UPDATE for each arrow."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, case, func, null, select, text, update

from urp.foundation.db import db_now, rows_changed
from urp.outbox.arrow import HELD, THIS, arrow
from urp.outbox.causes import Cause
from urp.outbox.models import IN_CARE, MESSAGES, QUEUED, SENDING
from urp.outbox.states import WAITING, Stage, State

LEASE_S = 30
"""A worker that says nothing for so long is taken for dead."""

BATCH = 50

SUSPECT_ATTEMPTS = 5
SUSPECT_PAUSE_S = 300
"""A letter that was in hand when its worker died so many times waits, so that the others pass it."""

REPEAT_AFTER_S = 900
"""An uncertain confirmation by ordinary mail is sent again after so long; until then a late reply may come."""

_M = MESSAGES.c
_PRE = _M.stage == Stage.PRE.value
_DOT = _M.stage == Stage.DOT.value
_EXPIRED = _M.lease_until < db_now()
_SAID: dict[str, Any] = {"last_code": bindparam("code"), "last_text": bindparam("text")}
_FREE: dict[str, Any] = {"lease_until": null(), "stage": Stage.PRE.value}
_IN_DOUBT: dict[str, Any] = {"lease_until": null(), "next_at": db_now(REPEAT_AFTER_S)}


_DUE = (
    select(_M.id)
    .where(_M.state == QUEUED, _M.mailbox == bindparam("box"), _M.next_at <= db_now())
    .order_by(_M.next_at, _M.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIMED = arrow(
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
    .where(_M.state == SENDING, THIS, HELD, _PRE)
    .values(stage=Stage.DOT.value, lease_until=db_now(LEASE_S))
)
_PROLONGED = update(MESSAGES).where(_M.state == SENDING, HELD).values(lease_until=db_now(LEASE_S))
_SENT = arrow(State.SENDING, State.SENT, THIS, HELD, _DOT, sent_at=db_now(), lease_until=null(), **_SAID)
_CONFIRMED = arrow(State.UNCERTAIN, State.SENT, THIS, HELD, sent_at=db_now(), **_SAID)
_DEAD = arrow(State.SENDING, State.DEAD, THIS, HELD, cause=bindparam("why"), **_FREE, **_SAID)
_DOUBTED = arrow(State.SENDING, State.UNCERTAIN, THIS, HELD, _DOT, **_IN_DOUBT, **_SAID)
_RETURNED = arrow(
    State.SENDING,
    State.QUEUED,
    HELD,
    _PRE,
    attempts=_M.attempts - 1,
    next_at=db_now(),
    last_text=bindparam("text"),
    **_FREE,
)
_RECLAIMED = arrow(
    State.SENDING,
    State.QUEUED,
    _EXPIRED,
    _PRE,
    next_at=case((_M.attempts < SUSPECT_ATTEMPTS, db_now()), else_=db_now(SUSPECT_PAUSE_S)),
    **_FREE,
)
_ABANDONED = arrow(State.SENDING, State.UNCERTAIN, _EXPIRED, _DOT, **_IN_DOUBT)
_CANCELLED = arrow(State.QUEUED, State.CANCELLED, THIS)
_FROZEN = [arrow(old, State.FROZEN, lease_until=null()) for old in WAITING]
_THAWED = arrow(State.FROZEN, State.QUEUED, _PRE, next_at=db_now())
_THAWED_IN_DOUBT = arrow(State.FROZEN, State.UNCERTAIN, _DOT, **_IN_DOUBT)
_VOUCHED = arrow(State.UNCERTAIN, State.SENT, THIS, sent_at=func.coalesce(_M.sent_at, db_now()))
_REPEATED = arrow(
    State.UNCERTAIN,
    State.QUEUED,
    text(IN_CARE),
    _M.mailbox == "peo",
    _M.automatic,
    _M.repeats == 0,
    _M.next_at <= db_now(),
    _M.give_up_at > db_now(),
    repeats=_M.repeats + 1,
    next_at=db_now(),
    stage=Stage.PRE.value,
)


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
    postponing = arrow(State.SENDING, State.QUEUED, THIS, HELD, young, **values)
    return bool(postponing.go(_note(code, text), letter=letter_id, token=token, code=code, text=text))


def dead(letter_id: int, token: str, code: int | None, text: str, *, cause: Cause) -> bool:
    """sending → dead: refused for good, or its five days are over."""
    names = {"letter": letter_id, "token": token, "code": code, "text": text, "why": cause.value}
    return bool(_DEAD.go(_note(code, text), **names))


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
    return sum(len(one.go("restored")) for one in _FROZEN)


def thawed() -> int:
    """frozen → queued: a person says that the letters never marked shall leave from here; how many."""
    return len(_THAWED.go())


def thawed_in_doubt() -> int:
    """frozen → uncertain: those that carried the marker may have left before the backup; how many."""
    return len(_THAWED_IN_DOUBT.go())


def vouched(letter_id: int) -> bool:
    """uncertain → sent: a person has seen that it left."""
    return bool(_VOUCHED.go("a person says so", letter=letter_id))


def repeated() -> Sequence[int]:
    """uncertain → queued: confirmations by ordinary mail, once, with the same Message-ID; their ids."""
    return _REPEATED.go("sent again by rule")


def _note(code: int | None, text: str) -> str:
    return f"{code} {text}" if code else text
