"""The secret link: inert to look at, stored as a hash, replaced and expired as promised."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.cases import letters, link_in, opened, put, text_of
from tests.factories.citizens import Citizen
from tests.factories.statements import counted
from urp.cases.models import LinkRequest, SecretLink
from urp.cases.tasks import send_links
from urp.foundation.clock import now
from urp.foundation.db import db
from urp.foundation.references import hash_token, new_token

MONDAY = "2026-11-23T09:12:00+01:00"
MAIL = "giulia.bianchi@posta.example"


def test_looking_at_a_link_changes_nothing_and_tells_nothing(app: Flask, client: FlaskClient, rows: Callable) -> None:
    code, link = _case_and_link(app)
    before = rows()

    for address in (link, f"/l/{new_token()}", "/l/x", "/l/%00", f"/l/{'x' * 3000}"):
        for method in ("GET", "HEAD", "GET"):
            answer = client.open(address, method=method)
            assert answer.status_code == 200
            assert code not in answer.text
            assert "Buca" not in answer.text

    assert rows() == before
    assert client.get(f"/r/{code}").location.partition("?")[0] == "/segui"


def test_a_true_and_a_false_link_look_the_same(app: Flask, client: FlaskClient) -> None:
    _code, link = _case_and_link(app)

    true, false = (re.sub(r'value="[^"]+"', "", client.get(address).text) for address in (link, f"/l/{new_token()}"))

    assert true == false


def test_the_button_opens_the_case_at_an_address_without_the_secret(app: Flask, client: FlaskClient) -> None:
    code, link = _case_and_link(app)

    answer = Citizen(client).post(link, {})

    assert (answer.status_code, answer.location) == (303, f"/r/{code}")
    assert "Buca sulla SP 103" in client.get(f"/r/{code}").text
    assert Citizen(app.test_client()).post(link, {}).status_code == 303  # another day, another device


def test_a_secret_that_nobody_was_given_opens_nothing(app: Flask, client: FlaskClient) -> None:
    _case_and_link(app)

    for token in (new_token(), "x", "%00", "%ff", "a" * 5000):
        answer = Citizen(client).post(f"/l/{token}", {})
        assert answer.status_code == 404
        assert "Questo link non vale più" in answer.text


def test_the_database_knows_only_the_hash_of_a_secret(app: Flask, client: FlaskClient, rows: Callable) -> None:
    _code, link = _case_and_link(app)
    token = link.rpartition("/")[2]

    tables = rows()
    (kept,) = tables["secret_link"]
    tables.pop("outbox_message")  # the letter has to carry it

    assert hash_token(token) in kept
    assert token not in repr(tables)


def test_no_log_line_names_a_secret_or_a_person(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        code = Citizen(client).send_question()
        link = link_in(letters(app, "receipt")[0])
        Citizen(app.test_client()).post(link, {})
        Citizen(app.test_client()).post("/l/" + new_token(), {})
        Citizen(client).post("/segui", {"code": code, "email": MAIL})
        with app.app_context():
            send_links.run()

    told = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("urp.test"))
    for secret in (
        link.rpartition("/")[2],
        link_in(letters(app, "case_link")[0]).rpartition("/")[2],
        MAIL,
        "Bianchi",
        "Buca",
    ):
        assert secret not in told


def test_a_link_lives_until_ninety_days_after_closing(app: Flask) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        _code, link = _case_and_link(app)
        clock.shift(timedelta(days=400))
        assert _opens(app, link)  # an open case has no end
        with app.app_context():
            put(1, "closed", closed_at=now())
        clock.shift(timedelta(days=90))
        assert _opens(app, link)
        clock.shift(timedelta(seconds=1))
        assert not _opens(app, link)


def test_a_visit_lasts_thirty_minutes_from_the_last_look(app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        code, link = _case_and_link(app)
        Citizen(client).post(link, {})
        for minutes in (2, 29, 14, 29, 29):
            clock.shift(timedelta(minutes=minutes))
            assert client.get(f"/r/{code}").status_code == 200
        clock.shift(timedelta(minutes=31))
        for page in ("", "/ricevuta", "/ritira", "/allegati/1"):
            answer = client.get(f"/r/{code}{page}")
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/segui"), page


def test_another_persons_case_is_never_seen(app: Flask, client: FlaskClient, rows: Callable) -> None:
    code, _link = _case_and_link(app)
    stranger = Citizen(client, contacts={**Citizen(client).contacts, "email": "marco.neri@posta.example"})
    own = stranger.send_question()
    before = rows()

    for page in ("", "/ricevuta", "/ritira", "/allegati/1"):
        assert client.get(f"/r/{code}{page}").location.partition("?")[0] == "/segui"
    for act in ("messaggi", "ritira"):
        answer = stranger.post(f"/r/{code}/{act}", {"body": "sono un altro"}, page=f"/r/{own}")
        assert answer.location.partition("?")[0] == "/segui"

    assert rows() == before


@pytest.mark.parametrize("code", ["URP-AAA-AAA", "x", "%00", "urp", "URP-000-000", "’; DROP TABLE cases; --"])
def test_a_code_that_is_none_leads_to_the_same_page(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/r/{code}")

    assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/segui")


class TestAFreshLink:
    """«Segui la tua richiesta»: nobody learns whether code and address belong together."""

    def test_right_and_wrong_pairs_get_the_same_answer_and_the_same_work(self, app: Flask, client: FlaskClient) -> None:
        code, _link = _case_and_link(app)
        with app.app_context():
            engine = db.engine
        pairs = [
            (code, MAIL), (code, "marco.neri@posta.example"), ("URP-AAA-AAA", MAIL), ("nothing", MAIL),
            (code.lower().replace("-", " "), MAIL.upper()),
        ]  # fmt: skip
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/segui").text)[1]
        client.post("/segui", data={"csrf_token": token, "code": "x", "email": MAIL})

        seen = []
        for typed, email in pairs:
            with counted(engine) as work:
                answer = client.post("/segui", data={"csrf_token": token, "code": typed, "email": email})
            assert answer.status_code == 200
            seen.append((answer.text, answer.headers.get("Set-Cookie"), tuple(work.statements), work.commits))

        assert len(set(seen)) == 1
        assert letters(app, "case_link") == []  # nothing is decided while the visitor waits

    def test_a_link_is_sent_for_right_pairs_only(self, app: Flask, client: FlaskClient) -> None:
        code, _link = _case_and_link(app)
        for typed, email in ((code, "marco.neri@posta.example"), ("URP-AAA-AAA", MAIL), ("x", MAIL), (code, MAIL)):
            Citizen(client).post("/segui", {"code": typed, "email": email})

        _send(app)

        (letter,) = letters(app, "case_link")
        assert letter["To"].addresses[0].addr_spec == MAIL
        assert code in letter["Subject"]
        assert "Buca" not in text_of(letter)
        assert _waiting(app) == 0

    def test_code_and_address_may_be_typed_in_any_way(self, app: Flask, client: FlaskClient) -> None:
        code, _link = _case_and_link(app)

        Citizen(client).post("/segui", {"code": f" {code.lower().replace('-', ' ')} ", "email": f" {MAIL.upper()} "})
        _send(app)

        (letter,) = letters(app, "case_link")
        assert letter["To"].addresses[0].addr_spec == MAIL  # the stored address, not the typed one

    def test_a_fresh_link_kills_the_one_before_each_time(self, app: Flask, client: FlaskClient) -> None:
        code, first = _case_and_link(app)
        links = [first]
        for _ in range(3):
            Citizen(client).post("/segui", {"code": code, "email": MAIL})
            _send(app)
            links.append(link_in(letters(app, "case_link")[-1]))
            assert [_opens(app, link) for link in links] == [False] * (len(links) - 1) + [True]
        assert len(letters(app, "case_link")) == 3
        with app.app_context():
            living = db.session.scalars(select(SecretLink).where(SecretLink.revoked_at.is_(None))).all()
            assert len(living) == 1

    def test_an_impatient_visitor_gets_one_link_that_works(self, app: Flask, client: FlaskClient) -> None:
        code, _link = _case_and_link(app)
        for _ in range(3):
            Citizen(client).post("/segui", {"code": code, "email": MAIL})

        _send(app)

        (letter,) = letters(app, "case_link")
        assert _opens(app, link_in(letter))
        assert _waiting(app) == 0

    def test_to_a_certified_mailbox_the_link_travels_by_pec(self, app: Flask, client: FlaskClient) -> None:
        with app.app_context():
            code = opened(person={"email": "giulia@pec.posta.example", "reply_by": "pec"}).code
        Citizen(client).post("/segui", {"code": code, "email": "giulia@pec.posta.example"})

        _send(app)

        (letter,) = letters(app, "case_link")
        assert "Sua richiesta" in letter["Subject"]
        assert "@pec.cittametropolitana.example" in letter["From"]

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"code": "", "email": MAIL}, "Scrivi il codice della richiesta"),
            ({"code": "URP-7M3-T2C", "email": "giulia"}, "Scrivi l’indirizzo e-mail nel formato corretto"),
        ],
    )
    def test_what_is_missing_is_said_and_what_is_there_kept(self, client: FlaskClient, typed: dict, words: str) -> None:
        answer = Citizen(client).post("/segui", typed)

        assert answer.status_code == 400
        assert "<title>Errore: " in answer.text
        assert words in answer.text
        assert f'value="{typed["email"]}"' in answer.text


def _case_and_link(app: Flask) -> tuple[str, str]:
    with app.app_context():
        code = opened().code
    return code, link_in(letters(app, "receipt")[-1])


def _opens(app: Flask, link: str) -> bool:
    return Citizen(app.test_client()).post(link, {}).status_code == 303


def _send(app: Flask) -> None:
    with app.app_context():
        send_links.run()


def _waiting(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(LinkRequest)).all())
