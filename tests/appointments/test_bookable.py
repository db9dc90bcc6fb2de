"""Who may book what, and until when: the calendar and the office's figures put together."""

from datetime import date, datetime, timedelta

import pytest

from tests.factories.appointments import HALF_HOUR, MONDAY, THURSDAY, TUESDAY, booked, clock_stands, publish_hours
from tests.factories.busy_counter import figures
from tests.factories.hours import Closure, rome
from tests.factories.statements import counted
from urp.appointments import bookable
from urp.appointments.bookable import Channel
from urp.foundation.clock import to_rome
from urp.foundation.db import db
from urp.offices import queries as offices

pytestmark = pytest.mark.usefixtures("office")
MINUTE = timedelta(minutes=1)
REASONS = {
    "2026-11-23 09:00": "past",
    "2020-01-01 10:00": "past",
    "0001-01-02 10:00": "past",
    "2026-12-24 10:00": "beyond",
    "9999-12-31 23:59": "beyond",
    "2026-12-08 10:00": "holiday",
    "2026-11-25 10:00": "closed",
    "2026-11-24 09:30": "closed",
    "2026-11-24 12:00": "closed",
    "2026-11-24 10:10": "off_grid",
    "2026-11-24 10:00:01": "off_grid",
    "2026-11-23 10:00": "closed",
    "2026-11-24 11:30": None,
    "2026-11-24 11:00": None,  # kept for the phone, and on offer
}


def shown(channel: Channel = "web", at: datetime = MONDAY, ticks: int = HALF_HOUR, **days: date) -> list[str]:
    found = bookable.free_starts(ticks=ticks, channel=channel, at=at, **days)
    return [f"{to_rome(start):%m-%d %H:%M}" for start in found]


def why(wall: str, channel: Channel = "web", at: datetime = MONDAY, ticks: int = HALF_HOUR) -> str | None:
    return bookable.refusal(rome(wall), ticks=ticks, channel=channel, at=at)


def test_the_length_comes_from_topic_and_needs() -> None:
    topic = offices.topic("ambiente")
    assert bookable.length(None, ()) == bookable.length(topic, ["unknown"]) == 6
    assert bookable.length(topic, ["lis"]) == 10
    assert bookable.length(topic, ["lis", "lingua", "accessibilita"]) == 14


def test_the_web_books_from_tomorrow_and_the_phone_from_now() -> None:
    assert bookable.window("web", MONDAY) == (date(2026, 11, 24), date(2026, 12, 23))
    assert bookable.window("phone", MONDAY) == (date(2026, 11, 23), date(2026, 12, 23))
    late = rome("2026-11-24 00:30")  # still Monday in UTC
    assert bookable.window("phone", late)[0] == date(2026, 11, 24)


def test_the_first_and_the_last_day_of_the_horizon_are_there_and_holidays_are_not() -> None:
    found = shown()
    days = sorted({one[:5] for one in found})
    assert days == ["11-24", "11-26", "12-01", "12-03", "12-10", "12-15", "12-17", "12-22"]  # the 8th is a holiday
    assert [one[6:] for one in found if one.startswith("11-24")] == [
        "10:00",
        "10:30",
        "11:30",
        "14:00",
        "14:30",
        "15:00",
    ]


def test_a_part_of_the_window_can_be_asked_for_and_nothing_beyond_it() -> None:
    everything = shown()
    week = [one for one in everything if one < "11-30"]
    assert shown(first=date(2026, 11, 23), last=date(2026, 11, 29)) == week
    assert shown(first=date(1, 1, 1), last=date(9999, 12, 31)) == everything
    assert shown(first=date(2027, 1, 4), last=date(2027, 1, 10)) == []
    assert shown(last=date(2026, 11, 23)) == []


def test_the_web_may_book_until_four_on_the_working_day_before() -> None:
    four = rome("2026-11-23 16:00")
    assert bookable.deadline(TUESDAY) == four
    assert shown(at=four - MINUTE)[0].startswith("11-24")
    assert shown(at=four)[0].startswith("11-26")
    assert why("2026-11-24 10:00", at=four - MINUTE) is None
    assert why("2026-11-24 10:00", at=four) == "too_soon"
    assert why("2026-11-24 10:00", "phone", at=four) is None


def test_the_working_day_before_is_not_a_holiday_nor_a_weekend() -> None:
    """The 8th of December 2026 is a Tuesday, the 7th the patron's day: for Thursday 10 it is Wednesday."""
    assert bookable.deadline(rome("2026-12-10 10:00")) == rome("2026-12-09 16:00")
    publish_hours(counter="Mo,Tu 10:00-12:00")
    assert bookable.deadline(rome("2026-11-30 10:00")) == rome("2026-11-27 16:00")
    with clock_stands(rome("2026-12-07 09:00")):
        assert bookable.deadline(rome("2026-12-08 10:00")) == rome("2026-12-04 16:00")


