"""Holding a time: nobody else gets it, and changing one's mind loses nothing."""

from datetime import timedelta

import pytest

from tests.factories.appointments import HALF_HOUR, MONDAY, THURSDAY, TUESDAY, booked, claims_of, held, seen
from tests.factories.busy_counter import figures
from tests.factories.hours import rome
from tests.factories.snapshots import all_rows
from urp.appointments.cancel import cancel
from urp.appointments.refusals import NotOnOffer, Taken
from urp.foundation.db import transaction

pytestmark = pytest.mark.usefixtures("office")
MINUTE = timedelta(minutes=1)


def test_a_hold_keeps_its_ticks_for_a_quarter_of_an_hour_and_is_nobodys_yet() -> None:
    hold = seen(held(TUESDAY))
    assert claims_of() == [(TUESDAY + n * 5 * MINUTE, 1) for n in range(HALF_HOUR)]
    assert (hold.state, hold.desk, hold.ticks, hold.starts_at) == ("held", 1, HALF_HOUR, TUESDAY)
    assert hold.expires_at == MONDAY + 15 * MINUTE
    assert (hold.case_id, hold.applicant, hold.seq) == (None, None, 0)


def test_who_comes_second_is_told_and_leaves_no_trace(rows) -> None:
    held(TUESDAY)
    before = rows()
    with pytest.raises(Taken):
        held(TUESDAY)
    assert rows() == before


def test_the_next_desk_is_tried_and_half_a_desk_is_not_enough() -> None:
    figures(desks=2, phone_share_percent=0)
    first, second = held(TUESDAY, ticks=10), held(TUESDAY)
    assert [seen(one).desk for one in (first, second)] == [1, 2]
    third = held(rome("2026-11-24 10:30"), ticks=10)  # desk 1 is busy until 10.50
    assert seen(third).desk == 2
    with pytest.raises(Taken):
        held(rome("2026-11-24 10:30"))
    assert len(claims_of()) == 10 + 6 + 10


def test_what_is_not_on_offer_is_refused_with_its_reason(rows) -> None:
    before = rows()
    for wall, why in (
        ("2026-11-24 10:05", "off_grid"),
        ("2026-12-08 10:00", "holiday"),
        ("2027-11-23 10:00", "beyond"),
    ):
        with pytest.raises(NotOnOffer) as refused:
            held(rome(wall))
        assert refused.value.why == why
    assert rows() == before


def test_what_is_kept_for_the_phone_is_taken_for_the_web() -> None:
    eleven = rome("2026-11-24 11:00")
    with pytest.raises(Taken):
        held(eleven)
    assert seen(held(eleven, at=rome("2026-11-23 15:00"))).starts_at == eleven


def test_another_time_instead_gives_the_first_one_back() -> None:
    hold_id = held(TUESDAY)
    later = MONDAY + 10 * MINUTE
    assert held(THURSDAY, at=later, instead_of=hold_id) == hold_id
    assert seen(hold_id).starts_at == THURSDAY
    assert seen(hold_id).expires_at == later + 15 * MINUTE
    assert claims_of() == claims_of(appointment_id=hold_id) == [(THURSDAY + n * 5 * MINUTE, 1) for n in range(6)]
    assert held(TUESDAY) != hold_id


def test_a_second_choice_that_is_gone_leaves_the_first(rows) -> None:
    booked(THURSDAY)
    hold_id = held(TUESDAY)
    before = rows()
    with pytest.raises(Taken):
        held(THURSDAY, instead_of=hold_id)
    with pytest.raises(NotOnOffer):
        held(THURSDAY + 5 * MINUTE, instead_of=hold_id)
    assert rows() == before


def test_the_same_time_may_become_longer_and_shorter() -> None:
    hold_id = held(TUESDAY)
    held(TUESDAY, ticks=10, instead_of=hold_id)
    assert len(claims_of(appointment_id=hold_id)) == seen(hold_id).ticks == 10
    held(TUESDAY, ticks=4, instead_of=hold_id)
    assert claims_of() == [(TUESDAY + n * 5 * MINUTE, 1) for n in range(4)]


def test_a_longer_visit_that_overlaps_the_present_one_counts_its_own_minutes_as_free() -> None:
    hold_id = held(TUESDAY, ticks=12)
    held(rome("2026-11-24 10:30"), ticks=6, instead_of=hold_id)
    assert claims_of() == [(rome("2026-11-24 10:30") + n * 5 * MINUTE, 1) for n in range(6)]


def test_longer_needs_do_not_lose_a_time_that_was_chosen_before_the_deadline() -> None:
    last_moment, too_late = rome("2026-11-23 15:59"), rome("2026-11-23 16:01")
    hold_id = held(TUESDAY, at=last_moment)
    held(TUESDAY, at=too_late, ticks=10, instead_of=hold_id)
    assert seen(hold_id).ticks == 10
    for start, instead_of in ((rome("2026-11-24 14:00"), hold_id), (TUESDAY, None)):
        with pytest.raises(NotOnOffer) as refused:
            held(start, at=too_late, instead_of=instead_of)
        assert refused.value.why == "too_soon"


def test_nobody_keeps_times_for_more_than_twice_the_minutes_of_a_hold() -> None:
    hold_id = held(TUESDAY)
    for minutes, start, until in ((14, THURSDAY, 29), (28, TUESDAY, 30), (30, THURSDAY, 30)):
        assert held(start, at=MONDAY + minutes * MINUTE, instead_of=hold_id) == hold_id
        assert seen(hold_id).expires_at == MONDAY + until * MINUTE


def test_another_length_at_the_same_time_keeps_it_no_longer() -> None:
    hold_id = held(TUESDAY)
    held(TUESDAY, at=MONDAY + 14 * MINUTE, ticks=10, instead_of=hold_id)
    assert seen(hold_id).expires_at == MONDAY + 15 * MINUTE


def test_a_hold_whose_minutes_are_over_begins_again_while_its_time_is_on_offer() -> None:
    hold_id = held(TUESDAY)
    late = MONDAY + 16 * MINUTE
    assert held(TUESDAY, at=late, instead_of=hold_id) == hold_id
    assert (seen(hold_id).created_at, seen(hold_id).expires_at) == (late, late + 15 * MINUTE)
    assert len(claims_of()) == HALF_HOUR
    with pytest.raises(NotOnOffer) as refused:
        held(TUESDAY, at=rome("2026-11-23 16:01"), ticks=10, instead_of=hold_id)
    assert refused.value.why == "too_soon"


def test_a_hold_that_is_no_longer_held_is_not_touched() -> None:
    visit = booked(TUESDAY)
    other = held(THURSDAY, instead_of=visit.id)
    assert other != visit.id
    assert seen(visit.id) == visit
    assert held(rome("2026-12-01 10:00"), instead_of=987_654) not in (visit.id, other)


def test_a_hold_can_be_given_back() -> None:
    hold_id = held(TUESDAY)
    with transaction():
        assert cancel(hold_id, at=MONDAY, by="citizen") is True
    with transaction():
        assert cancel(hold_id, at=MONDAY, by="citizen") is False
    assert claims_of() == []
    assert seen(held(TUESDAY)).starts_at == TUESDAY


@pytest.fixture
def rows(app):
    """Every row of every table as it is now."""
    return lambda: all_rows(app)
