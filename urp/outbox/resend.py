"""What a person decides about a letter in doubt or not delivered: it leaves again, or it did leave."""

import re

from sqlalchemy import RowMapping, null, select, update

from urp.foundation.clock import now
from urp.foundation.db import db, rows_changed
from urp.foundation.errors import NotFound, WrongState
from urp.foundation.events import publish
from urp.outbox import arrows
from urp.outbox.arrow import THIS
from urp.outbox.compose import enter
from urp.outbox.events import LetterSent
from urp.outbox.headers import new_message_id
from urp.outbox.letter import written_anew
from urp.outbox.models import MESSAGES
from urp.outbox.states import Alarm, State

RESENDABLE = (State.UNCERTAIN, State.DEAD, State.FAILED)
"""Frozen letters are thawed, not sent again: both would leave."""

UNPROVED = (Alarm.NO_ACCEPTANCE, Alarm.NO_DELIVERY)
"""Alarms of letters that left, but for whose arrival nothing speaks."""

LEFT = (State.SENT, State.ACCEPTED)

_M = MESSAGES.c
_COPIED = ("case_id", "mailbox", "kind", "sender", "recipient", "automatic")
_REPLACED = (
    update(MESSAGES)
    .where(THIS, _M.state.in_(RESENDABLE) | _M.alarm.in_(UNPROVED))
    .values(alarm=null(), give_up_at=_M.queued_at)  # the rule that waits for this row must not repeat it as well
)
_LOOKED_AT = update(MESSAGES).where(THIS, _M.state.in_(LEFT)).values(alarm=null())
_TIMES = re.compile(r"^(?P<first>.*?)(:resend (?P<times>\d+))?$", re.DOTALL)


def resend(letter_id: int) -> int:
    """Queue the same words as a new letter that names the old one; the new number, the same when asked twice.

    Message-ID and date are new: a receipt tells which of the two it is about. The old one stays where it is,
    without its alarm. Raises NotFound, and WrongState for a letter that is neither uncertain, dead or failed
    nor has an alarm that its receipt does not come.
    """
    letter = _locked(letter_id)
    key = _next_key(letter["dedupe_key"])
    if (known := _numbered(key)) is not None:
        return known
    if not rows_changed(_REPLACED, letter=letter_id):
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
    """A person has seen in the mailbox that a letter left: one in doubt is sent, one that was sent has no alarm.

    Raises NotFound, and WrongState for a letter that is neither uncertain, sent nor accepted.
    """
    letter = _locked(letter_id)
    if rows_changed(_LOOKED_AT, letter=letter_id):
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