def test_the_phone_books_today_but_nothing_that_has_begun() -> None:
    ten_past = rome("2026-11-24 10:10")
    assert shown("phone", ten_past)[:2] == ["11-24 10:30", "11-24 11:00"]
    assert shown("phone", rome("2026-11-24 10:30"))[0] == "11-24 11:00"
    assert why("2026-11-24 10:00", "phone", ten_past) == "past"
    assert why("2026-11-24 10:30", "web", ten_past) == "too_soon"


def test_the_phones_share_is_everybodys_an_hour_before_the_phones_close_the_day_before() -> None:
    three = rome("2026-11-23 15:00")
    assert "11-24 11:00" not in shown(at=three - MINUTE)
    assert "11-24 11:00" in shown(at=three)
    assert "11-26 11:00" not in shown(at=three)
    assert "11-26 11:00" in shown("phone", at=three)
    start = rome("2026-11-24 11:00")
    for at, channel, desks in ((three - MINUTE, "web", []), (three, "web", [1]), (MONDAY, "phone", [1])):
        assert bookable.desks_for(start, ticks=HALF_HOUR, channel=channel, at=at) == desks


def test_without_a_share_the_web_sees_what_the_phone_sees() -> None:
    figures(phone_share_percent=0, desks=2)
    assert shown() == shown("phone")
    assert bookable.desks_for(TUESDAY, ticks=HALF_HOUR, channel="web", at=MONDAY) == [1, 2]


def test_each_start_that_is_not_on_offer_has_its_reason() -> None:
    assert {wall: why(wall) for wall in REASONS} == REASONS


def test_a_long_visit_must_end_before_the_counter_closes() -> None:
    assert why("2026-11-24 11:30", ticks=HALF_HOUR + 1) == "off_grid"
    assert why("2026-11-24 11:00", ticks=2 * HALF_HOUR) is None


def test_a_closure_of_the_office_has_its_reason_too() -> None:
    day = date(2026, 11, 24)
    publish_hours(Closure(("sportello",), day, day, reason="assemblea"))
    assert why("2026-11-24 10:00") == "holiday"
    publish_hours(Closure(("sportello",), day, day, ranges="14:00-16:00"))
    assert why("2026-11-24 10:00") == "closed"
    assert bookable.covered(rome("2026-11-24 15:30"), HALF_HOUR)
    assert not bookable.covered(rome("2026-11-24 15:35"), HALF_HOUR)
    assert not bookable.covered(rome("2026-11-24 10:00"), HALF_HOUR)


def test_a_visit_that_lies_between_two_steps_is_covered_all_the_same() -> None:
    assert bookable.covered(rome("2026-11-24 10:10"), HALF_HOUR)


def test_what_is_taken_is_not_shown_and_a_longer_visit_needs_all_its_minutes() -> None:
    booked(TUESDAY)
    booked(rome("2026-11-24 14:30"), 2)
    assert shown(last=date(2026, 11, 24)) == ["11-24 10:30", "11-24 11:30", "11-24 14:00", "11-24 15:00"]
    assert shown("phone", last=date(2026, 11, 24), ticks=10) == ["11-24 10:30", "11-24 11:00", "11-24 15:00"]


def test_every_start_shown_is_on_offer_and_has_a_desk() -> None:
    for channel in ("web", "phone"):
        for start in bookable.free_starts(ticks=10, channel=channel, at=MONDAY):
            assert bookable.refusal(start, ticks=10, channel=channel, at=MONDAY) is None
            assert bookable.desks_for(start, ticks=10, channel=channel, at=MONDAY)
            assert bookable.covered(start, 10)


def test_the_nearest_times_are_the_closest_first() -> None:
    booked(THURSDAY)
    found = bookable.nearest_free(THURSDAY, ticks=HALF_HOUR, channel="web", at=MONDAY)
    assert [f"{to_rome(one):%d %H:%M}" for one in found] == ["26 10:30", "26 11:30", "26 14:00"]
    anywhere = bookable.nearest_free(rome("0001-01-02 00:00"), ticks=HALF_HOUR, channel="web", at=MONDAY)
    assert anywhere[0] == TUESDAY


def test_a_counter_without_phone_hours_takes_the_day_before() -> None:
    publish_hours(phone="Mo-Fr 10:00-12:00", counter="Mo,We 10:00-12:00")
    assert bookable.deadline(rome("2026-11-25 10:00")) == rome("2026-11-24 16:00")
    assert bookable.deadline(rome("2025-01-01 10:00")) == rome("2024-12-31 16:00")


def test_the_list_asks_the_database_once() -> None:
    bookable.free_starts(ticks=HALF_HOUR, channel="web", at=MONDAY)
    db.session.rollback()
    with counted(db.engine) as seen:
        bookable.free_starts(ticks=HALF_HOUR, channel="web", at=MONDAY)
    assert len(seen.statements) == 1
    assert "FROM claim" in seen.statements[0]
