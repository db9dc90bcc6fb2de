"""The public doors of hours say what the calendar holds, to people and to other sites."""

import pytest
import time_machine

from tests.factories.hours import rome


def test_the_page_shows_status_week_and_closures(client):
    page = client.get("/orari").text
    assert "Aperto ora, fino alle 12.00" in page
    assert "dal lunedì al giovedì" in page
    assert "10.00–12.00 e 14.00–16.00" in page
    assert "solo su appuntamento" in page.lower()
    assert "lunedì 7 dicembre 2026" in page
    assert "Sant’Ambrogio" in page


def test_the_page_speaks_english(client):
    page = client.get("/orari?lingua=en").text
    assert "Open now, until 12:00" in page
    assert "Monday to Thursday" in page
    assert "Saint Ambrose’s Day" in page


def test_the_status_is_open_data(client):
    answer = client.get("/stato.json")
    assert answer.json["telefono"]["open"] is True
    assert answer.json["telefono"]["until"] == "2026-11-23T12:00:00+01:00"
    assert answer.json["telefono"]["text"] == "Aperto ora, fino alle 12.00"
    assert answer.json["sportello"]["open"] is False
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.cache_control.max_age == 60
    assert answer.cache_control.public
    assert "Set-Cookie" not in answer.headers


def test_the_status_expires_with_the_opening(client):
    with time_machine.travel(rome("2026-11-23 11:59:48"), tick=False):
        assert client.get("/stato.json").cache_control.max_age == 12
    with time_machine.travel(rome("2026-11-23 12:00"), tick=False):
        assert client.get("/stato.json").json["telefono"]["text"] == "In pausa: riapre alle 14.00"


@pytest.mark.parametrize(
    ("query", "accepted", "text"),
    [
        ("?lingua=en", "it", "Open now, until 12:00"),
        ("", "en-GB,en;q=0.9", "Open now, until 12:00"),
        ("", "fr", "Aperto ora, fino alle 12.00"),
        ("?lingua=xx", "it", "Aperto ora, fino alle 12.00"),
    ],
)
def test_data_speak_the_language_of_the_request(client, query, accepted, text):
    answer = client.get(f"/stato.json{query}", headers={"Accept-Language": accepted})
    assert answer.json["telefono"]["text"] == text
    assert "Accept-Language" in answer.vary


def test_the_hours_are_open_data(client):
    data = client.get("/orari.json").json
    assert data["telefono"]["rules"][0]["text"] == (
        "dal lunedì al giovedì dalle 10 alle 12 e dalle 14 alle 16; il venerdì dalle 10 alle 12"
    )
    assert data["sportello"]["rules"][0]["by_appointment"] is True
    assert len(data["telefono"]["days"]) == 28
    assert data["closures"][0]["first_day"] == "2026-12-07"


def test_data_are_for_everybody_and_set_no_cookie(client):
    answer = client.get("/stato.json?lingua=en")
    assert "Set-Cookie" not in answer.headers
    assert answer.cache_control.public


def test_every_page_says_whether_the_phone_answers(client):
    assert "aperto ora, fino alle 12.00" in client.get("/").text.lower()
    with time_machine.travel(rome("2026-12-07 10:30"), tick=False):
        page = client.get("/").text.lower()
    assert "oggi chiuso: sant’ambrogio. riapre mercoledì 9 dicembre alle 10.00" in page


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(rome("2026-11-23 10:30"), tick=False):
        yield
