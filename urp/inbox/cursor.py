"""How far a mailbox was read, which of its messages still wait, and how its server behaves."""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, delete, null, or_, select, text, update

from urp.foundation.db import db, db_now, insert_ignore
from urp.inbox.imap_line import Folder, Trouble
from urp.inbox.models import CURSORS, NOT_DONE, SIGHTINGS
from urp.inbox.queries import ALARM_AFTER

log = logging.getLogger(__name__)

BATCH = 50
AT_ONCE = 500
"""Numbers in one statement; SQLite takes 32,766 parameters."""

ASK_AGAIN_MIN = (1, 5, 15, 60)
"""Before a message that was asked for in vain is asked for again; then every hour, as long as it is there."""

RETRY_S = (10, 20, 40, 60)
REFUSED_RETRY_S = 300
JITTER = 0.2
"""As for outgoing mail: soon after the server returns, and within five minutes of a corrected password."""

_S, _C = SIGHTINGS.c, CURSORS.c
_NOTHING = {"last_uid": 0, "failures": 0, "missing": 0}


@dataclass(frozen=True)
class Place:
    """How far a mailbox is read; without an epoch it never was."""

    uidvalidity: int | None
    last_uid: int


def may_try(mailbox: str) -> tuple[bool, str | None, datetime | None]:
    """Whether the mailbox may be read now, by the database clock; else why not, and when again (UTC)."""
    free = (_C.retry_at.is_(None)) | (_C.retry_at <= db_now())
    found = db.session.execute(select(free, _C.reason, _C.retry_at).where(_C.mailbox == mailbox)).one_or_none()
    return (bool(found[0]), found[1], found[2]) if found else (True, None, None)


def place(mailbox: str) -> Place:
    """How far the mailbox is read now."""
    db.session.execute(insert_ignore(CURSORS, {"mailbox": mailbox, **_NOTHING}))
    known = select(_C.uidvalidity, _C.last_uid).where(_C.mailbox == mailbox)
    return Place(*db.session.execute(known).one())


def entered(mailbox: str, folder: Folder, before: Place) -> int:
    """The last number that has its sighting; 0 where the numbers mean other messages than before.

    They do under another UIDVALIDITY, and where the next number is one that was seen `before` the folder was
    opened: a server that was restored from its backup. Then everything is looked at again; the same bytes are
    known. What another host has read since does not count. Raises Trouble where it found another epoch.
    """
    here = place(mailbox)
    if here.uidvalidity not in (before.uidvalidity, folder.uidvalidity):
        raise Trouble("another host finds other numbers in the mailbox")
    same = here.uidvalidity == folder.uidvalidity
    restored = folder.uidnext is not None and folder.uidnext <= before.last_uid <= here.last_uid
    if same and not (restored and before.uidvalidity == folder.uidvalidity):
        return here.last_uid
    if before.uidvalidity is not None:
        log.warning("mailbox %s numbers its messages anew: all are looked at again", mailbox)
    db.session.execute(delete(SIGHTINGS).where(_S.mailbox == mailbox))
    afresh = {"uidvalidity": folder.uidvalidity, "last_uid": 0}
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**afresh))
    return 0


