"""An operator answers in writing: once, in the right case, and never loses a word."""

import pytest
import time_machine
from flask import Flask

from tests.factories.cases import letters, opened, put, text_of, view
from tests.factories.citizens import hidden
from tests.factories.staff import DOOR, Clerk, at_work, pass_for, revoke
from urp.cases import queries
from urp.cases.states import CaseState
from urp.foundation.clock import now
from urp.operators.sign_in import REST

WORDS = "Buongiorno Giulia,\nla buca sarà riparata entro venerdì. <b>Grazie</b>"


def test_the_page_shows_who_asked_what(app: Flask, clerk: Clerk, code: str) -> None:
    page = clerk.browser.get(address(code)).text

    for words in ("Giulia Bianchi", code, "c’è una buca profonda", "SP 103, civico 40", "La mandiamo per e-mail"):
        assert words in page
    assert clerk.browser.get(address(code.lower().replace("-", ""))).status_code == 200


def test_an_answer_reaches_timeline_and_citizen(app: Flask, clerk: Clerk, code: str) -> None:
    answer = send(clerk, code)
    assert (answer.status_code, answer.location) == (303, address(code))

    page = clerk.browser.get(address(code))
    assert "La risposta è partita" in page.text
    assert "&lt;b&gt;Grazie&lt;/b&gt;" in page.text
    assert "La risposta è partita" not in clerk.browser.get(address(code)).text
    (entry,) = entries(app, code)
    assert (entry.actor, entry.body) == (clerk.actor, WORDS)
    (letter,) = letters(app, "answer")
    assert "entro venerdì" in text_of(letter)


def test_the_same_sheet_sent_twice_answers_once(app: Flask, clerk: Clerk, code: str) -> None:
    page = clerk.browser.get(address(code)).text
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")} | {"body": WORDS}

    for _ in range(2):
        assert clerk.browser.post(address(code), data=form).status_code == 303
    other = clerk.browser.post(address(code), data={**form, "body": "Altre parole"})

    assert len(entries(app, code)) == len(letters(app, "answer")) == 1
    assert other.status_code == 409
    assert "Altre parole" in other.text
    assert hidden(other.text, "idempotency_key") != form["idempotency_key"]


@pytest.mark.parametrize(
    ("body", "words"), [("", "Scrivi la risposta per la persona"), (" \u200b ", "Scrivi la risposta per la persona"),
                        ("à" * 5001, "togli 1 carattere")],
)  # fmt: skip
def test_wrong_words_are_kept_with_what_to_do(app: Flask, clerk: Clerk, code: str, body: str, words: str) -> None:
    answer = send(clerk, code, body=body)

    assert answer.status_code == 400
    assert words in answer.text
    assert body.strip() in answer.text
    assert entries(app, code) == []


def test_five_thousand_characters_fit(app: Flask, clerk: Clerk, code: str) -> None:
    assert send(clerk, code, body="à" * 5000).status_code == 303


@pytest.mark.parametrize("state", [CaseState.CLOSED, CaseState.WITHDRAWN])
def test_a_case_that_is_over_says_so(app: Flask, clerk: Clerk, code: str, state: CaseState) -> None:
    page = clerk.browser.get(address(code)).text
    with app.app_context():
        put(case_id(app, code), state)

    answer = send(clerk, code, page=page)

    assert answer.status_code == 409
    assert "La richiesta è conclusa" in answer.text
    assert WORDS.partition("\n")[0] in answer.text
    assert entries(app, code) == []
    assert 'name="body"' not in clerk.browser.get(address(code)).text


def test_who_left_no_address_is_to_be_called(app: Flask, clerk: Clerk) -> None:
    with app.app_context():
        code = opened(person={"email": None, "reply_by": "phone"}).code
    page = clerk.browser.get(address(code)).text

    assert 'href="tel:+393331234567"' in page
    assert send(clerk, code).status_code == 303
    assert letters(app, "answer") == []


@pytest.mark.parametrize("code", ["URP-AAA-AAB", "nonsense", "x" * 300])
def test_a_case_that_is_not_there_is_not_found(clerk: Clerk, code: str) -> None:
    assert clerk.browser.get(address(code)).status_code == 404


