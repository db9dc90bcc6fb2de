"""What a citizen does with an open case: add words, take it back, print the receipt."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.cases import letters, opened, put, view
from tests.factories.citizens import Citizen, hidden
from urp.cases.add_message import add_message
from urp.cases.models import Case, TimelineEntry
from urp.cases.note_forwarding import note_forwarding
from urp.cases.states import OPEN, CaseState
from urp.cases.withdraw import withdraw
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.foundation.errors import WrongState
from urp.outbox.events import LetterSent


def test_words_are_added_and_sent_to_the_office_once_however_often_they_come(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    form = _message_form(client, code, "La buca è più grande")

    answers = [client.post(f"/r/{code}/messaggi", data=form) for _ in range(3)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"/r/{code}")}
    page = client.get(f"/r/{code}").text
    assert page.count("La buca è più grande") == 1
    assert "Abbiamo aggiunto il tuo messaggio" in page
    assert len(letters(app, "citizen_message")) == 1


def test_the_same_words_on_purpose_are_added_twice(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    for _ in range(2):
        client.post(f"/r/{code}/messaggi", data=_message_form(client, code, "Ci sono novità?"))

    assert client.get(f"/r/{code}").text.count("Ci sono novità?") == 2


def test_other_words_under_a_used_key_are_kept_and_sent_at_the_second_press(client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    form = _message_form(client, code, "Prima versione")
    client.post(f"/r/{code}/messaggi", data=form)

    answer = client.post(f"/r/{code}/messaggi", data=form | {"body": "Seconda versione"})

    assert answer.status_code == 409
    assert "<title>Errore: " in answer.text
    assert "Seconda versione" in answer.text
    fresh = {name: hidden(answer.text, name) for name in ("csrf_token", "idempotency_key")}
    assert client.post(f"/r/{code}/messaggi", data={**fresh, "body": "Seconda versione"}).status_code == 303


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "Scrivi che cosa vuoi aggiungere"),
        (" \n\u200b", "Scrivi che cosa vuoi aggiungere"),
        ("x" * 2043, "togli 43 caratteri"),
    ],
)
def test_a_message_that_cannot_be_sent_says_why_and_stays(client: FlaskClient, body: str, words: str) -> None:
    code = Citizen(client).send_question()

    answer = client.post(f"/r/{code}/messaggi", data=_message_form(client, code, body))

    assert answer.status_code == 400
    assert "<title>Errore: " in answer.text
    assert words in answer.text
    assert body.strip() in answer.text


def test_a_concluded_case_takes_no_words_but_loses_none(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    form = _message_form(client, code, "Troppo tardi?")
    with app.app_context():
        put(1, "closed", closed_at=now())

    answer = client.post(f"/r/{code}/messaggi", data=form)

    assert answer.status_code == 409
    assert "La richiesta è conclusa" in answer.text
    assert letters(app, "citizen_message") == []


def test_words_written_while_somebody_closes_the_case_are_refused_by_the_case_itself(app: Flask, ctx: None) -> None:
    stale = opened()
    put(stale.id, "withdrawn", closed_at=now())
    assert stale.state in OPEN

    with pytest.raises(WrongState), transaction():
        add_message(stale, "Ancora una cosa", at=now())


def test_a_case_is_taken_back_once_and_the_office_told_once(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    assert "Vuoi ritirare la richiesta?" in client.get(f"/r/{code}/ritira").text
    assert _state(app) == CaseState.RECEIVED  # asking is not doing

    for _ in range(2):
        answer = Citizen(client).post(f"/r/{code}/ritira", {}, page=f"/r/{code}/ritira")
        assert (answer.status_code, answer.location) == (303, f"/r/{code}")

    assert _state(app) == CaseState.WITHDRAWN
    assert _kinds(app).count("withdrawn") == 1
    assert len(letters(app, "withdrawal")) == 1
    page = client.get(f"/r/{code}").text
    assert "Ritirata" in page
    assert "/messaggi" not in page
    assert f"/r/{code}/ritira" not in page


def test_what_was_sent_is_confirmed_once_and_taken_back_once(client: FlaskClient) -> None:
    citizen = Citizen(client)
    summary = citizen.reach_summary()
    code = citizen.send(summary).location.rpartition("/")[2]
    received = "Abbiamo ricevuto la tua domanda"
    assert received in client.get(f"/r/{code}").text
    assert received not in client.get(f"/r/{code}").text
    assert citizen.send(summary).location == f"/r/{code}"
    page = client.get(f"/r/{code}").text
    assert received not in page

    client.post(f"/r/{code}/ritira", data={"csrf_token": hidden(page, "csrf_token")})

    page = client.get(f"/r/{code}").text
    assert "Hai ritirato la richiesta: non devi fare altro." in page
    assert received not in page
    assert "non devi fare altro" not in client.get(f"/r/{code}").text


def test_ten_at_once_take_it_back_once(app: Flask) -> None:
    with app.app_context():
        case = opened()

    def take_back(_number: int) -> bool:
        with app.app_context(), transaction():
            return withdraw(case, at=now())

    with ThreadPoolExecutor(10) as crowd:
        moved = list(crowd.map(take_back, range(10)))

    assert moved.count(True) == 1
    assert len(letters(app, "withdrawal")) == 1


def test_a_closed_case_cannot_be_taken_back(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    page = client.get(f"/r/{code}/ritira").text
    with app.app_context():
        put(1, "closed", closed_at=now())

    answer = client.post(f"/r/{code}/ritira", data={"csrf_token": hidden(page, "csrf_token")})

    assert answer.status_code == 409
    assert "Non hai ritirato la richiesta" in answer.text
    assert "Chiusa" in answer.text
    assert _state(app) == CaseState.CLOSED
    assert letters(app, "withdrawal") == []


@pytest.mark.parametrize("state", CaseState)
def test_every_state_has_a_page_and_a_receipt(app: Flask, client: FlaskClient, state: CaseState) -> None:
    code = Citizen(client).send_question()
    with app.app_context():
        put(1, state, closed_at=None if state in OPEN else now())

    assert client.get(f"/r/{code}").status_code == 200
    assert client.get(f"/r/{code}/ricevuta").status_code == 200


def test_the_receipt_to_print_says_all_that_article_18_bis_asks(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    page = client.get(f"/r/{code}/ricevuta").text

    for fact in (
        code,
        "Presentata",
        "Rispondiamo entro",
        "Termine di legge",
        "Area Infrastrutture",
        "800.88.33.11",
        "18-bis",
        "PEC:",
    ):
        assert fact in page
    assert re.search(r"ore \d+\.\d\d", page)


def test_a_case_counts_as_forwarded_once_its_letter_has_left(app: Flask, ctx: None) -> None:
    case = opened()
    sent = LetterSent(1, case.id, "peo", "office_message", "x@ente.example", now())

    for _ in range(2):
        with transaction():
            note_forwarding(sent)
    with transaction():
        note_forwarding(LetterSent(2, None, "peo", "draft_link", "x@ente.example", now()))

    assert view(case.id).state == CaseState.FORWARDED
    assert _kinds(app) == ["received", "forwarded"]


def test_a_case_that_moved_on_is_not_moved_back_by_its_letter(app: Flask, ctx: None) -> None:
    case = opened()
    put(case.id, "withdrawn", closed_at=now())

    with transaction():
        note_forwarding(LetterSent(1, case.id, "peo", "office_message", "x@ente.example", now()))

    assert view(case.id).state == CaseState.WITHDRAWN


def test_what_others_wrote_is_shown_as_text(client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    client.post(f"/r/{code}/messaggi", data=_message_form(client, code, "<script>alert(1)</script>{{7*7}}"))

    page = client.get(f"/r/{code}").text

    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
    assert "<script" not in page


def _message_form(client: FlaskClient, code: str, body: str) -> dict[str, str]:
    page = client.get(f"/r/{code}").text
    return {**{name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}, "body": body}


def _state(app: Flask) -> str:
    with app.app_context():
        return db.session.scalars(select(Case.state)).one()


def _kinds(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(TimelineEntry.kind).order_by(TimelineEntry.id)))
