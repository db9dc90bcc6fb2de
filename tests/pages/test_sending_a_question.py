"""The sending POST: one case, one commit, and the same answer however often it comes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.factories.citizens import STEP_1, STEP_2, STEP_3, Citizen, hidden
from tests.factories.statements import counted
from urp.cases.models import Case, Contact, SecretLink, TimelineEntry
from urp.foundation.db import db
from urp.outbox.models import OutboxMessage

MOST_STATEMENTS = 12


def test_a_question_becomes_one_case_with_two_letters(client: FlaskClient, count) -> None:
    answer = Citizen(client).send()

    assert answer.status_code == 303
    assert answer.location.startswith("/r/URP-")
    assert count(Case, Contact, SecretLink, TimelineEntry, OutboxMessage) == [1, 1, 1, 1, 2]


def test_sending_is_one_commit_and_at_most_twelve_statements(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.send_question()  # office data are in the process's cache from here on
    page = citizen.reach_summary()
    with app.app_context():
        engine = db.engine

    with counted(engine) as seen:
        assert citizen.send(page).status_code == 303

    assert seen.commits == 1
    assert len(seen.statements) <= MOST_STATEMENTS, "\n".join(seen.statements)


def test_the_counter_of_statements_sees_a_statement_too_many(app: Flask, ctx: None) -> None:
    with counted(db.engine) as seen:
        for _ in range(MOST_STATEMENTS + 1):
            db.session.scalar(select(func.count()).select_from(Case))

    assert len(seen.statements) == MOST_STATEMENTS + 1


def test_twenty_identical_sends_make_one_case_and_get_twenty_identical_answers(
    app: Flask, client: FlaskClient, count
) -> None:
    page = Citizen(client).reach_summary()
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key", "digest")}
    cookie = client.get_cookie("urp")
    assert cookie is not None

    def send(_number: int) -> tuple[int, str]:
        browser = app.test_client()
        browser.set_cookie("urp", cookie.value)
        answer = browser.post(STEP_3, data=form)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(20) as crowd:
        answers = set(crowd.map(send, range(20)))

    assert len(answers) == 1
    assert answers.pop()[0] == 303
    assert count(Case, OutboxMessage) == [1, 2]


def test_the_same_key_with_another_question_is_refused_and_keeps_the_text(client: FlaskClient, count) -> None:
    citizen = Citizen(client)
    first = citizen.reach_summary()
    key = hidden(first, "idempotency_key")
    citizen.send(first)
    citizen.question["body"] = "Un’altra domanda: quando riapre la pista ciclabile?"
    second = citizen.reach_summary()

    answer = citizen.send(second, idempotency_key=key)

    assert answer.status_code == 409
    assert "quando riapre la pista ciclabile?" in answer.text
    assert count(Case) == [1]
    assert citizen.send(answer.text).status_code == 303
    assert count(Case) == [2]


def test_a_summary_that_another_window_made_stale_is_shown_again(client: FlaskClient, count) -> None:
    citizen = Citizen(client)
    stale = citizen.reach_summary()
    citizen.ask(subject="Due buche sulla SP 103")

    answer = citizen.send(stale)

    assert answer.status_code == 409
    assert "Due buche sulla SP 103" in answer.text
    assert count(Case) == [0]


@pytest.mark.parametrize("key", ["", "short", "x" * 500])
def test_a_send_without_a_usable_key_shows_the_summary_again(client: FlaskClient, count, key: str) -> None:
    answer = Citizen(client).send(idempotency_key=key)

    assert answer.status_code == 400
    assert "Buca sulla SP 103" in answer.text
    assert count(Case) == [0]


def test_an_expired_page_loses_nothing(client: FlaskClient, count) -> None:
    citizen = Citizen(client)
    answer = citizen.send(csrf_token="expired")

    assert answer.status_code == 400
    assert "rimasta aperta troppo a lungo" in answer.text
    assert citizen.send(answer.text).status_code == 303
    assert count(Case) == [1]


def test_a_send_after_the_session_is_lost_leads_to_the_first_step(app: Flask, client: FlaskClient) -> None:
    page = Citizen(client).reach_summary()

    answer = Citizen(app.test_client()).send(page)

    assert (answer.status_code, answer.location) == (303, "/richieste/nuova")


def test_a_send_from_another_site_is_refused(client: FlaskClient, count) -> None:
    page = Citizen(client).reach_summary()
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}

    answer = client.post(STEP_3, data=form, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert count(Case) == [0]


@pytest.fixture
def count(app: Flask):
    """How many rows each table holds."""

    def rows(*tables: type) -> list[int]:
        with app.app_context():
            return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]

    return rows


class TestAtTheLimit:
    """Office data allow five questions an hour from one mailbox."""

    def test_many_at_once_from_one_mailbox_are_as_many_as_allowed(self, app: Flask, count) -> None:
        pages = []
        for _ in range(9):
            citizen = Citizen(app.test_client())
            pages.append((citizen, citizen.reach_summary()))

        with ThreadPoolExecutor(9) as crowd:
            answers = list(crowd.map(lambda pair: pair[0].send(pair[1]).status_code, pages))

        assert sorted(answers) == [303] * 5 + [429] * 4
        assert count(Case) == [5]

    def test_the_fifth_question_sent_twice_gets_its_answer_twice(self, app: Flask, count) -> None:
        for _ in range(4):
            Citizen(app.test_client()).send_question()
        citizen = Citizen(app.test_client())
        page = citizen.reach_summary()

        answers = {citizen.send(page).location for _ in range(3)}

        assert len(answers) == 1
        assert answers.pop().startswith("/r/URP-")
        assert count(Case) == [5]

    @pytest.fixture
    def app_settings(self) -> dict[str, object]:
        return {"rate_limits": "on"}


def test_a_slip_in_the_address_is_mended_with_one_click(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.contacts["email"] = "giulia@gmial.com"
    page = citizen.reach_summary()
    assert "Volevi scrivere giulia@gmail.com?" in page

    assert citizen.send(page, action="accept-typo").location == STEP_3
    mended = client.get(STEP_3).text

    assert "giulia@gmail.com" in mended
    assert "Volevi scrivere" not in mended


@pytest.mark.parametrize("domain", ["milano.pecavvocati.it", "ingpec.eu", "cgn.legalmail.it", "studio.example"])
def test_who_wants_a_pec_may_have_any_address_that_could_be_one(client: FlaskClient, domain: str) -> None:
    citizen = Citizen(client)
    citizen.contacts |= {"email": f"giulia@{domain}", "reply_by": "pec"}

    citizen.reach_summary()


def test_the_language_of_a_refused_form_can_be_changed_without_leaving_it(client: FlaskClient) -> None:
    refused = Citizen(client).ask(subject="")

    assert refused.status_code == 400
    assert "/richieste/nuova?lingua=en" in refused.text


def test_an_old_summary_pressed_again_leads_to_the_case(client: FlaskClient) -> None:
    citizen = Citizen(client)
    page = citizen.reach_summary()
    case = citizen.send(page).location

    again = citizen.send(page, csrf_token="expired")

    assert (again.status_code, again.location) == (303, case)


def test_going_back_after_sending_says_that_the_question_has_left(client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    page = client.get(STEP_1).text

    assert f"La tua domanda è partita: il codice è {code}" in page


def test_a_click_on_back_keeps_what_was_typed(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask()

    assert citizen.tell_contacts(action="back", family_name="").location == STEP_1
    assert 'value="Giulia"' in client.get(STEP_2).text


@pytest.mark.parametrize("name", ["http://evil.example/vinci", "www.evil.example", "vinci@evil.example"])
def test_a_name_cannot_carry_a_link_into_somebody_s_mailbox(client: FlaskClient, name: str) -> None:
    citizen = Citizen(client)
    citizen.ask()

    answer = citizen.tell_contacts(given_name=name)

    assert answer.status_code == 400
    assert "Scrivi solo il nome" in answer.text


def test_rules_of_law_are_told_before_sending(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.question |= {"topic": "accesso-atti", "extra-tipo-di-accesso": "Non lo so"}

    page = citizen.reach_summary()

    assert "Il termine di legge è" in page
