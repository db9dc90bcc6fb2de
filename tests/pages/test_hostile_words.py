"""Whatever is typed is kept, shown as text, and never becomes markup, a program or an error."""

import html

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.cases import letters, text_of
from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_2, STEP_3, Citizen, hidden
from tests.templates.html_tree import parse
from urp.web.forms import tidy, tidy_line

WORDS = {
    "markup": '"><script>alert(1)</script><img src=x onerror=alert(2)>',
    "broken markup": "</textarea></title><svg/onload=alert(1)>'\"`",
    "template": "{{7*7}}{% include 'x' %}${7*7}<%= 7*7 %>",
    "sql": "'; DROP TABLE cases; --",
    "format": "%s %(code)s %n {0} {code}",
    "nul": "prima\x00dopo \x1b[31m\x85\x9b",
    "directions": "\u202egpj.exe\u2066\u200f שלום العربية",
    "emoji": "👩‍👩‍👧‍👦 🕳️ 🇮🇹 Z̸̢̛a͝l̷͠g̵o",
    "lines": "una\r\ndue\rtre\u2028quattro\nBcc: tutti",
    "wide": "ﷺ" * 60,
    "spaces": "a\u00a0b\u3000c\td",
    "path": "../../../../etc/passwd\\..\\x",
}
FIELDS = {STEP_1: ("subject", "body", "extra-luogo"), STEP_2: ("given_name", "family_name")}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_hostile_words_travel_through_every_page_and_letter_as_words(
    app: Flask, client: FlaskClient, words: str
) -> None:
    citizen = Citizen(client)
    line, text = tidy_line(words) or "", tidy(words) or ""
    citizen.question.update({name: words for name in FIELDS[STEP_1]})
    citizen.contacts.update({name: words for name in FIELDS[STEP_2]})

    summary = citizen.reach_summary()
    code = citizen.send(summary).location.rpartition("/")[2]

    pages = [summary, client.get(f"/r/{code}").text, client.get(f"/r/{code}/ricevuta").text]
    for page in pages:
        _is_inert(page)
        assert line in html.unescape(page)
    assert text in html.unescape(pages[1])
    office, receipt = letters(app, "office_message")[0], letters(app, "receipt")[0]
    assert text in text_of(office)
    assert " ".join(line.split()) in office["Subject"]
    assert line in text_of(receipt)
    _is_inert(receipt.get_body(("html",)).get_content())


def test_hostile_words_are_kept_where_they_are_refused(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.ask()
    for words in WORDS.values():
        for step, form in ((STEP_1, {**QUESTION, "topic": ""}), (STEP_2, {**CONTACTS, "privacy": ""})):
            changed = {name: words for name in FIELDS[step]} | (
                {"email": words, "phone": words} if step == STEP_2 else {}
            )
            answer = citizen.post(step, {**form, **changed, "action": "continue"})
            assert answer.status_code == 400
            _is_inert(answer.text)
            assert (tidy_line(words) or "") in html.unescape(answer.text)


@pytest.mark.parametrize("size", [20_000, 1_500_000])
def test_very_long_words_are_refused_shown_and_cut_in_the_draft_only_far_beyond_use(
    client: FlaskClient, size: int
) -> None:
    answer = Citizen(client).ask(body="parola " * (size // 7))

    assert answer.status_code == 400
    assert "La domanda è troppo lunga: togli " in answer.text
    assert answer.text.count("parola") >= size // 7
    assert client.get(STEP_1).text.count("parola") >= 20_000 // 7 - 1


ANYTHING = (
    st.text(max_size=40)
    | st.text(st.characters(max_codepoint=0x2FFF), max_size=200)
    | st.sampled_from([*WORDS.values()])
)
NAMES = st.sampled_from(
    ["topic", "subject", "body", "extra-luogo", "extra-motivo", "action", "given_name", "family_name", "email", "phone", "reply_by",
     "privacy", "code", "idempotency_key", "digest", "files", "attachments", "csrf_token", "lingua", "state", "id",
     "details", "start", "settimana", "needs", "offer"]
)  # fmt: skip
ACTIONS = st.sampled_from(
    [
        "continue",
        "upload",
        "save",
        "send",
        "send-link",
        "accept-typo",
        "keep-email",
        "remove-1",
        "remove-²",
        "waiting",
        "accept",
        "leave",
    ]
)
FORMS = st.dictionaries(NAMES, ANYTHING | st.lists(ANYTHING, max_size=3), max_size=8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=FORMS, action=ACTIONS, whole=st.booleans(), with_token=st.integers(0, 9))
def test_no_post_to_any_public_page_is_an_error_of_ours(
    app: Flask, visited: Citizen, form: dict, action: str, whole: bool, with_token: int
) -> None:
    browser = visited.browser
    base = {**QUESTION, **CONTACTS, "action": action} if whole else {"action": action}
    token = {"csrf_token": hidden(browser.get(STEP_1).text, "csrf_token")} if with_token else {}
    for address in _posts(app):
        answer = browser.post(address, data={**base, **form, **token})
        assert answer.status_code in (200, 303, 400, 403, 404, 409), (address, answer.status_code)
    for address in (STEP_1, STEP_2, STEP_3, "/segui", "/richieste/nuova/salva"):
        assert browser.get(address).status_code in (200, 303), address


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(st.text(max_size=8) | NAMES | st.just("q"), ANYTHING, max_size=4), tail=st.text(max_size=20)
)
def test_no_address_of_a_public_page_is_an_error_of_ours(app: Flask, visited: Citizen, query: dict, tail: str) -> None:
    with app.test_request_context():
        open_to_all = {
            rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())
        }
    for address in sorted(open_to_all - {"/readyz"}):
        assert visited.browser.get(address, query_string=query).status_code in (200, 303, 400), address
    for stem in ("/r/", "/l/", "/richieste/nuova/riprendi/", "/static/", "/"):
        assert visited.browser.get(stem + tail).status_code in (200, 303, 308, 400, 404)


def test_the_posts_would_notice_an_error_of_ours(app: Flask, visited: Citizen) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    app.view_functions["inquiries.save_question"] = broken
    token = hidden(visited.browser.get(STEP_1).text, "csrf_token")

    assert visited.browser.post(STEP_1, data={"csrf_token": token}).status_code == 500


def _is_inert(page: str) -> None:
    tree = parse(page)
    assert tree.all("script") == tree.all("svg", onload="alert(1)") == []
    for element in tree.walk():
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
    assert "49" not in tree.text.split()


def _posts(app: Flask) -> list[str]:
    values = {"code": "URP-AAA-AAA", "token": "x", "appointment_id": 1}
    with app.test_request_context():
        rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
        return [app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}) for rule in rules]


@pytest.fixture
def visited(app: Flask) -> Citizen:
    """A citizen in the middle of a question."""
    citizen = Citizen(app.test_client())
    citizen.reach_summary()
    return citizen