def sighted(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Note numbers that the server shows, rising: all up to the last of them have their sighting then."""
    key = {"mailbox": mailbox, "uidvalidity": uidvalidity, "tries": 0, "omitted": False, "flagged": False}
    rows = [{**key, "uid": uid} for uid in uids]
    db.session.execute(insert_ignore(SIGHTINGS, {name: bindparam(name) for name in rows[0]}), rows)
    here = (_C.mailbox == mailbox, _C.uidvalidity == uidvalidity, _C.last_uid < uids[-1])
    db.session.execute(update(CURSORS).where(*here).values(last_uid=uids[-1]))


def taken(mailbox: str, uidvalidity: int) -> list[int]:
    """The first numbers whose message was never asked for, at most BATCH; from now on they were."""
    uids = _waiting(mailbox, uidvalidity, _S.tries == 0, limit=BATCH)
    ask(mailbox, uidvalidity, uids)
    return uids


def not_here(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """Those of the numbers whose message is not here."""
    return _waiting(mailbox, uidvalidity, _S.uid.in_(uids), limit=len(uids))


def failed_before(mailbox: str, uidvalidity: int) -> list[int]:
    """Numbers whose message was asked for in vain and whose pause is over, the least tried first."""
    due = or_(_S.retry_at.is_(None), _S.retry_at <= db_now())
    return _waiting(mailbox, uidvalidity, _S.tries > 0, due, limit=AT_ONCE)


def ask(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Count an attempt to fetch these, before it is made, with the pause after it."""
    pauses = [(_S.tries == before, db_now(60 * pause)) for before, pause in enumerate(ASK_AGAIN_MIN)]
    counted = {"tries": _S.tries + 1, "retry_at": case(*pauses, else_=db_now(60 * ASK_AGAIN_MIN[-1]))}
    db.session.execute(update(SIGHTINGS).where(*_these(mailbox, uidvalidity, uids)).values(**counted))


def not_asked(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """The mailbox gave nothing at all: that says nothing of these messages, which it keeps waiting by itself."""
    waiting = update(SIGHTINGS).where(*_these(mailbox, uidvalidity, uids), _S.incoming_id.is_(None))
    db.session.execute(waiting.values(tries=0, retry_at=null()))


def hope_again(mailbox: str, uidvalidity: int) -> None:
    """No pause any more for what was asked for in vain."""
    waiting = update(SIGHTINGS).where(*_of(mailbox, uidvalidity), text(NOT_DONE), _S.incoming_id.is_(None))
    db.session.execute(waiting.values(retry_at=null()))


def passed_over(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> list[int]:
    """The answer passed over these: those of them that it passed over before, and which are therefore gone."""
    these = _these(mailbox, uidvalidity, uids)
    gone = list(db.session.scalars(select(_S.uid).where(*these, _S.omitted)))
    db.session.execute(update(SIGHTINGS).where(*these).values(omitted=True))
    return gone


def vanished(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """The server shows these no more: nothing waits to be fetched; what was stored stays."""
    db.session.execute(delete(SIGHTINGS).where(*_these(mailbox, uidvalidity, uids)))


def noted(mailbox: str, uidvalidity: int) -> set[int]:
    """All numbers that have their sighting."""
    return set(db.session.scalars(select(_S.uid).where(*_of(mailbox, uidvalidity))))


def unflagged(mailbox: str, uidvalidity: int) -> list[int]:
    r"""Numbers whose message is here and whose server was not told so, at most AT_ONCE."""
    return _waiting(mailbox, uidvalidity, limit=AT_ONCE, fetched=True)


def flagged(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    r"""The server has set \Seen."""
    db.session.execute(update(SIGHTINGS).where(*_these(mailbox, uidvalidity, uids)).values(flagged=True))


def read_to_its_end(mailbox: str) -> None:
    """The poll went well: the alarm is over."""
    fine = {"failures": 0, "reason": None, "retry_at": None, "polled_at": db_now()}
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**fine))


def failed(mailbox: str, reason: str, *, refused: bool) -> None:
    """The poll failed: wait, and try again; a login refused is an alarm at once, and tried every five minutes."""
    log.warning("mailbox %s could not be read: %s", mailbox, reason)
    db.session.execute(insert_ignore(CURSORS, {"mailbox": mailbox, **_NOTHING}))
    jitter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    pauses = [(_C.failures == before, db_now(pause * jitter)) for before, pause in enumerate(RETRY_S)]
    waiting = {
        "reason": reason[:300],
        "failures": _C.failures + (ALARM_AFTER if refused else 1),
        "retry_at": db_now(REFUSED_RETRY_S * jitter) if refused else case(*pauses, else_=db_now(RETRY_S[-1] * jitter)),
    }
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**waiting))


def no_reader(mailbox: str, reason: str | None) -> None:
    """Why nothing that was fetched from this mailbox can be read; None when something was."""
    if reason is not None:  # else two workers would wait for each other over a row that says nothing
        db.session.execute(insert_ignore(CURSORS, {"mailbox": mailbox, **_NOTHING}))
    differs = (_C.mailbox == mailbox, _C.no_reader.is_distinct_from(reason))
    db.session.execute(update(CURSORS).where(*differs).values(no_reader=reason))


def balanced(mailbox: str, missing: int) -> None:
    """How many messages the server has and we have not."""
    values = {"balanced_at": db_now(), "missing": missing}
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**values))


def _of(mailbox: str, uidvalidity: int) -> tuple[ColumnElement[bool], ...]:
    return _S.mailbox == mailbox, _S.uidvalidity == uidvalidity


def _these(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return *_of(mailbox, uidvalidity), _S.uid.in_(uids)


def _waiting(mailbox: str, uidvalidity: int, *which: Any, limit: int, fetched: bool = False) -> list[int]:
    here = _S.incoming_id.is_not(None) if fetched else _S.incoming_id.is_(None)
    where = (*_of(mailbox, uidvalidity), text(NOT_DONE), here, *which)
    return list(db.session.scalars(select(_S.uid).where(*where).order_by(_S.tries, _S.uid).limit(limit)))
