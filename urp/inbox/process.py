"""Reading what was stored, one message at a time and each for itself; a verb that commits, as `send` does.

No transaction is open while a message is read: claim and commit; read it in the child; place it and commit.
"""

import logging
import secrets
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import select

from urp.channels.states import MailboxKind
from urp.foundation.db import db, transaction
from urp.foundation.settings import settings
from urp.inbox import arrows, cursor, queries, settle
from urp.inbox.models import MESSAGES
from urp.inbox.place import place
from urp.inbox.reading import NoReader, Reader, ReaderLost, Unreadable

log = logging.getLogger(__name__)

WORK_S = 60.0
"""After so long it stops, so that no task limit cuts a reading; what is left is still due."""

RETRY_MIN = (1, 5, 15, 60)
"""After each failure that nobody expected; after the fifth the message waits for a person."""


@dataclass(frozen=True)
class Outcome:
    """What became of a message in this go; `new` when it will be tried again."""

    incoming_id: int
    state: str
    case_id: int | None
    note: str | None


@dataclass(frozen=True)
class _InHand:
    id: int
    token: str
    mailbox: str
    received_at: datetime
    attempts: int
    raw: bytes


def process(mailbox: str | None = None) -> list[Outcome]:
    """Read what is due in this mailbox, or in all, for about WORK_S seconds at most; oldest first.

    Commits by itself. One message's trouble never stops the next; where there is no reader it stops at once,
    and no message has an attempt less.
    """
    outcomes: list[Outcome] = []
    until = monotonic() + WORK_S
    with transaction():
        for given_up in arrows.exhausted():
            log.error("incoming message %d was given up", given_up)
    with suppress(NoReader), reader() as child:
        for box in [mailbox] if mailbox else [kind.value for kind in MailboxKind]:
            while monotonic() < until and (message := _take(box)):
                outcomes.append(_work(message, child))
    return outcomes


def process_one(incoming_id: int, child: Reader | None = None) -> Outcome:
    """Read one message now, even before its time; what became of it. Raises NotFound.

    Commits by itself. Whoever has many gives the one `child` for all, for starting it takes a second.
    """
    token = secrets.token_hex(16)
    with transaction():
        message = _in_hand(incoming_id, token) if arrows.claimed_this(incoming_id, token) else None
    if message is None:
        return _outcome(incoming_id)
    with suppress(NoReader), nullcontext(child) if child else reader() as chosen:
        return _work(message, chosen)
    return _outcome(incoming_id)


def reader() -> Reader:
    """A reader with the certificates and providers of the settings; a child process, once it reads."""
    return Reader(settings().pec_ca_file, settings().pec_providers)


def _take(mailbox: str) -> _InHand | None:
    """Claim the next message, and commit: the attempt counts, whatever it does to us."""
    token = secrets.token_hex(16)
    with transaction():
        found = arrows.claimed(mailbox, token)
        return None if found is None else _in_hand(found, token)


def _in_hand(incoming_id: int, token: str) -> _InHand:
    columns = (MESSAGES.c.mailbox, MESSAGES.c.received_at, MESSAGES.c.attempts, MESSAGES.c.raw)
    row = db.session.execute(select(*columns).where(MESSAGES.c.id == incoming_id)).one()
    return _InHand(incoming_id, token, *row)


def _work(message: _InHand, child: Reader) -> Outcome:
    """Read and place a message; whatever happens is written down, and only NoReader is raised."""
    try:
        reading = child.read(message.raw)
        with transaction():
            cursor.no_reader(message.mailbox, None)
            if arrows.still_held(message.id, message.token):
                place(message.id, message.mailbox, received_at=message.received_at, reading=reading)
    except NoReader as trouble:
        _put_back(message, str(trouble))
        raise
    except ReaderLost as trouble:
        _again(message, str(trouble))
    except Unreadable as reason:
        _give_up(message, str(reason))
    except Exception as trouble:
        log.exception("incoming message %d could not be placed", message.id)
        _again(message, f"could not be placed: {type(trouble).__name__}")
    return _outcome(message.id)


def _put_back(message: _InHand, reason: str) -> None:
    log.error("incoming mail cannot be read: %s", reason)
    with transaction():
        arrows.untaken(message.id, message.token, f"no reader: {reason}"[:500])
        cursor.no_reader(message.mailbox, reason[:300])


def _again(message: _InHand, note: str) -> None:
    if message.attempts >= arrows.ATTEMPTS:
        _give_up(message, f"tried {message.attempts} times: {note}")
        return
    with transaction():
        delay_s = 60 * RETRY_MIN[message.attempts - 1]
        arrows.postponed(message.id, message.token, delay_s=delay_s, note=note)


def _give_up(message: _InHand, note: str) -> None:
    with transaction():
        if arrows.still_held(message.id, message.token):
            settle.failed(message.id, note)


def _outcome(incoming_id: int) -> Outcome:
    row = queries.row(incoming_id)
    db.session.rollback()  # a reading transaction must not stay open beside the next message
    return Outcome(row.id, row.state, row.case_id, row.note)
