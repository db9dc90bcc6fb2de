"""The citizen takes the request back."""

from datetime import datetime

from urp.cases.events import CaseWithdrawn
from urp.cases.models import Case
from urp.cases.queries import CaseView
from urp.cases.states import MOVES, CaseState
from urp.cases.timeline import EntryKind, record
from urp.foundation.events import publish
from urp.foundation.states import move


def withdraw(case: CaseView, *, at: datetime) -> bool:
    """Withdraw the case and tell the office; False if it already was. Raises WrongState when closed."""
    if not move(Case, case.id, CaseState.WITHDRAWN, MOVES, closed_at=at, version=Case.version + 1):
        return False
    record(case.id, EntryKind.WITHDRAWN, at=at, actor="citizen")
    publish(CaseWithdrawn(case.id))
    return True
