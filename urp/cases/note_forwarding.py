"""The competent office's copy has left: the case says so."""

from sqlalchemy import update

from urp.cases.models import Case
from urp.cases.states import CaseState
from urp.cases.timeline import EntryKind, record
from urp.foundation.clock import now
from urp.foundation.db import rows_changed
from urp.outbox.events import LetterSent


def note_forwarding(letter: LetterSent) -> None:
    """Move a case that nobody has touched yet to «Inviata all'ufficio competente», once."""
    if letter.kind != "office_message" or letter.case_id is None:
        return
    fresh = update(Case).where(Case.id == letter.case_id, Case.state == CaseState.RECEIVED)
    if rows_changed(fresh.values(state=CaseState.FORWARDED)) == 1:
        record(letter.case_id, EntryKind.FORWARDED, at=now(), actor="system")
