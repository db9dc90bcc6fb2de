"""What the office publishes is what every process reads, from the next request on."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from tests.factories.hours import BOTH, COUNTER, PHONE, Closure, Hours, rome
from urp.foundation.changes import Changes
from urp.foundation.db import db, transaction
from urp.hours import publish, queries
from urp.hours.holidays import Override
from urp.hours.models import HolidayPlace, HoursException, HoursRule

MONDAY = rome("2026-11-23 10:30")
PUBLISHED = [
    Hours("telefono", PHONE),
    Hours("sportello", COUNTER, by_appointment=True, note="Solo su appuntamento"),
]


def test_the_office_file_gives_the_published_hours(app, ctx):
    assert queries.calendar("telefono").is_open(MONDAY)
    assert not queries.calendar("sportello").is_open(rome("2026-11-24 10:30"))
    assert queries.calendar("sportello").interval_at(rome("2026-11-24 10:30"))
    assert queries.calendar("telefono").closed_reason(date(2026, 12, 7)) == "Sant’Ambrogio"


def test_what_is_published_is_read_back(app, ctx):
    _store(app, PUBLISHED, [Closure(BOTH, date(2026, 11, 23), date(2026, 11, 23), reason_en="holiday")])
    timetable = queries.timetable("sportello")
    assert timetable.rules[0].note == "Solo su appuntamento"
    assert str(timetable.rules[0].rule) == COUNTER
    assert timetable.calendar.closed_reason(date(2026, 11, 23), "en") == "holiday"
    assert not queries.calendar("telefono").is_open(MONDAY)


def test_a_change_is_seen_by_the_next_request_and_not_before(app):
    with app.app_context():
        before = queries.calendar("telefono")
        assert queries.calendar("telefono") is before
        _store(app, [Hours("telefono", "We 10:00-12:00")])
        assert queries.calendar("telefono") is before  # one answer speaks of one calendar
    with app.app_context():
        after = queries.calendar("telefono")
    assert after is not before
    assert not after.is_open(MONDAY)
    assert after.version != before.version


def test_an_untouched_calendar_is_compiled_once(app):
    with app.app_context():
        first = queries.calendar("telefono")
    with app.app_context():
        assert queries.calendar("telefono") is first


def test_a_change_that_is_rolled_back_leaves_no_trace(app):
    with pytest.raises(ZeroDivisionError):
        _store_and_fail(app, [Hours("telefono", "We 10:00-12:00")])
    with app.app_context():
        assert queries.calendar("telefono").is_open(MONDAY)


def test_the_calendar_moves_on_at_new_year_in_rome(app):
    with app.app_context(), time_machine.travel(rome("2026-12-31 23:59"), tick=False):
        old = queries.calendar("telefono")
    with app.app_context(), time_machine.travel(rome("2027-01-01 00:00"), tick=False):
        new = queries.calendar("telefono")
        assert min(queries.legal_holidays()) == date(2026, 1, 1)
    assert (old.last, new.last) == (date(2028, 12, 31), date(2029, 12, 31))


def test_publishing_again_replaces_what_the_file_said_and_keeps_what_the_console_said(app):
    with app.app_context(), transaction():
        publish.store(PUBLISHED, [Closure(BOTH, date(2026, 12, 24), date(2026, 12, 24))])
        db.session.add(HoursRule(channel="telefono", valid_from=date(2027, 1, 1), expression="Mo 10:00-12:00"))
        db.session.add(HoursException(first_day=date(2026, 12, 31), last_day=date(2026, 12, 31), reason="console"))
    _store(app, PUBLISHED, [Closure(("telefono",), date(2026, 12, 23), date(2026, 12, 23))])
    with app.app_context():
        closures = [(one.channel, one.first_day) for one in db.session.scalars(select(HoursException))]
        assert sorted(closures, key=lambda one: one[1]) == [
            ("telefono", date(2026, 12, 23)),
            (None, date(2026, 12, 31)),
        ]
        assert [rule.valid_from for rule in queries.timetable("telefono").rules] == [
            date(2026, 1, 1),
            date(2027, 1, 1),
        ]


def test_publishing_twice_changes_nothing(app):
    closures = [Closure(BOTH, date(2026, 12, 24), date(2026, 12, 24))]
    _store(app, PUBLISHED, closures)
    with app.app_context():
        before = queries.calendar("telefono")
    assert str(_store(app, PUBLISHED, closures)) == "nothing changed"
    with app.app_context():
        assert queries.calendar("telefono") is before
        assert len(db.session.scalars(select(HoursRule)).all()) == 2
        assert len(db.session.scalars(select(HolidayPlace)).all()) == 1


def test_what_changed_is_told_by_name(app):
    christmas, eve = (Closure(BOTH, date(2026, 12, day), date(2027, 1, 6)) for day in (25, 24))
    _store(app, PUBLISHED, [christmas])
    phone, counter = PUBLISHED
    later = replace(phone, valid_from=date(2027, 1, 1))
    assert _store(app, [phone, replace(counter, note="altro"), later], [replace(christmas, ranges="10:00-11:00")]) == (
        Changes(
            added=("hours telefono from 2027-01-01",),
            changed=("hours sportello from 2026-01-01", "closure 2026-12-25/2027-01-06"),
        )
    )
    changes = _store(app, [phone], [eve], overrides=[Override(date(2026, 12, 7), is_open=True)], subdivision="TO")
    assert changes == Changes(
        added=("closure 2026-12-24/2027-01-06", "holiday 2026-12-07"),
        changed=("patron saint",),
        retired=("hours sportello from 2026-01-01", "hours telefono from 2027-01-01", "closure 2026-12-25/2027-01-06"),
    )


def test_the_order_of_closures_is_a_change_because_the_last_decides(app):
    open_, closed = (Closure(("telefono",), date(2026, 11, 23), date(2026, 11, 23), r) for r in ("10:00-11:00", ""))
    _store(app, PUBLISHED, [open_, closed])
    assert _store(app, PUBLISHED, [closed, open_]).changed == ("order of hours_exception",)
    with app.app_context():
        assert queries.calendar("telefono").is_open(MONDAY)


def test_the_office_own_word_on_holidays_moves_its_days_and_not_the_law(app):
    works = Override(date(2026, 12, 7), is_open=True)
    _store(app, PUBLISHED, overrides=[works])
    with app.app_context():
        assert queries.calendar("telefono").is_open(rome("2026-12-07 10:30"))
        assert date(2026, 12, 7) in queries.legal_holidays()


def test_another_town_keeps_its_own_patron(app):
    _store(app, PUBLISHED, subdivision="TO")
    with app.app_context():
        assert queries.calendar("telefono").closed_reason(date(2026, 6, 24)) == "San Giovanni Battista"
        assert queries.calendar("telefono").closed_reason(date(2026, 12, 7)) is None


def test_wrong_hours_are_refused_whole(app):
    with pytest.raises(publish.WrongHours) as caught:
        _store(app, [Hours("telefono", "Mo 10:00-09:00")])
    assert [problem.path for problem in caught.value.problems] == ["hours.0.rule"]
    with app.app_context():
        assert queries.calendar("telefono").is_open(MONDAY)


def _store(app, hours, closures=(), **more) -> Changes:
    with app.app_context(), transaction():
        return publish.store(hours, closures, **more)


def _store_and_fail(app, hours) -> None:
    with app.app_context(), transaction():
        publish.store(hours)
        assert not queries.calendar("telefono").is_open(MONDAY)  # seen by the act itself
        raise ZeroDivisionError
