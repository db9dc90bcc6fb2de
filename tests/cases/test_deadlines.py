"""Statutory terms end on the day the law says, never later."""

from datetime import date

import pytest

from urp.cases.deadlines import due_on
from urp.hours.holidays import national

HOLIDAYS = national(2026, 2028)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 23), date(2026, 12, 23)),
        (date(2026, 11, 6), date(2026, 12, 9)),  # Sunday 6, Sant'Ambrogio 7, Immacolata 8
        (date(2026, 11, 25), date(2026, 12, 28)),  # Christmas, a holiday on Saturday 26, Sunday 27
        (date(2026, 11, 12), date(2026, 12, 12)),  # a plain Saturday stays
        (date(2027, 9, 4), date(2027, 10, 5)),  # Monday 4 October 2027, San Francesco
        (date(2026, 12, 2), date(2027, 1, 1 + 1)),  # New Year's Day; Saturday 2 January is not a holiday
        (date(2028, 1, 30), date(2028, 2, 29)),
    ],
)
def test_thirty_days_leave_out_the_day_of_receipt_and_move_past_holidays(received, due):
    assert due_on(received, 30, HOLIDAYS) == due


def test_a_body_may_give_itself_the_saturday():
    assert due_on(date(2026, 11, 12), 30, HOLIDAYS, saturday_extends=True) == date(2026, 12, 14)


def test_one_suspension_adds_its_days():
    assert due_on(date(2026, 11, 23), 30, HOLIDAYS, suspended_days=10) == date(2027, 1, 2)
    assert due_on(date(2026, 11, 23), 30, HOLIDAYS, suspended_days=30) == date(2027, 1, 22)


@pytest.mark.parametrize("suspended", [31, -1])
def test_a_suspension_lasts_at_most_thirty_days(suspended):
    with pytest.raises(ValueError, match="at most 30 days"):
        due_on(date(2026, 11, 23), 30, HOLIDAYS, suspended_days=suspended)


def test_a_term_of_no_days_is_none():
    with pytest.raises(ValueError, match="at least one day"):
        due_on(date(2026, 11, 23), 0, HOLIDAYS)
