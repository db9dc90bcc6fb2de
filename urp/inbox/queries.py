"""Questions about incoming mail."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from sqlalchemy import func, literal_column, select, text

from urp.channels.states import MailboxKind
from urp.foundation.db import db, db_now
from urp.foundation.errors import NotFound
from urp.foundation.settings import settings
from urp.inbox.models import CURSORS, MESSAGES, NOT_DONE, SIGHTINGS
from urp.inbox.states import State

_M, _S, _C = MESSAGES.c, SIGHTINGS.c, CURSORS.c

ALARM_AFTER = 3
"""Polls that fail in a row before a mailbox counts as out of order, a refused login for all of them; fetchings of
one message that fail before it counts as missing."""

SILENCE_S = 600
"""Without a poll, or with mail that nobody reads, for so long nobody seems to do it."""

STARTED = monotonic()
"""A mailbox that was never polled is silent from here on: a fresh installation has not had the time."""


@dataclass(frozen=True)
class Row:
    """A message in a list of the inbox, without a word of its content; instants are UTC."""

    id: int
    mailbox: str
    state: str
    kind: str | None
    reason: str | None
    note: str | None
    case_id: int | None
    letter_id: int | None
    guess_case_id: int | None
    size: int
    attempts: int
    received_at: datetime
    stored_at: datetime

    def as_dict(self) -> dict[str, str | int | None]:
        """Plain values for JSON."""
        return {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    def as_line(self, code: str | None = None) -> str:
        """One line for a terminal; `code` is that of its case, or of the case it may belong to."""
        received = self.received_at.isoformat(timespec="seconds")
        why = ": ".join(word for word in (self.reason, self.note) if word)
        place = f"{'in' if self.case_id else 'perhaps'} {code} " if code else ""
        known = f"{self.kind or 'unread':<12} {self.size:>9} bytes received {received}"
        return f"{self.id:>6} {self.state:<9} {self.mailbox} {known} {place}{why}".rstrip()


@dataclass(frozen=True)
class MailboxAlarm:
    """A mailbox whose mail does not reach us, or not all of it; `said` is for a person, in English."""

    mailbox: str
    said: str


def raw(incoming_id: int) -> bytes:
    """The bytes of a message as its mailbox gave them; raises NotFound."""
    found = db.session.scalar(select(_M.raw).where(_M.id == incoming_id))
    if found is None:
        raise NotFound(f"incoming message {incoming_id}")
    return found


def row(incoming_id: int) -> Row:
    """One message; raises NotFound."""
    found = db.session.execute(select(*_columns()).where(_M.id == incoming_id)).one_or_none()
    if found is None:
        raise NotFound(f"incoming message {incoming_id}")
    return Row(*found)


def is_in_hand(incoming_id: int) -> bool:
    """Whether somebody is reading this message now."""
    held = select(_M.id).where(_M.id == incoming_id, _M.state == State.NEW, _M.lease_until > db_now())
    return db.session.scalar(held) is not None


def listing(states: Sequence[str], limit: int) -> list[Row]:
    """Messages in these states, oldest first, at most `limit`."""
    rows = db.session.execute(select(*_columns()).where(_M.state.in_(states)).order_by(_M.id).limit(limit))
    return [Row(*found) for found in rows]


def mailbox_alarms() -> list[MailboxAlarm]:
    """What keeps mail from reaching us, by mailbox: no reading, no polling, no reader, gaps, mail that waits."""
    stuck: dict[str, int] = {mailbox: count for mailbox, count in db.session.execute(_STUCK)}
    waiting: dict[str, int] = {mailbox: count for mailbox, count in db.session.execute(_WAITING)}
    cursors = {row.mailbox: row for row in db.session.execute(_CURSORS)}
    alarms = []
    for mailbox in sorted({*cursors, *waiting, *_polled_here()}):
        cursor = cursors.get(mailbox)
        if cursor and cursor.failures >= ALARM_AFTER:
            alarms.append(MailboxAlarm(mailbox, f"cannot be read: {cursor.reason}"))
        elif mailbox in _polled_here() and _is_silent(cursor):
            alarms.append(
                MailboxAlarm(mailbox, "nobody has read it for 10 minutes: does a worker serve the queue imap?")
            )
        if cursor and cursor.no_reader:
            alarms.append(MailboxAlarm(mailbox, f"incoming mail cannot be read: {cursor.no_reader}"))
        if lost := max(cursor.missing if cursor else 0, stuck.get(mailbox, 0)):
            alarms.append(MailboxAlarm(mailbox, f"{lost} messages on the server are not here"))
        if mailbox in waiting:
            alarms.append(MailboxAlarm(mailbox, f"{waiting[mailbox]} messages have been waiting for 10 minutes"))
    return alarms


def _polled_here() -> list[str]:
    """The mailboxes that have an IMAP server."""
    return [kind.value for kind in MailboxKind if getattr(settings(), f"{kind}_imap")]


def _is_silent(cursor: Any) -> bool:
    if cursor is not None and cursor.failures:
        return False  # somebody tries: the third failure in a row is an alarm of its own
    if cursor is None or cursor.recent is None:
        return monotonic() - STARTED > SILENCE_S
    return not cursor.recent


def settled(mailbox: str, uidvalidity: int, *, patience_s: float) -> tuple[dict[str, int], int]:
    """What the numbers under this UIDVALIDITY stand for: messages in each state, and numbers of known doubles.

    A message that nobody could read within `patience_s` is left out, `new` counts those that may still wait.
    """
    due = (_M.state != State.NEW) | (_M.stored_at > db_now(-patience_s))
    counted = select(_M.state, func.count(_M.id.distinct()), func.count(_M.id)).select_from(
        SIGHTINGS.join(MESSAGES, _S.incoming_id == _M.id)
    )
    where = (_S.mailbox == mailbox, _S.uidvalidity == uidvalidity, due)
    rows = db.session.execute(counted.where(*where).group_by(_M.state)).all()
    return {state: messages for state, messages, _ in rows}, sum(numbers - messages for _, messages, numbers in rows)


def balance_is_due(mailbox: str, *, again_s: float) -> bool:
    """Whether a mailbox that was read was never counted, or lacked something when it was, `again_s` ago."""
    uneven = (_C.missing > 0) & (_C.balanced_at <= db_now(-again_s))
    due = select(_C.mailbox).where(_C.mailbox == mailbox, _C.balanced_at.is_(None) | uneven)
    return db.session.scalar(due) is not None


_STUCK = (
    select(_S.mailbox, func.count())
    .select_from(SIGHTINGS)
    .join(CURSORS, (_C.mailbox == _S.mailbox) & (_C.uidvalidity == _S.uidvalidity))
    .where(text(NOT_DONE), _S.incoming_id.is_(None), _S.tries >= ALARM_AFTER)
    .group_by(_S.mailbox)
)
_WAITING = (
    select(_M.mailbox, func.count())
    .where(_M.state == literal_column(f"'{State.NEW}'"), _M.next_at < db_now(-SILENCE_S))
    .group_by(_M.mailbox)
)
_CURSORS = select(
    *(_C.mailbox, _C.failures, _C.reason, _C.missing, _C.no_reader),
    (_C.polled_at > db_now(-SILENCE_S)).label("recent"),
)


def _columns() -> list[Any]:
    return [_M[name] for name in Row.__dataclass_fields__]
