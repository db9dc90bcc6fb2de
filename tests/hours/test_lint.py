"""Hours that could not be meant are stopped before they are published."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from tests.factories.hours import COUNTER, PHONE
from urp.hours.holidays import Override
from urp.hours.lint import check, check_lengths, check_promise

TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Hours:
    channel: str = "telefono"
    rule: str = PHONE
    valid_from: date = date(2026, 1, 1)
    by_appointment: bool = False
    note: str = ""
    note_en: str = ""


@dataclass(frozen=True)
class Closure:
    channels: tuple[str, ...] = ("telefono",)
    first_day: date = date(2026, 12, 24)
    last_day: date = date(2026, 12, 24)
    ranges: str = ""
    reason: str = "ponte"
    reason_en: str = ""
    notice: str = ""
    notice_en: str = ""


def test_the_published_hours_have_nothing_to_correct():
    assert check([Hours(), Hours("sportello", COUNTER, by_appointment=True)], [Closure()], today=TODAY) == []


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("Mo 06:45-12:00", "06:45-12:00 is outside 07:00-20:00"),
        ("Mo 15:00-20:15", "15:00-20:15 is outside 07:00-20:00"),
        ("Mo 09:00-15:01", "09:00-15:01 is longer than 6 hours"),
        ("Mo 10:00-09:00", "closes before it opens"),
        ("Mo 10:00-12:00,11:00-13:00", "overlap"),
    ],
)
def test_an_implausible_rule_is_told_with_its_place(rule, message):
    [problem] = check([Hours(), Hours("sportello", rule)], today=TODAY)
    assert problem.path == "hours.1.rule"
    assert message in problem.message


def test_the_widest_plausible_hours_pass():
    assert check([Hours(rule="Mo 07:00-13:00,14:00-20:00")], today=TODAY) == []


def test_a_range_used_on_many_days_is_told_once():
    assert len(check([Hours(rule="Mo-Fr 10:00-12:00,18:00-21:00")], today=TODAY)) == 1


@pytest.mark.parametrize("ranges", ["10-12", "21:00-22:00"])
def test_the_ranges_of_a_closure_are_read_too(ranges):
    [problem] = check([Hours()], [Closure(), Closure(ranges=ranges)], today=TODAY)
    assert problem.path == "closures.1.ranges"


def test_fewer_than_forty_openings_a_year_are_a_mistake():
    weekly = Hours(rule="We 10:00-12:00")
    assert check([weekly], today=TODAY) == []
    assert check([weekly], [Closure(last_day=date(2027, 3, 10))], today=TODAY) == []
    [problem] = check([weekly], [Closure(last_day=date(2027, 3, 17))], today=TODAY)
    assert problem.path == "hours.0.rule"
    assert "only 39 openings in a year from 2026-11-23" in problem.message


def test_a_closure_of_the_other_channel_costs_no_openings():
    counter_only = Closure(("sportello",), last_day=date(2027, 4, 30))
    assert check([Hours(rule="We 10:00-12:00")], [counter_only], today=TODAY) == []


def test_off_is_a_decision_not_a_mistake():
    assert check([Hours(rule="off")], today=TODAY) == []


def promise(hours, count, closures=()):
    return check_promise("telefono", hours, closures, count=count, today=TODAY)


def in_working_days(days):
    return lambda calendar, at: calendar.add_working_days(at, days)


def test_a_promise_needs_hours_to_be_counted_in():
    assert promise([Hours()], in_working_days(3)) is None
    counter = Hours("sportello", COUNTER)
    assert promise([counter], in_working_days(3)).path == "hours"
    assert 'channel = "telefono"' in promise([counter], in_working_days(3)).message
    assert promise([counter, Hours(rule="off")], in_working_days(3)).path == "hours.1.rule"


def test_hours_that_end_one_day_end_the_promise_and_a_pause_does_not():
    summer = [Hours(rule="off", valid_from=date(2027, 7, 1)), Hours(valid_from=date(2027, 9, 1))]
    assert promise([Hours(), *summer], in_working_days(60)) is None
    assert promise([*summer[::-1], Hours()], in_working_days(60)) is None
    problem = promise([Hours(), summer[0]], in_working_days(3))
    assert (problem.path, "days and hours" in problem.message) == ("hours.1.rule", True)


def test_a_promise_must_end_within_the_calendar_even_when_made_on_the_last_day_of_the_year():
    weekly = Hours(rule="We 10:00-11:00")
    assert promise([weekly], in_working_days(98)) is None
    problem = promise([weekly], in_working_days(110))
    assert problem.path == "hours.0.rule"
    assert "before 2028-12-31" in problem.message
    assert promise([weekly], in_working_days(98), [Closure(last_day=date(2027, 3, 17))])
    assert promise([weekly], lambda calendar, at: calendar.add_open_time(at, timedelta(hours=110)))


def test_a_visit_must_fit_into_some_opening():
    hours = [Hours("sportello", "Tu 10:00-12:00,14:00-15:00"), Hours(rule="Mo 09:00-13:00")]
    lengths = {"institution.counter.visit_minutes": 120, "topics.3.visit_minutes": 125}

    [problem] = check_lengths("sportello", hours, lengths)

    assert problem.path == "topics.3.visit_minutes"
    assert problem.message == "no opening of sportello lasts 125 minutes: write at most 120"
    assert check_lengths("sportello", [Hours("sportello", "off")], lengths) == []


def test_two_rules_cannot_begin_on_one_day():
    [problem] = check([Hours(), Hours("sportello"), Hours(rule="off")], today=TODAY)
    assert problem.path == "hours.2.valid_from"


def test_a_rule_may_be_written_a_year_before_it_begins_and_no_earlier():
    soon = replace(Hours(), valid_from=date(2028, 1, 1))
    assert check([Hours(), soon], today=TODAY) == []
    [problem] = check([Hours(), replace(soon, valid_from=date(2028, 2, 1))], today=TODAY)
    assert "2028-02-01 is too far ahead" in problem.message


def test_days_of_rest_of_its_own_count_as_closed():
    wednesdays = [date.fromordinal(TODAY.toordinal() + 2 + 7 * week) for week in range(20)]
    rests = [Override(day, is_open=False, reason="inventario") for day in wednesdays]
    assert check([Hours(rule="We 10:00-12:00")], overrides=rests, today=TODAY)
