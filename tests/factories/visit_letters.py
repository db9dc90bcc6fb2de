"""Every letter that a visit can bring, written by what really happens."""

from datetime import timedelta

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands
from tests.factories.busy_counter import empty, figures
from tests.factories.cases import view
from tests.factories.hours import rome
from tests.factories.waiting import asked, make_all, released, waiting
from urp.appointments import remind
from urp.appointments.cancel import cancel
from urp.appointments.move import move
from urp.cases.answer import answer
from urp.foundation.db import transaction

EARLIER = rome("2026-11-20 10:00")


def write_all(**person: object) -> None:
    """All letters of visits and of the waiting list, to people who differ from Giulia in `person`."""
    with clock_stands():
        empty()
        figures(phone_share_percent=0)
        asked(1, person=person)
        waiting(THURSDAY, 2, person=person)
        released(TUESDAY, 3)
        assert make_all() == 1
        visit = booked(TUESDAY + timedelta(hours=1), 4, at=EARLIER, person=person)
        assert visit.case_id is not None
        with transaction():
            assert remind.remind(visit.id, MONDAY)
        with transaction():
            answer(view(visit.case_id), "Il pozzo è a posto.", at=MONDAY, actor="office")
        for by in ("citizen", "office"):
            other = booked(TUESDAY + timedelta(hours=4), 5, person=person)
            with transaction():
                assert move(other.id, THURSDAY + timedelta(hours=4 + (by == "office")), at=MONDAY, by=by)  # type: ignore[arg-type]
            with transaction():
                assert cancel(other.id, at=MONDAY, by=by)  # type: ignore[arg-type]
            empty()
