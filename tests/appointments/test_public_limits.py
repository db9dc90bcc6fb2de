"""Booking has limits for one sender, generous ones, and whoever meets them keeps every word."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.appointments import MONDAY, booked, clock_stands
from tests.factories.hours import rome
from tests.factories.visitors import STEP_1, STEP_2, Visitor, near_times
from urp.appointments import public_views
from urp.appointments.public_views import NEW_HOLDS, NEW_HOLDS_MINUTES
from urp.offices import queries as offices

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def app_settings() -> dict[str, object]:
    """Limits as in production."""
    return {"rate_limits": True}


def test_nobody_holds_one_time_after_the_other(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_views, "HOLDS_PER_HOUR", 2)
    giulia = Visitor(client)
    times = giulia.times()
    assert [giulia.choose(one).status_code for one in times[:2]] == [303, 303]

    refused = giulia.choose(times[2])

    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert "Porto le carte del pozzo." in refused.text
    assert client.get(STEP_2).status_code == 200  # what is held stays held


def test_one_address_cannot_hold_the_whole_book(app: Flask) -> None:
    def choose(visitor: Visitor, start: str) -> int:
        return visitor.choose(start).status_code

    giulia = Visitor(app.test_client())
    first, *others = [*giulia.times(), *giulia.times(f"{STEP_1}?settimana=2026-W49")]
    assert choose(giulia, first) == 303
    for start in others[: NEW_HOLDS - 1]:
        assert choose(Visitor(app.test_client()), start) == 303

    one_more = others[NEW_HOLDS - 1]
    assert choose(Visitor(app.test_client()), one_more) == 429
    assert choose(giulia, one_more) == 303  # who keeps one may take another instead
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    assert choose(Visitor(elsewhere), first) == 303
    with clock_stands(MONDAY + timedelta(minutes=NEW_HOLDS_MINUTES)):
        assert choose(Visitor(app.test_client()), others[-1]) == 303


def test_nobody_asks_time_after_time_whether_somebody_has_a_visit(app: Flask) -> None:
    with app.app_context():
        booked(number=1)
        limit = offices.institution().limits.requests_per_email_per_hour
    answers = []
    for _ in range(limit + 1):
        stranger = Visitor(app.test_client())
        answers.append(stranger.confirm(stranger.reach_summary(email="Visita1@posta.example")).status_code)

    assert answers == [409] * limit + [429]


def test_after_the_last_hour_for_the_web_a_day_is_for_the_phone(client: FlaskClient) -> None:
    giulia = Visitor(client)
    with clock_stands(rome("2026-11-23 16:00")):
        page = client.get("/appuntamenti/nuovo").text
        answer = giulia.choose("2026-11-24T10:00+01:00")

    assert "Martedì 24 novembre</strong> – ormai si prenota solo per telefono" in page
    assert answer.status_code == 409
    assert "Per quel giorno ormai si prenota solo per telefono." in answer.text
    assert near_times(answer.text)[0].startswith("2026-11-26")
