"""What an answer in writing means for a visit: perhaps nobody needs to come."""

from urp.appointments import letters, queries
from urp.appointments.states import State
from urp.cases.events import CaseAnswered
from urp.foundation.clock import now


def perhaps_not_needed(event: CaseAnswered) -> None:
    """Tell who still has a visit in this case that they may give it up; nothing changes by itself."""
    visit = queries.active_of_case(event.case_id)
    if visit is not None and visit.state == State.CONFIRMED and visit.starts_at > now():
        letters.not_needed(visit)
