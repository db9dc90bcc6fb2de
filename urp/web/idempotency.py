"""Sending once: the same key and the same body always get the same answer."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from urp.foundation.clock import now
from urp.foundation.db import db, insert_ignore, rows_changed
from urp.foundation.errors import Conflict
from urp.foundation.references import hash_token
from urp.web.models import SentForm

LONGEST_KEY = 200


class SameKeyOtherBody(Conflict):
    """This key already sent something else; nothing was stored."""


def digest(body: Mapping[str, Any]) -> bytes:
    """SHA-256 of what is being sent, whatever the order of its fields."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def answer_already_given(key: str, body_digest: bytes) -> str | None:
    """Claim the key inside the caller's transaction: None means «go on and act», a text is the answer
    that the first send got. Two at once: the second waits for the first's commit.

    Raises SameKeyOtherBody.
    """
    values = {"key_hash": hash_token(key), "body_digest": body_digest, "answer": "", "sent_at": now()}
    if rows_changed(insert_ignore(SentForm, values)) == 1:
        return None
    row = db.session.execute(
        select(SentForm.body_digest, SentForm.answer).where(SentForm.key_hash == hash_token(key))
    ).one()
    if row.body_digest != body_digest:
        raise SameKeyOtherBody
    return str(row.answer)


def remember_answer(key: str, answer: str) -> None:
    """Keep what this send was answered, for whoever sends it again."""
    db.session.execute(update(SentForm).where(SentForm.key_hash == hash_token(key)).values(answer=answer))


def forget_old(before: datetime) -> None:
    """Delete answers given before that instant."""
    db.session.execute(delete(SentForm).where(SentForm.sent_at < before))
