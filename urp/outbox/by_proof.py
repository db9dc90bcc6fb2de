"""What proofs do to a letter, wherever it is, and the alarms for proofs that do not come."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, bindparam, case, func, null, text, true, update

from urp.foundation.db import UtcDateTime, db, db_now, rows_changed
from urp.outbox.arrow import HELD, THIS, arrow
from urp.outbox.causes import Cause
from urp.outbox.models import MESSAGES, UNACCEPTED, UNDELIVERED
from urp.outbox.states import Alarm, State

ACCEPTANCE_S = 15 * 60
DELIVERY_S = 24 * 3600
"""So long an accettazione and a consegna may take before somebody has to look."""

LATE_S = 5 * 24 * 3600
"""So long mail servers try, and say so; after that no news will come of the warning itself."""

S = State
LEFT = (S.QUEUED, S.SENDING, S.SENT, S.UNCERTAIN, S.DEAD, S.FROZEN)
"""Where a letter may be, for all we know, when the proof comes that it left."""

_M = MESSAGES.c
_LEFT_AT = func.coalesce(_M.sent_at, bindparam("at", type_=UtcDateTime()))
_WARNED = _M.alarm == Alarm.LATE.value
_QUIET = {"alarm": null(), "alarm_at": null(), "lease_until": null()}
_ACCEPTED = {
    old: arrow(
        old,
        S.ACCEPTED,
        THIS,
        sent_at=_LEFT_AT,
        certified=bindparam("pec"),
        alarm=case((_WARNED, _M.alarm)),  # a preavviso may have come before
        alarm_at=case((_WARNED, _M.alarm_at)),
        lease_until=null(),
    )
    for old in LEFT
}
_DELIVERED = {
    old: arrow(old, S.DELIVERED, THIS, sent_at=_LEFT_AT, certified=true(), cause=null(), **_QUIET)
    for old in (*LEFT, S.ACCEPTED, S.FAILED)
}
_FAILED = {old: arrow(old, S.FAILED, THIS, cause=bindparam("why"), **_QUIET) for old in (*LEFT, S.ACCEPTED)}
_CERTIFIED = update(MESSAGES).where(THIS, _M.certified.is_(None)).values(certified=bindparam("pec"))
_LATE = (
    update(MESSAGES)
    .where(THIS, _M.state.not_in([S.DELIVERED, S.FAILED, S.CANCELLED]))
    .values(alarm=Alarm.LATE.value, alarm_at=db_now())
)
_NOTED = (
    update(MESSAGES)
    .where(THIS, HELD, _M.state.in_([S.ACCEPTED, S.DELIVERED, S.FAILED]))
    .values(
        sent_at=case((bindparam("taken", type_=Boolean()), func.coalesce(_M.sent_at, db_now())), else_=_M.sent_at),
        last_code=bindparam("code"),
        last_text=bindparam("text"),
    )
)
_NO_NEWS = (
    update(MESSAGES)
    .where(_WARNED, _M.alarm_at <= db_now(-LATE_S))
    .values(alarm=null(), alarm_at=null())
    .returning(_M.id)
)
_MISSING = [
    update(MESSAGES)
    .where(text(condition), _M.sent_at <= db_now(-patience_s))
    .values(alarm=alarm.value, alarm_at=db_now())
    .returning(_M.id)
    for alarm, condition, patience_s in (
        (Alarm.NO_ACCEPTANCE, UNACCEPTED, ACCEPTANCE_S),
        (Alarm.NO_DELIVERY, UNDELIVERED, DELIVERY_S),
    )
]


def accepted(letter_id: int, old: State, *, at: datetime, certified: bool) -> bool:
    """`old` → accepted: its provider took it over at this instant; `certified` is the recipient's mailbox."""
    found = _ACCEPTED.get(old)
    return bool(found and found.go("accettazione", letter=letter_id, at=at, pec=certified))


def delivered(letter_id: int, old: State, *, at: datetime) -> bool:
    """`old` → delivered: it lies in the recipient's mailbox, whatever was said before."""
    found = _DELIVERED.get(old)
    return bool(found and found.go("avvenuta consegna", letter=letter_id, at=at))


def failed(letter_id: int, old: State, *, cause: Cause, note: str) -> bool:
    """`old` → failed: it will not be delivered."""
    found = _FAILED.get(old)
    return bool(found and found.go(note, letter=letter_id, why=cause.value))


def told_certified(letter_id: int, certified: bool) -> None:
    """Not an arrow: an accettazione that came after its consegna still tells what mailbox it is."""
    rows_changed(_CERTIFIED, letter=letter_id, pec=certified)


def late(letter_id: int) -> None:
    """Not an arrow: the provider warns that it is still trying."""
    rows_changed(_LATE, letter=letter_id)


def noted(letter_id: int, token: str, code: int | None, words: str, *, taken: bool) -> bool:
    """Not an arrow: the server's reply to a letter that its receipt moved first; False if none did.

    Only a reply that it was `taken` says when it left.
    """
    return rows_changed(_NOTED, letter=letter_id, token=token, code=code, text=words, taken=taken) == 1


def no_news() -> Sequence[int]:
    """Not an arrow: end the warnings that nothing followed in LATE_S; the letters.

    Where a receipt must come, its absence is an alarm again.
    """
    return sorted(db.session.connection().execute(_NO_NEWS).scalars())


def missing() -> tuple[Sequence[int], Sequence[int]]:
    """Not an arrow: raise the alarms that are due; the letters without accettazione, those without consegna."""
    unaccepted, undelivered = (sorted(db.session.connection().execute(one).scalars()) for one in _MISSING)
    return unaccepted, undelivered
