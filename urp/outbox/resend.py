"""What a person decides about a letter in doubt or not delivered: it leaves again, or it did leave."""

import re

from sqlalchemy import RowMapping, select

from urp.foundation.clock import now
from urp.foundation.db import db
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.events import publish
from urp.outbox import arrows
from urp.outbox.compose import enter
from urp.outbox.events import LetterSent
from urp.outbox.headers import new_message_id
from urp.outbox.letter import written_anew
from urp.outbox.models import MESSAGES
from urp.outbox.states import State

RESENDABLE = (State.UNCERTAIN, State.DEAD, State.FAILED)
"""Frozen letters are thawed, not sent again: both would leave."""

_M = MESSAGES.c
_COPIED = ("case_id", "mailbox", "kind", "sender", "recipient", "automatic")
_TIMES = re.compile(r"^(?P<first>.*?)(:resend (?P<times>\d+))?$", re.DOTALL)


def resend(letter_id: int) -> int:
    """Queue the same words as a new letter that names the old one; the new number, the same when asked twice.

    Message-ID and date are new: a receipt tells which of the two it is about. Raises NotFound, and WrongState
    for a letter that is not uncertain, dead or failed.
    """
    letter = _locked(letter_id)
    key = _next_key(letter["dedupe_key"])
    if (known := _numbered(key)) is not None:
        return known
    if letter["state"] not in RESENDABLE:
        raise WrongState(f"letter {letter_id} is {letter['state']}")
    fresh = new_message_id(letter["sender"])
    row = {
        **{name: letter[name] for name in _COPIED},
        "message_id": fresh,
        "raw": written_anew(letter["raw"], new_id=fresh, written_at=now()),
        "dedupe_key": key,
        "resend_of": letter_id,
    }
    enter([row])
    made = _numbered(key)
    assert made is not None
    return made


def mark_sent(letter_id: int) -> None:
    """A person has seen in the mailbox that an uncertain letter left; sent already is fine.

    Raises NotFound, and WrongState for a letter in any other state.
    """
    letter = _locked(letter_id)
    if letter["state"] == State.SENT:
        return
    if not arrows.vouched(letter_id):
        raise WrongState(f"letter {letter_id} is {letter['state']}")
    publish(
        LetterSent(letter_id, letter["case_id"], letter["mailbox"], letter["kind"], letter["recipient"], now()),
    )


def _locked(letter_id: int) -> RowMapping:
    found = db.session.execute(select(MESSAGES).where(_M.id == letter_id).with_for_update()).mappings().first()
    if found is None:
        raise NotFound(f"letter {letter_id}")
    return found


def _next_key(key: str) -> str:
    parts = _TIMES.fullmatch(key)
    assert parts is not None
    return f"{parts['first']}:resend {int(parts['times'] or 0) + 1}"


def _numbered(key: str) -> int | None:
    return db.session.scalar(select(_M.id).where(_M.dedupe_key == key))
