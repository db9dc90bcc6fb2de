"""Keeping a message byte for byte, once for each mailbox, before anybody reads it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from urp.foundation.clock import now
from urp.foundation.db import db, db_now, insert_ignore, rows_changed
from urp.inbox.models import MESSAGES, SIGHTINGS
from urp.inbox.states import State


@dataclass(frozen=True)
class Sighting:
    """The number under which the server showed the message."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True)
class Stored:
    """The row of the message; `known` when the same bytes were here before."""

    id: int
    known: bool


def store(
    mailbox: str, raw: bytes, *, received_at: datetime, size: int | None = None, seen_as: Sighting | None = None
) -> Stored:
    """Keep a message of this mailbox (`pec` or `peo`), state `new`, due at once; inside the caller's transaction.

    `size` is told where `raw` holds only the headers of a message of so many bytes: state `failed`, and the
    note says why. `received_at` (aware) in the future becomes the present.
    """
    digest = hashlib.sha256(raw if size is None else b"%d bytes, of which\n%b" % (size, raw)).digest()
    fresh = {
        "mailbox": mailbox,
        "sha256": digest,
        "size": len(raw) if size is None else size,
        "raw": raw,
        "received_at": min(received_at, now()),
        "stored_at": db_now(),
        "next_at": db_now(),
        "certified": False,
        "attempts": 0,
        **_place(size),
    }
    known = rows_changed(insert_ignore(MESSAGES, fresh)) == 0
    where = (MESSAGES.c.mailbox == mailbox, MESSAGES.c.sha256 == digest)
    found = db.session.execute(select(MESSAGES.c.id).where(*where)).scalar_one()
    if seen_as is not None:
        _tie(mailbox, seen_as, found)
    return Stored(found, known)


def _place(size: int | None) -> dict[str, object]:
    if size is None:
        return {"state": State.NEW.value}
    note = f"{size} bytes: too large, only the headers were fetched"
    return {"state": State.FAILED.value, "note": note, "settled_at": db_now()}


def _tie(mailbox: str, seen_as: Sighting, incoming_id: int) -> None:
    key = {"mailbox": mailbox, "uidvalidity": seen_as.uidvalidity, "uid": seen_as.uid}
    same = (SIGHTINGS.c[name] == value for name, value in key.items())
    if rows_changed(update(SIGHTINGS).where(*same).values(incoming_id=incoming_id)) == 0:
        fresh = {**key, "incoming_id": incoming_id, "tries": 1, "omitted": False, "flagged": False}
        db.session.execute(insert_ignore(SIGHTINGS, fresh))
