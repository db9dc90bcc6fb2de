"""Home, information, and what a monitor asks: is it alive, does it do its work."""

import socket
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from tests.factories.outbox import posted, put
from tests.templates.html_tree import parse
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inbox.models import ImapCursor
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
    assert answer.json == {
        "ready": False, "database": True, "redis": False, "mail": True, "mailboxes": True, "alarms": {},
    }  # fmt: skip


def test_mail_that_waits_too_long_is_a_sign_too(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        (letter,) = posted()
        put(letter, State.QUEUED, next_at=now() - timedelta(seconds=200))
        assert client.get("/readyz").json["mail"] is True
        put(letter, State.QUEUED, next_at=now() - timedelta(seconds=400))

    assert client.get("/readyz").json["mail"] is False


def test_a_mailbox_that_cannot_be_read_is_a_sign(app: Flask, client: FlaskClient) -> None:
    for failures, fine in ((2, True), (3, False)):
        with app.app_context(), transaction():
            db.session.execute(delete(ImapCursor))
            db.session.add(ImapCursor(mailbox="pec", failures=failures, reason="login refused"))

        answer = client.get("/readyz")

        assert (answer.json["mailboxes"], answer.json["mail"]) == (fine, True)
        assert "login" not in answer.text  # who asks may be anybody


def test_letters_with_an_alarm_are_counted_and_the_service_works_all_the_same(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        for letter, alarm in zip(posted(3), ("no_acceptance", "late", "late"), strict=True):
            put(letter, State.SENT, sent_at=now(), alarm=alarm, alarm_at=now())

    answer = client.get("/readyz").json

    assert answer["alarms"] == {"no_acceptance": 1, "late": 2}
    assert answer["mail"] is True


def test_a_question_that_fails_is_a_sign_not_a_broken_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError

    for name in ("urp.outbox.queries.alarms", "urp.inbox.queries.mailbox_alarms", "urp.outbox.queries.oldest_due_age"):
        monkeypatch.setattr(name, fails)

    assert client.get("/readyz").json == {
        "ready": False, "database": True, "redis": False, "mail": False, "mailboxes": False, "alarms": {},
    }  # fmt: skip


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
