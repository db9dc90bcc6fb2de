"""Home, information, and what a monitor asks: is it alive, does it do its work."""

import socket
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.outbox import posted, put
from tests.templates.html_tree import parse
from urp.foundation.clock import now
from urp.outbox.states import State


def test_every_information_page_opens_and_leads_to_a_person(client: FlaskClient) -> None:
    for path in ("/", "/domande-frequenti", "/privacy", "/note-legali", "/appuntamenti/nuovo", "/orari", "/segui"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "tel:800883311" in page.text
        assert len(parse(page.text).all("h1")) == 1


def test_ready_answers_are_searched_by_their_words(client: FlaskClient) -> None:
    found = client.get("/domande-frequenti", query_string={"q": "buca strada provinciale"})
    nothing = client.get("/domande-frequenti", query_string={"q": "zzzzzz"})

    assert len(found.text) > len(nothing.text)
    assert nothing.status_code == 200
    assert client.get("/domande-frequenti", query_string={"q": "<b>" + "x" * 5000}).status_code == 200


def test_a_process_that_answers_is_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_without_redis_it_is_not_ready_and_says_which_part_is_missing(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"ready": False, "database": True, "redis": False, "mail": True}


def test_mail_that_waits_too_long_is_a_sign_too(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        (letter,) = posted()
        put(letter, State.QUEUED, next_at=now() - timedelta(seconds=200))
        assert client.get("/readyz").json["mail"] is True
        put(letter, State.QUEUED, next_at=now() - timedelta(seconds=400))

    assert client.get("/readyz").json["mail"] is False


class TestARedisThatIsAway:
    """The monitor gets its answer also when Redis gives none."""

    def test_it_is_told_as_missing(self, client: FlaskClient) -> None:
        answer = client.get("/readyz")

        assert (answer.status_code, answer.json["redis"]) == (503, False)

    @pytest.fixture
    def app_settings(self) -> dict[str, object]:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            return {"redis_url": f"redis://127.0.0.1:{closed.getsockname()[1]}/0"}
