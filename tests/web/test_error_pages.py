"""What goes wrong is told in plain words, with what to do next, and never with what is inside."""

import errno
import logging
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_2, Citizen, hidden
from urp.cases.models import Case
from urp.foundation import db as door
from urp.foundation.db import db

INSIDES = ("Traceback", "File &#34;", "sqlalchemy", "psycopg", "sqlite", "SELECT", "werkzeug", "/urp/", "secret detail")


class Unforeseen(Exception):
    """Nobody thought of this."""


def test_an_unforeseen_error_in_any_view_gives_a_plain_page_with_a_number(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_args: object, **_values: object) -> None:
        raise Unforeseen("secret detail")

    citizen = Citizen(client)
    token = hidden(client.get(STEP_1).text, "csrf_token")
    for rule in app.url_map.iter_rules():
        app.view_functions[rule.endpoint] = break_down
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        with app.test_request_context():
            numbers = {"attachment_id": 1, "evidence_id": 1, "appointment_id": 1}
            values = {"code": "URP-AAA-AAA", "token": "x", **numbers}
            address = app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})

        answer = citizen.browser.open(address, method=method, data={"csrf_token": token})

        assert answer.status_code == 500, rule
        assert "C’è un problema con il servizio" in answer.text
        assert not [word for word in INSIDES if word in answer.text]
        reference = answer.text.partition("indica questo numero: <strong>")[2][:8]
        assert f"unforeseen error {reference}" in caplog.text


@pytest.mark.parametrize(
    ("number", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.EFBIG, 503), (errno.EACCES, 500)]
)
def test_a_full_disk_is_over_in_a_while_other_faults_of_files_are_not(
    number: int, status: int, app: Flask, client: FlaskClient
) -> None:
    def break_down(*_args: object, **_values: object) -> None:
        raise OSError(number, "secret detail")

    for endpoint in app.view_functions:
        app.view_functions[endpoint] = break_down
    answer = client.get("/privacy")
    assert (answer.status_code, "Retry-After" in answer.headers) == (status, status == 503)
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nowhere", 404, "Non troviamo questa pagina"),
        ("POST", "/nowhere", 404, "Non troviamo questa pagina"),
        ("POST", "/privacy", 405, "Questa pagina non si apre così"),
        ("DELETE", "/", 405, "Questa pagina non si apre così"),
        ("BREW", "/", 405, "Questa pagina non si apre così"),
    ],
)
def test_known_errors_have_their_own_words(
    client: FlaskClient, method: str, path: str, status: int, words: str
) -> None:
    answer = client.open(path, method=method)

    assert answer.status_code == status
    assert words in answer.text
    assert "noindex" in answer.text
    assert not [word for word in INSIDES if word in answer.text]


def test_what_may_be_done_instead_is_named(client: FlaskClient) -> None:
    assert {"GET", "HEAD"} <= set(client.post("/privacy").headers["Allow"].split(", "))


def test_a_body_that_is_too_large_is_refused_with_the_sizes_that_fit(client: FlaskClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="body"\r\n\r\n%s\r\n'
    lie = {"CONTENT_LENGTH": str(10**12)}
    for body, environ in ((part % (b"x" * 3_000_000), {}), (part % b"x" * 300, {}), (part % b"x", lie)):
        answer = client.post(
            STEP_1, data=body + b"--b--", content_type="multipart/form-data; boundary=b", environ_overrides=environ
        )
        assert answer.status_code == 413
        assert "10 MB" in answer.text


def test_a_busy_database_says_that_nothing_is_lost_and_when_to_come_back(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = Citizen(client)
    page = citizen.reach_summary()

    def busy() -> None:
        raise door.DatabaseBusy

    with monkeypatch.context() as patch:
        patch.setattr(door, "_begin_writing", busy)
        answer = citizen.send(page)

    _is_away(answer)
    assert _cases(app) == 0
    assert citizen.send(page).status_code == 303
    assert _cases(app) == 1


def test_a_database_that_is_gone_is_the_same_on_every_page(app: Flask, client: FlaskClient, gone: Callable) -> None:
    citizen = Citizen(client)
    page = citizen.reach_summary()
    tokens = {"csrf_token": hidden(page, "csrf_token")}
    with app.app_context():
        app.extensions["office_data"].clear()

    with gone():
        for path in ("/", "/domande-frequenti", STEP_1, STEP_2, "/nowhere", "/orari", "/l/x"):
            _is_away(client.get(path))
        for path, data in (
            (STEP_1, QUESTION),
            (STEP_2, CONTACTS),
            ("/segui", {"code": "URP-AAA-AAA", "email": "a@b.example"}),
        ):
            _is_away(client.post(path, data={**tokens, **data, "action": "continue"}))
        _is_away(citizen.send(page))
        assert client.get("/healthz").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json["database"]) == (503, False)

    assert citizen.send(page).status_code == 303
    assert _cases(app) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writer_that_never_ends_is_a_busy_database_not_a_broken_one(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Citizen(client).reach_summary()
    monkeypatch.setattr(door, "BUSY_TIMEOUT_S", 0.1)
    with app.app_context():
        db.engine.dispose()
        address = db.engine.url.database or ""
        event.listen(db.engine, "connect", lambda line, _record: line.execute("PRAGMA busy_timeout=50"))
    elsewhere = sqlite3.connect(address, isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")

    answer = Citizen(client).send(page)
    elsewhere.close()

    _is_away(answer)
    assert Citizen(client).send(page).status_code == 303


def _is_away(answer) -> None:
    assert answer.status_code == 503
    assert "I tuoi dati sono salvi" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    assert not [word for word in INSIDES if word in answer.text]


def _cases(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Case)) or 0


@pytest.fixture
def gone(app: Flask) -> Callable:
    """A stretch of time in which no statement reaches the database."""

    class Gone:
        def __enter__(self) -> None:
            with app.app_context():
                self.engine = db.engine
            event.listen(self.engine, "before_cursor_execute", self.refuse)

        def __exit__(self, *_error: object) -> None:
            event.remove(self.engine, "before_cursor_execute", self.refuse)

        @staticmethod
        def refuse(*_args: object) -> None:
            raise OperationalError("SELECT secret detail", {}, Exception("connection refused"))

    return Gone


@pytest.fixture(autouse=True)
def complete_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """What is logged here is asked for."""
    with caplog.at_level(logging.ERROR):
        yield
