"""How far a mailbox was read, which of its messages still wait, and how its server behaves."""

import logging
import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, delete, select, text, update

from urp.foundation.db import db, db_now, insert_ignore
from urp.inbox.imap_line import Folder
from urp.inbox.models import CURSORS, NOT_DONE, SIGHTINGS
from urp.inbox.queries import ALARM_AFTER, TRIES

log = logging.getLogger(__name__)

BATCH = 50
AT_ONCE = 500
"""Numbers in one statement; SQLite takes 32,766 parameters."""

RETRY_S = (10, 20, 40, 60)
REFUSED_RETRY_S = 300
JITTER = 0.2
"""As for outgoing mail: soon after the server returns, and within five minutes of a corrected password."""

_S, _C = SIGHTINGS.c, CURSORS.c


def may_try(mailbox: str) -> tuple[bool, str | None, datetime | None]:
    """Whether the mailbox may be read now, by the database clock; else why not, and when again (UTC)."""
    free = (_C.retry_at.is_(None)) | (_C.retry_at <= db_now())
    found = db.session.execute(select(free, _C.reason, _C.retry_at).where(_C.mailbox == mailbox)).one_or_none()
    return (bool(found[0]), found[1], found[2]) if found else (True, None, None)


def entered(mailbox: str, folder: Folder) -> int:
    """The last number that has its sighting; 0 where the numbers mean other messages than before.

    They do under another UIDVALIDITY, and where the next number is one that we have seen already: a server
    that was restored from its backup. Then everything is looked at again; the same bytes are known.
    """
    db.session.execute(insert_ignore(CURSORS, {"mailbox": mailbox, "last_uid": 0, "failures": 0, "missing": 0}))
    known = select(_C.uidvalidity, _C.last_uid).where(_C.mailbox == mailbox)
    uidvalidity, last_uid = db.session.execute(known).one()
    if uidvalidity == folder.uidvalidity and (folder.uidnext is None or folder.uidnext > last_uid):
        return int(last_uid)
    if uidvalidity is not None:
        log.warning("mailbox %s numbers its messages anew: all are looked at again", mailbox)
    db.session.execute(delete(SIGHTINGS).where(_S.mailbox == mailbox))
    afresh = {"uidvalidity": folder.uidvalidity, "last_uid": 0}
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**afresh))
    return 0


def sighted(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Note numbers that the server shows, rising: all up to the last of them have their sighting then."""
    key = {"mailbox": mailbox, "uidvalidity": uidvalidity, "tries": 0, "flagged": False}
    rows = [{**key, "uid": uid} for uid in uids]
    db.session.execute(insert_ignore(SIGHTINGS, {name: bindparam(name) for name in rows[0]}), rows)
    here = (_C.mailbox == mailbox, _C.uidvalidity == uidvalidity, _C.last_uid < uids[-1])
    db.session.execute(update(CURSORS).where(*here).values(last_uid=uids[-1]))


def taken(mailbox: str, uidvalidity: int) -> list[int]:
    """The first numbers whose message was never asked for, at most BATCH; from now on they were."""
    uids = _waiting(mailbox, uidvalidity, _S.tries == 0, limit=BATCH)
    ask_again(mailbox, uidvalidity, uids)
    return uids


def failed_before(mailbox: str, uidvalidity: int) -> list[int]:
    """Numbers whose message was asked for in vain, the least tried first; not those given up."""
    return _waiting(mailbox, uidvalidity, _S.tries.between(1, TRIES - 1), limit=AT_ONCE)


def ask_again(mailbox: str, uidvalidity: int, uids: Sequence[int]) -> None:
    """Count an attempt to fetch these, before it is made."""
    db.session.execute(update(SIGHTINGS).where(*_these(mailbox, uidvalidity, uids)).values(tries=_S.tries + 1))


def hope_again(mailbox: str, uidvalidity: int) -> None:
    """One more attempt for what was given up."""
    given_up = and_(*_of(mailbox, uidvalidity), text(NOT_DONE), _S.incoming_id.is_(None), _S.tries >= TRIES)
    db.session.execute(update(SIGHTINGS).where(given_up).values(tries=TRIES - 1))


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
    nothing = {"mailbox": mailbox, "last_uid": 0, "failures": 0, "missing": 0}
    db.session.execute(insert_ignore(CURSORS, nothing))
    jitter = random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - no secret
    pauses = [(_C.failures == before, db_now(pause * jitter)) for before, pause in enumerate(RETRY_S)]
    waiting = {
        "reason": reason[:300],
        "failures": _C.failures + (ALARM_AFTER if refused else 1),
        "retry_at": db_now(REFUSED_RETRY_S * jitter) if refused else case(*pauses, else_=db_now(RETRY_S[-1] * jitter)),
    }
    db.session.execute(update(CURSORS).where(_C.mailbox == mailbox).values(**waiting))


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
