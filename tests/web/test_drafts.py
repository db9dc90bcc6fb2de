"""Drafts: kept for seven days, moved to another device by a link, and nobody else's business."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.factories.cases import letters, link_in, text_of
from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_2, STEP_3, Citizen
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inquiries import journey
from urp.inquiries.tasks import forget_drafts
from urp.outbox.models import MESSAGES
from urp.web.models import Draft

MONDAY = "2026-11-23T09:00:00+01:00"


def test_every_word_waits_for_the_next_visit_right_or_wrong(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask(subject="", body="Una riga\ncon <b>segni</b>")
    citizen.tell_contacts(email="non è un indirizzo", privacy="")

    first, second = client.get(STEP_1).text, client.get(STEP_2).text

    assert "Una riga\ncon &lt;b&gt;segni&lt;/b&gt;" in first
    assert 'value="non è un indirizzo"' in second
    assert 'value="Giulia"' in second


def test_the_own_answers_of_a_topic_are_kept_and_no_others(app: Flask, client: FlaskClient) -> None:
    Citizen(client).ask(**{"extra-luogo": "SP 14", "extra-invented": "x", "files": "1", "sent_digest": "x"})

    answers = _draft(app).answers

    assert answers == {**QUESTION, "extra-luogo": "SP 14"}


def test_a_link_moves_the_draft_to_another_device(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.reach_summary()
    link = _ask_for_link(app, citizen)
    phone = app.test_client()

    assert "Buca" not in phone.get(link).text  # looking is not opening
    assert "Buca sulla SP 103" in client.get(STEP_1).text
    answer = Citizen(phone).post(link, {})

    assert (answer.status_code, answer.location) == (303, STEP_1)
    assert "Buca sulla SP 103" in phone.get(STEP_1).text
    assert 'value="Giulia"' in phone.get(STEP_2).text
    assert "Buca sulla SP 103" not in client.get(STEP_1).text  # it is on one device at a time
    assert Citizen(phone).send(phone.get(STEP_3).text).status_code == 303


def test_a_link_is_dead_once_the_question_has_left(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    page = citizen.reach_summary()
    link = _ask_for_link(app, citizen)
    citizen.send(page)
    stranger = app.test_client()

    assert Citizen(stranger).post(link, {}).status_code == 303

    page = stranger.get(STEP_1).text
    assert "Non troviamo più la tua domanda" in page
    assert "Buca sulla SP 103" not in page


def test_a_fresh_link_replaces_the_one_before(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask()
    first, second = _ask_for_link(app, citizen), _ask_for_link(app, citizen)
    stranger = app.test_client()

    Citizen(stranger).post(first, {})
    assert "Buca sulla SP 103" not in stranger.get(STEP_1).text
    Citizen(stranger).post(second, {})
    assert "Buca sulla SP 103" in stranger.get(STEP_1).text


def test_a_guessed_link_opens_nothing_and_touches_nothing(app: Flask, client: FlaskClient, rows: Callable) -> None:
    Citizen(client).ask()
    before = rows()

    for token in ("x", "x" * 43, "%00", "é" * 50, "%ff%fe"):
        assert Citizen(app.test_client()).post(f"{STEP_1}/riprendi/{token}", {}).status_code == 303

    assert rows() == before


def test_the_secret_of_a_link_is_stored_as_a_hash(app: Flask, client: FlaskClient, rows: Callable) -> None:
    citizen = Citizen(client)
    citizen.ask()
    token = _ask_for_link(app, citizen).rpartition("/")[2]

    tables = rows()
    tables.pop("outbox_message")  # the letter itself has to carry it
    assert token not in repr(tables)
    with app.app_context():
        assert token[:8] not in str(db.session.execute(select(MESSAGES.c.dedupe_key, MESSAGES.c.message_id)).all())


def test_the_link_travels_to_the_given_address_with_its_seven_days(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask()
    _ask_for_link(app, citizen, email="giulia@lavoro.example")

    (letter,) = letters(app, "draft_link")

    assert "giulia@lavoro.example" in letter["To"]
    assert "7 giorni" in text_of(letter)
    assert "Buca" not in text_of(letter)
    assert letter["Auto-Submitted"] == "auto-replied"


def test_a_draft_lives_seven_days_from_its_last_change(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        Citizen(client).ask()
        clock.shift(timedelta(days=6))
        Citizen(client).tell_contacts()
        clock.shift(timedelta(days=6, hours=23))
        _forget(app)
        assert "Buca sulla SP 103" in client.get(STEP_1).text

        clock.shift(timedelta(hours=2))
        _forget(app)

        assert _drafts(app) == 0
        assert "Buca sulla SP 103" not in client.get(STEP_1).text
        answer = client.get(STEP_3)
        assert (answer.status_code, answer.location) == (303, STEP_1)


def test_a_draft_is_emptied_when_it_becomes_a_case(app: Flask, client: FlaskClient) -> None:
    Citizen(client).send_question()

    draft = _draft(app)

    assert draft.answers == {}
    assert draft.sent_digest is not None
    assert "Buca sulla SP 103" not in client.get(STEP_1).text


def test_another_persons_draft_is_never_touched(app: Flask, client: FlaskClient) -> None:
    Citizen(client).ask()
    mine = _draft(app)
    marco = Citizen(app.test_client(), question={**QUESTION, "subject": "Lampione spento"})

    marco.reach_summary()
    marco.send_question()

    with app.app_context():
        kept = db.session.get_one(Draft, mine.id)
        assert (kept.answers, kept.updated_at) == (mine.answers, mine.updated_at)
    assert "Lampione" not in client.get(STEP_1).text


def test_two_windows_at_once_lose_neither_ones_words(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask()
    cookie = client.get_cookie("urp")
    assert cookie is not None

    def change(number: int) -> int:
        window = app.test_client()
        window.set_cookie("urp", cookie.value)
        if number % 2:
            return Citizen(window).tell_contacts().status_code
        return Citizen(window).ask(body=f"Testo nuovo {number}").status_code

    with ThreadPoolExecutor(4) as crowd:
        assert set(crowd.map(change, range(8))) == {303}

    answers = _draft(app).answers
    assert answers["body"].startswith("Testo nuovo")
    assert answers["email"] == CONTACTS["email"]


def test_words_that_change_while_the_question_is_being_sent_are_not_lost(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = Citizen(client)
    page = citizen.reach_summary()
    real = journey.new_question

    def slowly(*words):
        with app.app_context(), transaction():  # another window saves in this very moment
            db.session.execute(
                update(Draft).values(answers={**_draft(app).answers, "body": "Altro testo"}, updated_at=now())
            )
        return real(*words)

    with monkeypatch.context() as patch:
        patch.setattr(journey, "new_question", slowly)
        answer = citizen.send(page)

    assert answer.status_code == 409
    assert "in un’altra finestra" in answer.text
    assert "Altro testo" in answer.text
    assert answer.text.partition("<title>")[2].startswith("Errore: ")
    assert letters(app) == []
    assert citizen.send(answer.text).status_code == 303


def _ask_for_link(app: Flask, citizen: Citizen, email: str = "giulia.bianchi@posta.example") -> str:
    answer = citizen.post(f"{STEP_1}/salva", {"email": email})
    assert answer.status_code == 200
    assert "La tua domanda è salvata" in answer.text
    return link_in(letters(app, "draft_link")[-1])


def _draft(app: Flask) -> Draft:
    with app.app_context():
        return db.session.scalars(select(Draft)).one()


def _drafts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Draft)) or 0


def _forget(app: Flask) -> None:
    with app.app_context():
        forget_drafts.run()
