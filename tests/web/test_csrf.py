"""Forged requests store nothing; pages left open too long lose nothing."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_2, STEP_3, Citizen, hidden
from tests.factories.databases import TwoDatabases

VALUES = {"code": "URP-AAA-AAA", "token": "x" * 43, "appointment_id": 1}


def test_no_post_without_a_true_token_changes_a_row(app: Flask, client: FlaskClient, rows: Callable) -> None:
    code = Citizen(client).send_question()
    before = rows()

    for address in _posts(app, code):
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "forged.token.value"}, {"csrf_token": "\x00"}):
            form = {**QUESTION, **CONTACTS, "code": code, "action": "continue", "body": "Ancora", **token}
            answer = client.post(address, data=form)
            assert answer.status_code in (400, 403) or answer.location in (
                STEP_1,
                "/appuntamenti/nuovo",
                f"/r/{code}",
            ), address

    assert rows() == before


def test_the_same_post_with_a_true_token_would_change_rows(client: FlaskClient, rows: Callable) -> None:
    before = rows()

    assert Citizen(client).ask().status_code == 303

    assert rows() != before


def test_the_token_of_another_browser_is_not_ours(app: Flask, client: FlaskClient, rows: Callable) -> None:
    foreign = hidden(app.test_client().get(STEP_1).text, "csrf_token")
    client.get(STEP_1)
    before = rows()

    answer = client.post(STEP_1, data={**QUESTION, "csrf_token": foreign})

    assert answer.status_code == 400
    assert rows() == before


def test_a_post_from_another_site_is_refused_even_with_a_true_token(client: FlaskClient, rows: Callable) -> None:
    before = rows()

    for site in ("cross-site", "same-site", "nonsense"):
        assert Citizen(client).post(STEP_1, QUESTION, headers={"Sec-Fetch-Site": site}).status_code == 403

    assert rows() == before


def test_our_own_pages_post_with_and_without_the_headers_of_new_browsers(client: FlaskClient) -> None:
    for headers in ({}, {"Sec-Fetch-Site": "same-origin"}, {"Origin": "null"}):
        answer = Citizen(client).post(STEP_1, {**QUESTION, "action": "continue"}, headers=headers)
        assert answer.status_code == 303


@pytest.mark.parametrize("step", [STEP_1, STEP_2])
def test_an_expired_page_shows_every_word_again_and_says_what_to_do(client: FlaskClient, step: str) -> None:
    citizen = Citizen(client)
    citizen.ask()
    typed = {**QUESTION, "subject": "Lampione spento", "body": "È spento da ieri"} if step == STEP_1 else CONTACTS

    answer = client.post(step, data={**typed, "csrf_token": "expired", "action": "continue"})

    assert answer.status_code == 400
    assert "<title>Errore: " in answer.text
    assert "rimasta aperta troppo a lungo" in answer.text
    for name in ("subject", "body") if step == STEP_1 else ("given_name", "family_name", "email"):
        assert typed[name] in answer.text
    again = client.post(step, data={**typed, "csrf_token": hidden(answer.text, "csrf_token"), "action": "continue"})
    assert again.status_code == 303


def test_an_expired_message_is_kept_on_the_page_of_the_case(client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    answer = client.post(f"/r/{code}/messaggi", data={"csrf_token": "expired", "body": "La buca è più grande"})

    assert answer.status_code == 400
    assert "La buca è più grande" in answer.text
    assert "rimasta aperta troppo a lungo" in answer.text


def test_an_expired_wish_for_a_link_keeps_code_and_address(client: FlaskClient) -> None:
    answer = client.post("/segui", data={"csrf_token": "x", "code": "URP-7M3-T2C", "email": "giulia@posta.example"})

    assert answer.status_code == 400
    assert 'value="URP-7M3-T2C"' in answer.text
    assert 'value="giulia@posta.example"' in answer.text


def _posts(app: Flask, code: str) -> list[str]:
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
        values = VALUES | {"code": code}
        found = [app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}) for rule in rules]
    assert {STEP_1, STEP_2, STEP_3, "/segui", f"/r/{code}/ritira"} <= set(found)
    return found


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
