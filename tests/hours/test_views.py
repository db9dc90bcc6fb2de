"""The public doors of hours say what the calendar holds, to people and to other sites."""

import json

import pytest
import time_machine
from flask import render_template

from tests.factories.hours import rome
from tests.templates.conftest import FRAME, paper_app, scenes
from tests.templates.html_tree import parse


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


def test_the_page_leads_to_the_calendar_and_to_the_sign(client):
    page = client.get("/orari").text
    assert 'href="/orari.ics"' in page
    assert 'href="/orari/cartello"' in page


def test_search_engines_read_who_we_are_and_when_we_answer(client):
    page = parse(client.get("/orari").text)
    data = json.loads(str(page.one("script", type="application/ld+json").children[0]))
    phone, counter = data["contactPoint"]
    assert (data["@type"], data["address"]["streetAddress"]) == ("GovernmentOffice", "via Vivaio 1")
    assert phone["telephone"] == "800.88.33.11"
    assert phone["hoursAvailable"][0]["dayOfWeek"] == ["Monday", "Tuesday", "Wednesday", "Thursday"]
    assert counter["description"] == "Ti riceviamo solo su appuntamento."
    assert {"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00"}.items() <= (
        counter["hoursAvailable"][-1].items()
    )


def test_words_of_the_office_cannot_leave_the_data_of_search_engines():
    specifications = {"telefono": [{"opens": "</script><script>alert(1)</script>"}], "sportello": []}
    scene = {**FRAME, **scenes()["hours.html"], "specifications": specifications}
    with paper_app().test_request_context("/"):
        found = parse(render_template("hours.html", **scene))
    assert len(found.all("script")) == 1


def test_the_sign_holds_what_a_visitor_at_the_door_needs(client):
    sign = parse(client.get("/orari/cartello").text).one("main").text
    for words in (
        *("Numero Verde 800.88.33.11", "10.00–12.00 e 14.00–16.00", "martedì e giovedì", "via Vivaio 1, 20122 Milano"),
        *("Sant’Ambrogio. Chiuso.", "/appuntamenti/nuovo", "Cartello di lunedì 23 novembre"),
    ):
        assert words in sign
    assert "Natale" in sign
    assert "Epifania" in sign  # as far ahead as the page


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
