"""Putting a message in its place: one function for each arrow of `states`, one guarded UPDATE in each."""

from typing import Any

from urp.foundation.db import db_now
from urp.foundation.states import move
from urp.inbox import charsets
from urp.inbox.models import IncomingMessage
from urp.inbox.states import ARROWS, HoldReason, State

LONGEST_NOTE = 500


def opened(incoming_id: int, case_id: int) -> bool:
    """new, held, failed, automatic → opened: the message became this case; False when it had already.

    Here and below: raises WrongState where the table has no such arrow, NotFound without a message.
    """
    return _settle(incoming_id, State.OPENED, case_id=case_id)


def attached(incoming_id: int, case_id: int, *, note: str | None = None) -> bool:
    """new, held, failed, automatic → attached: the message joined this case, or, as `note` says, was in it before."""
    return _settle(incoming_id, State.ATTACHED, case_id=case_id, **_noted(note))


def receipt(incoming_id: int, *, letter_id: int, case_id: int | None, note: str | None = None) -> bool:
    """new → receipt: a PEC receipt, tied to its letter."""
    return _settle(incoming_id, State.RECEIPT, letter_id=letter_id, case_id=case_id, **_noted(note))


def bounce(incoming_id: int, *, letter_id: int, case_id: int | None) -> bool:
    """new → bounce: a delivery report, tied to its letter."""
    return _settle(incoming_id, State.BOUNCE, letter_id=letter_id, case_id=case_id)


def automatic(incoming_id: int, *, case_id: int | None, why: str, letter_id: int | None = None) -> bool:
    """new → automatic: a machine wrote it; kept with the case it speaks of, if any, and never answered."""
    return _settle(incoming_id, State.AUTOMATIC, case_id=case_id, letter_id=letter_id, note=_note(why))


def held(
    incoming_id: int,
    reason: HoldReason,
    *,
    note: str | None = None,
    guess_case_id: int | None = None,
    letter_id: int | None = None,
) -> bool:
    """new → held: waits for a person, with the reason and what may help to decide."""
    known = {"guess_case_id": guess_case_id, "letter_id": letter_id}
    return _settle(incoming_id, State.HELD, reason=reason.value, note=note and _note(note), **known)


def failed(incoming_id: int, note: str) -> bool:
    """new → failed: cannot be read; the bytes are kept."""
    return _settle(incoming_id, State.FAILED, note=_note(note))


def spam(incoming_id: int, note: str | None = None) -> bool:
    """held, failed, automatic → spam: a person said so."""
    return _settle(incoming_id, State.SPAM, **_noted(note))


def retried(incoming_id: int) -> bool:
    """failed, spam → new: read again at once, as if it had just come."""
    fresh: dict[str, Any] = {"reason": None, "note": None, "guess_case_id": None, "settled_at": None}
    again = {"attempts": 0, "next_at": db_now(), "lease_until": None, "lease_token": None}
    return move(IncomingMessage, incoming_id, State.NEW.value, ARROWS, **fresh, **again)


def _noted(text: str | None) -> dict[str, str]:
    """The note as a column to set; without one, what was noted before stays."""
    return {} if text is None else {"note": _note(text)}


def _note(text: str) -> str:
    """Reasons quote what messages say: on one line, without signs that a database or a page cannot hold."""
    return charsets.one_line(text, LONGEST_NOTE)


def _settle(incoming_id: int, to: State, **values: Any) -> bool:
    at = {"settled_at": db_now(), "lease_until": None}
    return move(IncomingMessage, incoming_id, to.value, ARROWS, **at, **values)
