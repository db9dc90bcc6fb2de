"""The office's own claims: every free tick of every desk, in few words, and nothing that somebody has."""

from datetime import date

import pytest
from sqlalchemy import func, select

from tests.factories.appointments import MONDAY, TUESDAY, booked, claims_of, publish_hours, seen
from tests.factories.busy_counter import figures
from tests.factories.statements import counted
from urp.appointments import fence
from urp.appointments.closures import plan
from urp.appointments.models import Claim
from urp.appointments.slots import tick_of
from urp.appointments.states import BlockKind
from urp.foundation.db import db, transaction
from urp.hours.written import WrittenDays

WEEK = WrittenDays(date(2026, 11, 30), date(2026, 12, 4), ("sportello",), reason="trasloco")
FIRST = tick_of(TUESDAY)

pytestmark = pytest.mark.usefixtures("office")


def raised(ticks, desks, kind=BlockKind.CLOSURE):
    with transaction():
        return fence.raise_fence(kind, ticks, desks, free_at=MONDAY, reason="trasloco")


def test_a_week_of_fifty_desks_is_closed_with_one_insert() -> None:
    ticks, desks = range(FIRST, FIRST + 5 * 156), range(1, 51)

    with counted(db.engine) as seen_:
        raised(ticks, desks)

    assert db.session.scalar(select(func.count()).select_from(Claim)) == len(ticks) * len(desks)
    assert len([one for one in seen_.statements if one.startswith("INSERT INTO claim")]) == 1


def test_gaps_are_closed_and_what_somebody_has_is_left_to_them() -> None:
    visit = booked(TUESDAY, 1)
    block_id = raised(range(FIRST, FIRST + 12), (1,))
    assert len(claims_of(block_id=block_id)) == 6

    with transaction():
        fence.close_gaps(block_id, range(FIRST, FIRST + 14), (1,))
    with counted(db.engine) as seen_, transaction():
        fence.close_gaps(block_id, range(FIRST, FIRST + 14), (1,))

    assert len(claims_of(block_id=block_id)) == 8
    assert len(claims_of(appointment_id=visit.id)) == seen(visit.id).ticks
    assert not [one for one in seen_.statements if one.startswith("INSERT")]


def test_nothing_is_lifted_between_two_equal_instants() -> None:
    raised(range(FIRST, FIRST + 6), (1,))

    with transaction():
        assert fence.lift(BlockKind.CLOSURE, range(FIRST, FIRST)) == 0
        assert fence.lift(BlockKind.ABSENCE, range(FIRST, FIRST + 6)) == 0
        assert fence.lift(BlockKind.CLOSURE, range(FIRST, FIRST + 6)) == 6


def test_an_absence_keeps_what_a_closure_kept_and_not_the_other_way_round() -> None:
    ticks = range(FIRST, FIRST + 6)
    closure = raised(ticks, (1, 2))
    absence = raised(ticks, (1,), BlockKind.ABSENCE)
    again = raised(ticks, (1, 2))

    assert [len(claims_of(block_id=one)) for one in (closure, absence, again)] == [6, 6, 0]


def test_a_plan_asks_once_for_what_is_busy_however_many_it_hits() -> None:
    publish_hours(counter="Mo-Fr 08:00-13:00")
    figures(phone_share_percent=0, desks=50)
    asked = []
    for visits in (1, 9):
        for number in range(visits):
            booked(number=visits + number, channel="phone", at=MONDAY)
        with counted(db.engine) as seen_:
            hits = plan(WrittenDays(date(2026, 11, 23), date(2026, 11, 24), ("sportello",), reason="x"), at=MONDAY).hits
        asked.append(len(seen_.statements))
    assert len(hits) == 10
    assert asked[0] == asked[1]
