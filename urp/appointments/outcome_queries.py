"""How visits ended, counted by topic: numbers of a period, never a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from urp.appointments.models import Appointment
from urp.appointments.states import State
from urp.foundation.db import db


@dataclass(frozen=True)
class Outcomes:
    """The visits of one topic: who came and who did not, as numbers."""

    topic_id: int | None
    attended: int
    missed: int

    @property
    def total(self) -> int:
        """The visits whose end is known."""
        return self.attended + self.missed


def outcomes(since: datetime, until: datetime) -> list[Outcomes]:
    """The visits that began from `since` to before `until` (aware instants), by topic, the most visited first."""
    came, stayed_away = (func.count().filter(Appointment.state == state) for state in (State.ATTENDED, State.MISSED))
    counted = (
        select(Appointment.topic_id, came, stayed_away)
        .where(Appointment.starts_at >= since, Appointment.starts_at < until)
        .where(Appointment.state.in_((State.ATTENDED, State.MISSED)))
        .group_by(Appointment.topic_id)
    )
    found = [Outcomes(*row) for row in db.session.execute(counted)]
    return sorted(found, key=lambda one: (-one.total, one.topic_id or 0))