@pytest.mark.parametrize("how", ["rest", "revoked", "another browser"])
def test_a_session_that_is_over_keeps_every_word(app: Flask, clerk: Clerk, code: str, how: str) -> None:
    page = clerk.browser.get(address(code)).text
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}
    long = WORDS + "\n" + "è più lungo di un biscotto. " * 170
    later = now() + 2 * REST if how == "rest" else now()
    if how == "revoked":
        revoke(app, clerk.made)
    if how == "another browser":
        clerk.browser = app.test_client()
    with time_machine.travel(later, tick=False):
        door = clerk.browser.post(address(code), data={**form, "body": long}, headers={"Origin": "http://localhost"})
        assert door.status_code == 403
        assert "Quello che hai scritto è salvo" in door.text
        wrong = clerk.browser.post(DOOR, data=carried(door.text, "AAAA"))
        assert wrong.status_code == 403
        secret = pass_for(app).secret
        entered = clerk.browser.post(DOOR, data=carried(wrong.text, secret))
        assert (entered.status_code, entered.location) == (303, address(code))
        back = clerk.browser.get(address(code)).text
        assert long.strip().replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;") in back.replace("\r\n", "\n")
        assert entries(app, code) == []
        assert send(clerk, code, body=long).status_code == 303
        assert "biscotto" not in clerk.browser.get(address(code)).text.partition("<textarea")[2]


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_puts_no_words_into_an_answer(app: Flask, code: str, headers: dict[str, str]) -> None:
    browser = app.test_client()
    browser.get(DOOR)
    planted = "Il numero è cambiato: 899 000 000"
    for path, form in ((address(code), {"body": planted}), (DOOR, {"words": planted, "verso": address(code)})):
        for token in ("", "made up"):
            page = browser.post(path, data={**form, "csrf_token": token}, headers=headers)
            assert page.status_code in (400, 403)
            assert planted not in page.text


@pytest.mark.parametrize(("site", "kept"), [("same-origin", True), ("same-site", False), ("cross-site", False)])
def test_the_browser_s_word_on_where_a_form_comes_from_counts(app: Flask, code: str, site: str, kept: bool) -> None:
    browser = app.test_client()
    token = hidden(browser.get(DOOR).text, "csrf_token")
    headers = {"Sec-Fetch-Site": site, "Origin": "http://localhost"}
    page = browser.post(address(code), data={"csrf_token": token, "body": WORDS}, headers=headers)

    assert ("Quello che hai scritto è salvo" in page.text) is kept


def test_words_wait_only_for_their_own_case(app: Flask, code: str) -> None:
    with app.app_context():
        other = opened(person={"email": "altra@posta.example"}).code
    browser = app.test_client()
    token = hidden(browser.get(DOOR).text, "csrf_token")
    door = browser.post(address(code), data={"csrf_token": token, "body": "Solo per Giulia"})
    browser.post(DOOR, data=carried(door.text, pass_for(app).secret))

    assert "Solo per Giulia" not in browser.get(address(other)).text
    assert "Solo per Giulia" in browser.get(address(code)).text


def test_a_page_left_open_too_long_keeps_every_word(app: Flask, clerk: Clerk, code: str) -> None:
    answer = clerk.browser.post(address(code), data={"csrf_token": "old", "body": WORDS})

    assert answer.status_code == 400
    assert "rimasta aperta troppo a lungo" in answer.text
    assert "la buca sarà riparata" in answer.text
    assert entries(app, code) == []


def address(code: str) -> str:
    return f"/desk/richieste/{code}/rispondi"


def send(clerk: Clerk, code: str, *, body: str = WORDS, page: str | None = None):
    page = page or clerk.browser.get(address(code)).text
    form = {name: hidden(page, name) for name in ("csrf_token", "idempotency_key")}
    return clerk.browser.post(address(code), data={**form, "body": body})


def carried(page: str, secret: str) -> dict[str, str]:
    """The form of the door as a browser sends it."""
    words = page.partition('name="words" value="')[2].partition('">')[0]
    plain = words.replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')
    form = {name: hidden(page, name) for name in ("csrf_token", "verso")}
    return {**form, "words": plain.replace("&amp;", "&"), "secret": secret}


def case_id(app: Flask, code: str) -> int:
    with app.app_context():
        found = queries.case_by_code(code)
        assert found is not None
        return found.id


def entries(app: Flask, code: str):
    number = case_id(app, code)
    with app.app_context():
        assert view(number).code == code
        return [entry for entry in queries.timeline(number) if entry.kind == "answer"]


@pytest.fixture
def clerk(app: Flask) -> Clerk:
    """An operator at work."""
    return at_work(app, "operator")


@pytest.fixture
def code(app: Flask) -> str:
    """Giulia's question."""
    with app.app_context():
        return opened().code
