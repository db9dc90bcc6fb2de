"""Who is moved hears of it in time: by letter if it comes before the day, else by phone too."""

from datetime import date, datetime

import pytest

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands, publish_hours, seen
from tests.factories.hours import rome
from urp.appointments import closures, queries
from urp.appointments.outside import COUNTER
from urp.appointments.states import State
from urp.foundation.db import transaction
from urp.hours.written import WrittenDays

EVENING = rome("2026-11-23 20:00")

pytestmark = pytest.mark.usefixtures("office")


def closing(
    day: date, at: datetime, *, until: date | None = None, choice: str = "move", channels: tuple[str, ...] = (COUNTER,)
):
    """What a closure from that day on foresees, and what it does."""
    closure = WrittenDays(day, until or day, channels, reason="sciopero")
    with clock_stands(at):
        [hit] = closures.plan(closure, at=at).hits
        with transaction():
            [one] = closures.apply(closure, choice=choice, at=at).settled
    return hit, one


@pytest.mark.parametrize(("at", "free"), [(MONDAY, rome("2026-11-24 11:30")), (EVENING, None)])
def test_in_the_evening_nobody_is_moved_to_the_next_morning(at: datetime, free: datetime | None) -> None:
    publish_hours(counter="Mo-Fr 10:00-12:00")
    visit = booked(rome("2026-11-25 10:00"), 1)

    hit, one = closing(date(2026, 11, 25), at, until=date(2027, 3, 31))  # only Tuesday is left

    assert hit.proposal == one.starts_at == free
    assert seen(visit.id).state == (State.CONFIRMED if free else State.CANCELLED)
    assert queries.to_call() == []


@pytest.mark.parametrize("choice", ["move", "release"])
@pytest.mark.parametrize(
    ("at", "called"),
    [(MONDAY, False), (EVENING, True), (rome("2026-11-24 08:00"), True)],
)
def test_a_letter_that_may_come_too_late_is_not_trusted(at: datetime, called: bool, choice: str) -> None:
    visit = booked(TUESDAY, 1)

    hit, one = closing(date(2026, 11, 24), at, choice=choice)

    assert hit.to_call == one.to_call == called
    assert [waiting.id for waiting in queries.to_call()] == [visit.id] * called


def test_the_plan_counts_with_the_phones_as_they_will_be() -> None:
    """The counter's Wednesday could be booked until Tuesday's last call; when Tuesday closes, that was on Monday."""
    publish_hours(counter="Mo-Fr 10:00-12:00")
    booked(TUESDAY, 1)

    hit, one = closing(date(2026, 11, 24), EVENING, channels=("telefono", "sportello"))

    assert hit.proposal == one.starts_at == THURSDAY
