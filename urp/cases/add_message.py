"""The citizen adds words to an open case."""

from datetime import datetime

from urp.cases import queries
from urp.cases.events import MessageAdded
from urp.cases.queries import CaseView
from urp.cases.states import OPEN
from urp.cases.timeline import EntryKind, record
from urp.foundation.errors import WrongState
from urp.foundation.events import publish


def add_message(case: CaseView, body: str, *, at: datetime) -> int:
    """Write the words on the timeline and tell who follows the case; returns the entry's id.

    Raises WrongState when the case is closed or withdrawn.
    """
    if (state := queries.locked_state(case.id)) not in OPEN:
        raise WrongState(f"case {case.id} is {state}")
    entry_id = record(case.id, EntryKind.CITIZEN_MESSAGE, at=at, actor="citizen", body=body)
    publish(MessageAdded(case.id, entry_id, body))
    return entry_id
