"""The case tells what became of its letters, and hands the originals that prove it to whoever visits it."""

import re
from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.factories.citizens import Citizen
from tests.factories.evidence import letter_of, prove
from tests.factories.outbox import put
from tests.factories.statements import counted
from tests.templates.html_tree import Element, parse
from urp.cases import queries
from urp.foundation.db import db, transaction
from urp.inbox import queries as inbox
from urp.outbox.models import MESSAGES
from urp.outbox.states import Proof, State

SENT = datetime(2026, 11, 24, 9, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOST_STATEMENTS = 8


@time_machine.travel(SENT + MINUTE)
def test_the_way_of_a_certified_letter_is_one_line_with_its_receipts(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    _deliver(app, code)

    line = _line(client, code)

    assert line.one("p").text.partition(" : ")[2] == (
        "Inviata il 24 novembre alle 10.02 · accettata dal gestore PEC · consegnata alle 10.03"
    )
    assert [link.text for link in line.all("a")] == [
        "Scarica la ricevuta di accettazione (.eml) : La tua domanda all’ufficio",
        "Scarica la ricevuta di consegna (.eml) : La tua domanda all’ufficio",
    ]


def test_an_original_is_handed_out_byte_for_byte_and_never_shown(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    (_, incoming), _ = _deliver(app, code)

    answer = client.get(_addresses(client, code)[0])

    with app.app_context():
        assert answer.data == inbox.raw(incoming)
    assert answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"] == "attachment; filename=accettazione-2026-11-24.eml"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_who_visits_the_case_gets_its_originals(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    _deliver(app, code)
    address = _addresses(client, code)[0]
    stranger = app.test_client()
    other = Citizen(stranger).send_question()

    sent_away = stranger.get(address)

    assert (sent_away.status_code, sent_away.location) == (303, "/segui")
    assert client.get(address).status_code == 200
    for wrong in (address.replace(code, other), f"/r/{other}/ricevute/0", f"/r/{other}/ricevute/{10**30}"):
        assert stranger.get(wrong).status_code == 404, wrong
    assert stranger.get(f"/r/{other}/ricevute/-1").status_code == 404
    assert client.post(address).status_code in (400, 405)


def test_a_letter_that_is_not_for_the_citizen_is_neither_told_nor_handed_out(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    (evidence, _), _ = _deliver(app, code)
    address = f"/r/{code}/ricevute/{evidence}"
    assert client.get(address).status_code == 200
    with app.app_context(), transaction():
        db.session.execute(update(MESSAGES).values(kind="internal_letter"))

    page = client.get(f"/r/{code}").text

    assert client.get(address).status_code == 404
    assert "E-mail e PEC di questa richiesta" not in page


def test_a_proof_without_original_has_no_link(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    with app.app_context():
        letter = letter_of(_id(code))
        put(letter, State.DELIVERED, sent_at=SENT)
        evidence, _ = prove(letter, "avvenuta_consegna", Proof.DELIVERED, at=SENT, incoming_id=None)

    assert _addresses(client, code) == []
    assert client.get(f"/r/{code}/ricevute/{evidence}").status_code == 404


def test_a_letter_that_was_sent_again_points_to_the_new_one(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    with app.app_context():
        old, new = letter_of(_id(code)), letter_of(_id(code), "receipt")
        put(old, State.UNCERTAIN)
        put(new, State.QUEUED, resend_of=old)

    assert "Sostituita da un nuovo invio" in _line(client, code).text


def test_the_page_asks_the_database_little_however_many_letters_there_are(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    _deliver(app, code)
    client.get(f"/r/{code}")  # office data are in the process's cache from here on
    with app.app_context():
        engine = db.engine

    with counted(engine) as seen:
        page = client.get(f"/r/{code}")

    assert page.status_code == 200
    assert len(seen.statements) <= MOST_STATEMENTS, "\n".join(seen.statements)


def _deliver(app: Flask, code: str) -> list[tuple[int, int]]:
    """The letter to the office goes all its way; ids of both proofs and of their originals."""
    with app.app_context():
        letter = letter_of(_id(code))
        put(letter, State.DELIVERED, sent_at=SENT, mailbox="pec", certified=True)
        return [
            prove(letter, "accettazione", Proof.ACCEPTED, at=SENT),
            prove(letter, "avvenuta_consegna", Proof.DELIVERED, at=SENT + MINUTE),
        ]


def _id(code: str) -> int:
    case = queries.case_by_code(code)
    assert case is not None
    return case.id


def _line(client: FlaskClient, code: str) -> Element:
    letters = parse(client.get(f"/r/{code}").text).one("ul", class_="urp-deliveries")
    (line,) = [one for one in letters.all("li") if "La tua domanda all’ufficio" in one.text and one.all("p")]
    return line


def _addresses(client: FlaskClient, code: str) -> list[str]:
    return re.findall(r'href="([^"]*/ricevute/[^"]*)"', client.get(f"/r/{code}").text)
