"""Booking has limits for one sender, generous ones, and whoever meets them keeps every word."""

import pytest
from flask.testing import FlaskClient

from tests.factories.appointments import clock_stands
from tests.factories.hours import rome
from tests.factories.visitors import STEP_2, Visitor, near_times
from urp.appointments import public_views

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


def test_after_the_last_hour_for_the_web_a_day_is_for_the_phone(client: FlaskClient) -> None:
    giulia = Visitor(client)
    with clock_stands(rome("2026-11-23 16:00")):
        page = client.get("/appuntamenti/nuovo").text
        answer = giulia.choose("2026-11-24T10:00+01:00")

    assert "Martedì 24 novembre</strong> – ormai si prenota solo per telefono" in page
    assert answer.status_code == 409
    assert "Per quel giorno ormai si prenota solo per telefono." in answer.text
    assert near_times(answer.text)[0].startswith("2026-11-26")
