"""Posting letters: from here on each is a row with its final bytes and its Message-ID."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from flask import Flask
from flask_mail import Attachment, Mail
from sqlalchemy.sql.dml import ReturningInsert

from urp.channels import queries as channels
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, insert_ignore
from urp.foundation.events import publish
from urp.outbox.events import LettersPosted
from urp.outbox.headers import new_message_id, wire_address
from urp.outbox.letter import Letter
from urp.outbox.models import MESSAGES
from urp.outbox.states import Stage, State

GIVE_UP_S = 5 * 24 * 3600
"""Mail is tried for five days (RFC 5321 §4.5.4.1)."""


@dataclass(frozen=True)
class Enclosure:
    """A file that travels with a letter."""

    filename: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Envelope:
    """A letter to be posted, to one recipient.

    `dedupe_key` (`case:kind[:which]`, for example `12:receipt`; `draft:number:which` before there is a case)
    makes posting it twice harmless. `automatic` marks what no person wrote, so that no machine answers it
    (RFC 3834). `invitation` is a calendar file whose type says its method. `send_after_s` leaves time to undo.
    """

    mailbox: Literal["pec", "peo"]
    recipient: str
    subject: str
    text: str
    kind: str
    dedupe_key: str
    case_id: int | None = None
    recipient_name: str | None = None
    html: str | None = None
    attachments: tuple[Enclosure, ...] = ()
    invitation: Enclosure | None = None
    automatic: bool = True
    reply_to: str | None = None
    in_reply_to: str | None = None
    send_after_s: float = 0


def init_app(app: Flask) -> None:
    """Give Flask-Mail its place in the app; servers belong to mailboxes, not to the app."""
    Mail(app)


def post(envelopes: Sequence[Envelope]) -> None:
    """Write the letters into the outbox, in the caller's transaction and (unless they wait) one INSERT.

    A letter whose `dedupe_key` is already there is left alone. Raises UnsafeHeader for a value that no
    header may hold, NotFound for a mailbox without an address; then nothing is stored.
    """
    rows = [(envelope.send_after_s, _row(envelope)) for envelope in envelopes]
    for wait_s, together in groupby(rows, key=itemgetter(0)):
        enter([row for _, row in together], wait_s=wait_s)


def enter(rows: Sequence[Mapping[str, Any]], *, wait_s: float = 0) -> None:
    """Queue finished letters, columns by name, in one INSERT; those whose `dedupe_key` is known are left alone."""
    db.session.connection().execute(_insert(db.engine.dialect.name, wait_s), rows)
    publish(LettersPosted(tuple(sorted({row["mailbox"] for row in rows}))))


@lru_cache(maxsize=32)
def _insert(dialect: str, wait_s: float) -> ReturningInsert[int]:
    """The statement, kept for each database and wait."""
    times = {
        "queued_at": db_now(),
        "next_at": db_now(wait_s),
        "give_up_at": db_now(wait_s + GIVE_UP_S),
    }
    start = {"state": State.QUEUED.value, "stage": Stage.PRE.value, "attempts": 0}
    # RETURNING makes one multi-row INSERT of many rows, and of a statement that can be kept compiled
    return insert_ignore(MESSAGES, {**start, **times}).returning(MESSAGES.c.id)


def _row(envelope: Envelope) -> dict[str, Any]:
    sender = channels.sender(envelope.mailbox)
    address = wire_address("From", sender.address)
    message_id = new_message_id(address)
    letter = Letter(
        envelope.subject,
        sender=(sender.display_name, address),
        recipient=(envelope.recipient_name or "", envelope.recipient),
        body=envelope.text,
        html=envelope.html,
        attachments=[_attached(file) for file in envelope.attachments],
        invitation=_attached(envelope.invitation) if envelope.invitation else None,
        message_id=message_id,
        written_at=now(),
        automatic=envelope.automatic,
        reply_to=envelope.reply_to,
        in_reply_to=envelope.in_reply_to,
    )
    return {
        "case_id": envelope.case_id,
        "mailbox": envelope.mailbox,
        "kind": envelope.kind,
        "message_id": message_id,
        "raw": letter.as_bytes(),
        "sender": address,
        "recipient": envelope.recipient,
        "dedupe_key": envelope.dedupe_key,
        "automatic": envelope.automatic,
    }


def _attached(file: Enclosure) -> Attachment:
    return Attachment(file.filename, file.media_type, file.data)
