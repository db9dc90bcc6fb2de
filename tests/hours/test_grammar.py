"""The closed grammar reads what an office means and says what to write instead of anything else."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.hours import PHONE, WEEKS
from urp.hours.grammar import CLOSED_WEEK, GrammarError, TimeRange, parse, parse_ranges

MORNING = TimeRange(time(10), time(12))
AFTERNOON = TimeRange(time(14), time(16))


def test_the_published_hours_are_read():
    rule = parse(PHONE)
    assert rule.days == (*[(MORNING, AFTERNOON)] * 4, (MORNING,), (), ())


def test_a_day_of_the_year_has_the_hours_of_its_weekday():
    rule = parse("Fr 10:00-12:00")
    assert rule.on(date(2026, 12, 4)) == (MORNING,)
    assert rule.on(date(2026, 12, 5)) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Tu,Th 10:00-12:00",
        "  Tu , Th   10:00 - 12:00  ",
        "Th,Tu 10:00-12:00",
        "Tu 10:00-12:00; Th 10:00-12:00",
        "Tu 10:00-12:00;\nTh 10:00-12:00",
    ],
)
def test_spaces_and_order_do_not_change_the_meaning(text):
    assert parse(text) == parse("Tu,Th 10:00-12:00")


def test_ranges_are_put_in_order():
    assert parse_ranges("14:00-16:00, 10:00-12:00") == (MORNING, AFTERNOON)


def test_off_never_opens():
    assert parse(" off ") == CLOSED_WEEK


@given(WEEKS)
def test_what_is_written_back_is_read_the_same(rule):
    assert parse(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "write off"),
        ("   ", "write off"),
        ("24/7", "like Mo-Th 10:00-12:00"),
        ("Mo-Fr", "like Mo-Th 10:00-12:00"),
        ("10:00-12:00", "like Mo-Th 10:00-12:00"),
        ("Mo-Fr off", "like Mo-Th 10:00-12:00"),
        ("Mo 10:00-12:00;", "remove it"),
        ("Mo 10:00-12:00;; Tu 10:00-12:00", "remove it"),
        ("lun 10:00-12:00", "write Mo Tu We Th Fr Sa Su"),
        ("Mo,, 10:00-12:00", "write Mo Tu We Th Fr Sa Su"),
        ("PH 10:00-12:00", "write Mo Tu We Th Fr Sa Su"),
        ("PH off", "like Mo-Th 10:00-12:00"),
        ("Dec 7 10:00-12:00", "'Dec' is not a day"),
        ("Mo-Fr 10:00-12:00; Nov 31 off", "'Nov' is not a day"),
        ('"solo su appuntamento"', "like Mo-Th 10:00-12:00"),
        ("Fr-Mo 10:00-12:00", "write it from Monday on"),
        ("Mo-Mo 10:00-12:00", "write it from Monday on"),
        ("Mo-We-Fr 10:00-12:00", "write it from Monday on"),
        ("Mo 9:30-12:00", "like 09:30-12:00"),
        ("Mo 10.00-12.00", "like 09:30-12:00"),
        ("Mo 10:00–12:00", "like 09:30-12:00"),
        ("Mo 10:00-12:00+", "like 09:30-12:00"),
        ("Mo 10:00-12:00 14:00-16:00", "like 09:30-12:00"),
        ("Mo 10:00-12:00,", "like 09:30-12:00"),
        ("Mo ١٠:٠٠-١٢:٠٠", "Mo-Th 10:00-12:00"),
        ("Mo 22:00-24:00", "use 00:00 to 23:59"),
        ("Mo 10:61-12:00", "use 00:00 to 23:59"),
        ("Mo 12:00-10:00", "hours do not run past midnight"),
        ("Mo 12:00-12:00", "hours do not run past midnight"),
        ("Mo 10:00-12:00,11:00-13:00", "overlap or touch"),
        ("Mo 10:00-12:00,12:00-13:00", "write them as one range"),
        ("Mo-Th 10:00-12:00; Th 14:00-16:00", "Th is named twice"),
        ("Mo,Mo 10:00-12:00", "Mo is named twice"),
    ],
)
def test_a_mistake_is_answered_with_what_to_write(text, advice):
    with pytest.raises(GrammarError) as caught:
        parse(text)
    assert advice in str(caught.value)
    assert len(str(caught.value)) < 140


def test_a_text_beyond_eight_kilobytes_is_not_even_read():
    longest = "Mo 10:00-12:00" + " " * (8192 - len("Mo 10:00-12:00"))
    assert parse(longest) == parse("Mo 10:00-12:00")
    with pytest.raises(GrammarError, match="longer than 8192 bytes"):
        parse(longest + " ")


@given(st.text(alphabet="MoTuWehFrSa0123456789:-,; off", max_size=60))
def test_any_text_is_either_read_or_answered(text):
    try:
        rule = parse(text)
    except GrammarError:
        return
    assert parse(str(rule)) == rule
