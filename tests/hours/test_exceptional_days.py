"""Closures and other hours for some days: checked like the file, added and taken back one by one."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from tests.factories.hours import rome
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound
from urp.hours import publish, queries, written
from urp.hours.models import HoursException

BOTH = ("telefono", "sportello")
TUESDAY = date(2026, 12, 15)


@pytest.fixture(autouse=True)
def on_a_monday() -> Iterator[None]:
    """Days to come are days to come, whenever the tests run."""
    with time_machine.travel(rome("2026-11-23 10:30"), tick=False):
        yield


@pytest.mark.parametrize(("channels", "phone_open"), [(("sportello",), True), (("telefono", "sportello"), False)])
def test_a_closure_is_added_for_the_channels_it_names(app, channels, phone_open):
    with app.app_context(), transaction():
        changes = publish.add_exception(TUESDAY, TUESDAY, channels=channels, reason="sciopero", reason_en="strike")
    assert str(changes) == f"1 added (closure 2026-12-15{'' if len(channels) > 1 else ' sportello'})"
    with app.app_context():
        assert queries.calendar("telefono").is_open(rome("2026-12-15 10:30")) is phone_open
        assert queries.calendar("sportello").intervals(TUESDAY, TUESDAY) == []
        assert queries.calendar("sportello").closed_reason(TUESDAY, "en") == "strike"


def test_an_exception_can_open_at_other_hours_and_the_last_word_counts(app):
    for ranges in ("", "10:00-11:00"):
        with app.app_context(), transaction():
            publish.add_exception(TUESDAY, TUESDAY, channels=BOTH, ranges=ranges, reason="assemblea")
    with app.app_context():
        [interval] = queries.calendar("sportello").intervals(TUESDAY, TUESDAY)
        assert interval.by_appointment
        assert len(db.session.scalars(select(HoursException)).all()) == 1


def test_what_is_added_twice_changes_nothing(app):
    for told in ("1 added (closure 2026-12-15)", "nothing changed"):
        with app.app_context(), transaction():
            assert str(publish.add_exception(TUESDAY, TUESDAY, channels=BOTH, reason="x")) == told


@pytest.mark.parametrize(
    ("first", "last", "more", "told"),
    [
        (date(2026, 12, 15), date(2026, 12, 14), {}, "the last day comes before the first"),
        (date(2026, 11, 20), date(2026, 11, 22), {}, "2026-11-22 is over"),
        (date(2026, 12, 15), date(2029, 1, 1), {}, "2029-01-01 is too far ahead: the calendar ends on 2028-12-31"),
        (date(2026, 12, 15), date(2026, 12, 15), {"channels": ()}, "no channel is named"),
        (date(2026, 12, 15), date(2026, 12, 15), {"ranges": "10-12"}, "write it like 09:30-12:00"),
        (date(2026, 12, 15), date(2026, 12, 15), {"ranges": "21:00-22:00"}, "outside 07:00-20:00"),
        (date(2026, 12, 1), date(2027, 10, 31), {}, "openings in a year"),
    ],
)
def test_days_that_cannot_be_meant_are_refused_and_nothing_is_stored(app, first, last, more, told):
    given = {"channels": BOTH, "reason": "x", **more}
    with app.app_context():
        with pytest.raises(publish.WrongHours) as caught, transaction():
            publish.add_exception(first, last, **given)
        assert db.session.scalars(select(HoursException)).all() == []
    assert told in str(caught.value)


def test_earlier_closures_count_when_openings_are_counted(app):
    with app.app_context():
        with transaction():
            publish.add_exception(date(2026, 12, 1), date(2027, 4, 30), channels=BOTH, reason="lavori")
        with pytest.raises(publish.WrongHours), transaction():
            publish.add_exception(date(2027, 5, 1), date(2027, 10, 31), channels=BOTH, reason="lavori")
    with app.app_context(), transaction():
        publish.remove_exception(date(2026, 12, 1), date(2027, 4, 30))
        assert publish.add_exception(date(2027, 5, 1), date(2027, 10, 31), channels=BOTH, reason="lavori")


def test_a_closure_is_taken_back_for_one_channel_or_for_all(app):
    with app.app_context(), transaction():
        publish.add_exception(TUESDAY, TUESDAY, channels=BOTH, reason="sciopero")
    with app.app_context(), transaction():
        assert str(publish.remove_exception(TUESDAY, TUESDAY, channels=("telefono",))) == (
            "1 retired (closure 2026-12-15)"
        )
    with app.app_context():
        assert queries.calendar("telefono").is_open(rome("2026-12-15 10:30"))
        assert queries.calendar("sportello").closed_reason(TUESDAY) == "sciopero"
    with app.app_context(), transaction():
        publish.remove_exception(TUESDAY, TUESDAY)
    with app.app_context():
        assert queries.calendar("sportello").intervals(TUESDAY, TUESDAY)


def test_only_what_was_written_can_be_taken_back_and_the_answer_says_what_there_is(app):
    with app.app_context(), transaction():
        with pytest.raises(NotFound, match="there is: nothing"):
            publish.remove_exception(TUESDAY, TUESDAY)
        publish.add_exception(date(2026, 12, 14), date(2026, 12, 18), channels=BOTH, reason="x")
        with pytest.raises(NotFound, match="there is: 2026-12-14/2026-12-18"):
            publish.remove_exception(TUESDAY, TUESDAY)


def test_a_new_office_file_keeps_the_closures_of_the_console(app):
    with app.app_context(), transaction():
        publish.add_exception(TUESDAY, TUESDAY, channels=BOTH, reason="sciopero")
    with app.app_context(), transaction():
        publish.store(written.rules())
    with app.app_context():
        assert queries.calendar("sportello").closed_reason(TUESDAY) == "sciopero"
