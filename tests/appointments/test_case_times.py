"""The page of times of a case: it opens where the visit is, says when needs do not fit, and has a limit of its own."""

import pytest
from flask.testing import FlaskClient

from tests.factories.citizens import Citizen
from tests.factories.visitors import Visitor, tiles

pytestmark = pytest.mark.usefixtures("monday")
QUESTION = {"topic": "ambiente", "subject": "Il pozzo di casa", "body": "Che carte servono?", "extra-luogo": "Pero"}
TIMES = [f"2026-12-{day:02d}T{hour}:00+01:00" for day in (3, 10) for hour in (10, 14, 15)]


@pytest.fixture
def app_settings() -> dict[str, object]:
    """Limits as in production."""
    return {"rate_limits": True}


def test_six_new_times_an_hour_and_then_kind_words(client: FlaskClient) -> None:
    giulia = Visitor(client)
    code = giulia.book("2026-11-26T10:00+01:00")
    address = f"/r/{code}/appuntamento/sposta"
    for start in TIMES:
        assert giulia.post(address, {"start": start}, page=f"/r/{code}").status_code == 303
        assert giulia.post(address, {"start": start}, page=f"/r/{code}").status_code == 303  # no new time: not counted

    refused = giulia.post(address, {"start": "2026-12-17T10:00+01:00"}, page=f"/r/{code}")

    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    assert "Hai già cambiato orario più volte." in refused.text
    assert "Giovedì 10 dicembre 2026 alle 15.00" in client.get(f"/r/{code}").text


def test_the_page_opens_on_the_week_of_the_visit(client: FlaskClient) -> None:
    giulia = Visitor(client)
    code = giulia.book("2026-12-10T10:00+01:00")

    page = client.get(f"/r/{code}/appuntamento/sposta").text
    assert "7–11 dicembre 2026" in page
    assert all(start.startswith("2026-12-10") for start in tiles(page))
    assert "23–27 novembre 2026" in client.get(f"/r/{code}/appuntamento/sposta?settimana=2026-W48").text


def test_needs_that_do_not_fit_are_named_as_the_reason(client: FlaskClient) -> None:
    code = Citizen(client, question=dict(QUESTION)).send_question()
    giulia, address = Visitor(client), f"/r/{code}/appuntamento/prenota"
    last = "2026-11-26T11:30+01:00"
    too_long = giulia.post(address, {"start": last, "needs": "lis"}, page=f"/r/{code}")
    nowhere = giulia.post(address, {"start": "2026-11-26T11:35+01:00"}, page=f"/r/{code}")

    assert too_long.status_code == nowhere.status_code == 409
    assert "Per la tua visita serve più tempo" in too_long.text
    assert "non è tra quelli da prenotare" not in too_long.text
    assert "non è tra quelli da prenotare" in nowhere.text
    assert giulia.post(address, {"start": last}, page=f"/r/{code}").status_code == 303
