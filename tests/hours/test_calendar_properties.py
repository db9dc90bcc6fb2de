"""What must hold of any calendar at any instant."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.factories.hours import WEEKS
from urp.hours.calendar import Calendar
from urp.hours.days import DatedRule
from urp.hours.holidays import DayName

FIRST, LAST = date(2026, 9, 21), date(2026, 11, 22)  # nine weeks around the end of summer time
EDGE = datetime(2026, 11, 1, tzinfo=UTC)

HOLIDAYS = st.lists(st.dates(FIRST, LAST), max_size=6).map(
    lambda days: {day: DayName("festa", "feast") for day in days}
)
CALENDARS = st.builds(
    lambda rule, holidays: Calendar([DatedRule(FIRST, rule)], first=FIRST, last=LAST, holidays=holidays),
    WEEKS,
    HOLIDAYS,
)
INSTANTS = st.datetimes(datetime(2026, 9, 21), datetime(2026, 11, 1), timezones=st.just(UTC))
AMOUNTS = st.timedeltas(timedelta(), timedelta(hours=9))


@settings(deadline=None)
@given(CALENDARS, INSTANTS, st.data())
def test_it_is_open_exactly_inside_an_interval(calendar, at, data):
    intervals = calendar.intervals(FIRST, LAST)
    if intervals:  # instants at the very edge are the interesting ones
        edge = data.draw(st.sampled_from(intervals))
        at = data.draw(st.sampled_from([at, edge.starts_at, edge.ends_at, edge.ends_at - timedelta.resolution]))
    assert calendar.is_open(at) == any(one.starts_at <= at < one.ends_at for one in intervals)


@settings(deadline=None)
@given(CALENDARS, INSTANTS)
def test_the_next_opening_is_the_first_that_starts_later(calendar, at):
    later = [one for one in calendar.intervals(FIRST, LAST) if one.starts_at > at]
    assert calendar.next_opening(at) == min(later, key=lambda one: one.starts_at, default=None)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, AMOUNTS, AMOUNTS)
def test_open_time_is_added_in_one_go_or_in_two(calendar, at, some, more):
    assume(_open_between(calendar, at, EDGE) >= some + more)
    assert calendar.add_open_time(calendar.add_open_time(at, some), more) == calendar.add_open_time(at, some + more)


@settings(deadline=None)
@given(CALENDARS, INSTANTS, AMOUNTS)
def test_the_time_that_passes_is_the_time_that_was_asked(calendar, at, amount):
    assume(_open_between(calendar, at, EDGE) >= amount)
    assert _open_between(calendar, at, calendar.add_open_time(at, amount)) == amount


@settings(deadline=None)
@given(CALENDARS)
def test_intervals_come_in_order_and_never_touch(calendar):
    intervals = calendar.intervals(FIRST, LAST)
    edges = [edge for one in intervals for edge in (one.starts_at, one.ends_at)]
    assert edges == sorted(set(edges))


def _open_between(calendar: Calendar, first: datetime, last: datetime) -> timedelta:
    overlaps = (min(one.ends_at, last) - max(one.starts_at, first) for one in calendar.intervals(FIRST, LAST))
    return sum((max(overlap, timedelta()) for overlap in overlaps), timedelta())
