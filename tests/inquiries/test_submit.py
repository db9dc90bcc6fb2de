"""A question becomes a case: its promise in our opening days, its legal term, its copy of what was said."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.cases import POTHOLE, opened
from tests.factories.hours import rome
from urp.cases import dates
from urp.cases.models import Case, Contact, TimelineEntry
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound
from urp.foundation.references import normalise_code
from urp.hours import queries as hours
from urp.inquiries import submit
from urp.outbox.models import MESSAGES


@pytest.mark.parametrize(
    ("presented", "promised"),
    [
        ("2026-11-23 09:12", "2026-11-26 16:00"),  # Monday morning → Thursday
        ("2026-11-23 23:59", "2026-11-26 16:00"),  # the hour of the day does not count
        ("2026-11-21 10:00", "2026-11-25 16:00"),  # Saturday → Wednesday
        ("2026-11-24 11:00", "2026-11-27 12:00"),  # Tuesday → Friday, which ends at noon
        ("2026-12-03 11:00", "2026-12-10 16:00"),  # Sant’Ambrogio and the Immacolata between
    ],
)
def test_the_promise_counts_the_days_on_which_the_phone_is_answered(
    app: Flask, ctx: None, presented: str, promised: str
) -> None:
    assert dates.dates("strade", rome(presented)).promised_at == rome(promised).astimezone(UTC)


def test_a_topic_with_a_term_says_its_last_day_and_others_none(app: Flask, ctx: None) -> None:
    at = rome("2026-11-23 09:12")

    assert dates.dates("strade", at).term_on == date(2026, 12, 23)
    assert dates.dates("ambiente", at).term_on is None
    assert dates.dates("strade", rome("2026-11-25 00:30")).term_on == date(2026, 12, 28)  # past Christmas and a Sunday


def test_the_case_holds_what_was_said_and_by_what_calendar(app: Flask, ctx: None) -> None:
    at = rome("2026-11-23 09:12")

    view = opened(at=at)

    case = db.session.get_one(Case, view.id)
    contact = db.session.get_one(Contact, case.contact_id)
    (entry,) = db.session.scalars(select(TimelineEntry).where(TimelineEntry.case_id == case.id))
    assert normalise_code(case.code) == case.code
    assert (case.state, case.channel, case.version) == ("received", "web", 1)
    assert case.presented_at == at
    assert case.calendar_version == hours.calendar("telefono").version
    assert (contact.email, contact.email_key) == ("giulia.bianchi@posta.example",) * 2
    assert (entry.kind, entry.actor, entry.at) == ("received", "citizen", at)
    assert entry.body == "Da due settimane c’è una buca profonda. Chi la ripara?"
    assert entry.data["extras"] == [["In quale punto?", "SP 103, civico 40"]]


def test_an_unknown_topic_stores_nothing(app: Flask, ctx: None) -> None:
    with pytest.raises(NotFound):
        opened(topic="nowhere")

    assert db.session.scalars(select(Case)).all() == []
    assert db.session.scalars(select(Contact)).all() == []


def test_letters_leave_with_the_case_or_not_at_all(app: Flask, ctx: None) -> None:
    class Spoilt(Exception):
        pass

    with pytest.raises(Spoilt), transaction():
        submit.submit(POTHOLE, draft_id=None, at=datetime(2026, 11, 23, 9, tzinfo=UTC))
        raise Spoilt

    assert db.session.execute(select(MESSAGES.c.id)).all() == []
    opened()
    assert len(db.session.execute(select(MESSAGES.c.id)).all()) == 2
