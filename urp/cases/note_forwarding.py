"""The competent office's copy has left: the case says so."""

from urp.cases.models import Case
from urp.cases.states import CaseState
from urp.cases.timeline import EntryKind, record
from urp.foundation.errors import WrongState
from urp.foundation.states import move
from urp.outbox.events import LetterSent

UNTOUCHED: dict[str, frozenset[str]] = {CaseState.RECEIVED: frozenset({CaseState.FORWARDED})}
"""A letter moves only a case that nobody has touched yet."""


def note_forwarding(letter: LetterSent) -> None:
    """Move a case that nobody has touched yet to «Inviata all'ufficio competente», once."""
    if letter.kind != "office_message" or letter.case_id is None:
        return
    try:
        moved = move(Case, letter.case_id, CaseState.FORWARDED, UNTOUCHED, version=Case.version + 1)
    except WrongState:
        return  # somebody has answered, closed or withdrawn it meanwhile
    if moved:
        record(letter.case_id, EntryKind.FORWARDED, at=letter.at, actor="system")
