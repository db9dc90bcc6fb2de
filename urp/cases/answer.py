"""The office answers the citizen in writing."""

from datetime import datetime

from urp.cases.events import CaseAnswered
from urp.cases.models import Case
from urp.cases.queries import CaseView
from urp.cases.states import MOVES, CaseState
from urp.cases.timeline import EntryKind, record
from urp.foundation.events import publish
from urp.foundation.states import move


def answer(case: CaseView, body: str, *, at: datetime, actor: str) -> int:
    """Write the answer on the timeline and tell everybody concerned; returns the entry's id.

    `actor` as in the timeline's table. A second answer to an answered case is one more message.
    Raises WrongState when the case is closed or withdrawn.
    """
    move(Case, case.id, CaseState.ANSWERED, MOVES, version=Case.version + 1)
    entry_id = record(case.id, EntryKind.ANSWER, at=at, actor=actor, body=body)
    publish(CaseAnswered(case.id, entry_id, body))
    return entry_id
