"""The door of those who work here: a pass, a fresh session, looked at again at every click."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.citizens import Citizen, hidden
from tests.factories.staff import ANNA, DOOR, at_work, pass_for, revoke
from urp.foundation.clock import now
from urp.operators import sign_in

DAY = "/desk/appuntamenti"
WRONG = "Questo lasciapassare non apre"


def test_a_pass_opens_the_first_page_and_shows_whose_it_is(app: Flask) -> None:
    clerk = at_work(app)
    page = clerk.browser.get(DAY)

    assert page.status_code == 200
    assert ANNA in page.text
    assert clerk.made.secret not in page.text
    assert clerk.browser.get(DOOR).location == DAY


def test_every_pass_that_does_not_open_gets_the_same_answer(app: Flask, client: FlaskClient) -> None:
    revoked, expired = pass_for(app), pass_for(app, hours=0.001)
    revoke(app, revoked)
    answers = set()
    with time_machine.travel(now() + timedelta(minutes=5), tick=False):
        for secret in (revoked.secret, expired.secret, "AAAA-" * 7, "x" * 5000, "' OR 1=1 --", "\x00A", "日本"):
            answer = knock(client, secret)
            token = hidden(answer.text, "csrf_token")
            answers.add((answer.status_code, answer.text.replace(token, "")))
            assert WRONG in answer.text
        assert knock(client, pass_for(app).secret).status_code == 303

    assert len(answers) == 1
    assert answers.pop()[0] == 403


def test_an_empty_pass_is_a_word_on_the_form(client: FlaskClient) -> None:
    answer = knock(client, "")

    assert answer.status_code == 400
    assert "Scrivi il tuo lasciapassare" in answer.text
    assert "<title>Errore: " in answer.text


def test_a_wrong_pass_never_comes_back_to_the_page(client: FlaskClient) -> None:
    assert "SEGRETO" not in knock(client, "SEGRETO-SEGRETO").text


def test_nothing_of_the_browser_before_the_door_lives_on(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()
    assert client.get(f"/r/{code}").status_code == 200
    before = hidden(client.get(DOOR).text, "csrf_token")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"

    clerk = at_work(app, browser=client)

    with client.session_transaction() as session:
        assert set(session) <= {"staff", "csrf_token", "_fresh"}
    assert client.get(f"/r/{code}").status_code == 303
    assert clerk.browser.post("/operatori/esci", data={"csrf_token": before}).status_code == 400


class TestLimits:
    """Tries are counted for each caller."""

    def test_only_wrong_passes_count_and_a_true_one_opens_after_the_last_try(
        self, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("urp.operators.views.TRIES_PER_HOUR", 3)
        good = pass_for(app)
        assert [knock(app.test_client(), good.secret).status_code for _ in range(5)] == [303] * 5
        assert [knock(client, "AAAA").status_code for _ in range(4)] == [403, 403, 403, 429]

        blocked = knock(client, "AAAA", headers={"X-Forwarded-For": "203.0.113.9"})
        assert blocked.status_code == 429
        assert int(blocked.headers["Retry-After"]) > 0
        assert knock(client, "AAAA", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 403
        assert knock(client, good.secret).status_code == 303

    @pytest.fixture
    def app_settings(self) -> dict[str, object]:
        return {"rate_limits": True}


def test_a_revoked_pass_ends_every_session_at_the_next_click(app: Flask) -> None:
    clerk = at_work(app)
    assert clerk.browser.get(DAY).status_code == 200

    revoke(app, clerk.made)

    assert clerk.browser.get(DAY).location.startswith(DOOR)
    assert ANNA not in clerk.browser.get(DOOR).text


@pytest.mark.parametrize(
    ("minutes", "clicks", "open_"),
    [(29, 1, True), (31, 1, False), (29, 20, True), (29, 21, False)],
    ids=["a short rest", "a long rest", "ten hours at work", "more than ten hours"],
)
def test_a_session_ends_with_rest_and_with_the_day(app: Flask, minutes: int, clicks: int, open_: bool) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        clerk = at_work(app)
        for _ in range(clicks):
            clock.shift(timedelta(minutes=minutes))
            answer = clerk.browser.get(DAY)

    assert (answer.status_code == 200) is open_
    assert timedelta(hours=10) == sign_in.LONGEST


def test_after_the_door_everybody_is_where_they_wanted_to_be(app: Flask, client: FlaskClient) -> None:
    answer = client.get(f"{DAY}?giorno=2026-11-24&x=a%26b")
    assert answer.status_code == 303
    door = client.get(answer.location)

    entered = knock(client, pass_for(app).secret, verso=hidden(door.text, "verso").replace("&amp;", "&"))

    assert entered.location == f"{DAY}?giorno=2026-11-24&x=a%26b"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/desk", "/\\evil.example", "\\\\evil.example", "/operatori/esci", "/", "desk",
     "/desk/appuntamenti\r\nX: y", "/desk/appuntamenti/1/esito", "/r/URP-AAA-AAA", "//desk/appuntamenti", "javascript:1",
     "/desk//appuntamenti", "/[", "http://[/desk/appuntamenti", "//evil.example/desk/appuntamenti",
     "///evil.example/desk/appuntamenti", "////desk/appuntamenti", "https://evil.example/desk/appuntamenti"],
)  # fmt: skip
def test_the_door_leads_nowhere_but_to_our_own_pages(app: Flask, client: FlaskClient, elsewhere: str) -> None:
    answer = knock(client, pass_for(app).secret, verso=elsewhere)

    assert (answer.status_code, answer.location) == (303, DAY)


def test_leaving_ends_the_session_and_clears_the_browser(app: Flask) -> None:
    clerk = at_work(app)
    answer = clerk.post("/operatori/esci", {}, page=DAY)

    assert answer.status_code == 303
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert "La sessione è chiusa." in clerk.browser.get(answer.location).text
    assert clerk.browser.get(DAY).location.startswith(DOOR)
    assert "La sessione è chiusa." not in clerk.browser.get(DOOR).text


def test_leaving_ends_a_copied_cookie_too_and_the_pass_opens_again(app: Flask, client: FlaskClient) -> None:
    clerk, other = at_work(app), at_work(app)
    thief = app.test_client()
    cookie = clerk.browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    thief.set_cookie(cookie.key, cookie.value)
    assert thief.get(DAY).status_code == 200

    clerk.post("/operatori/esci", {}, page=DAY)

    assert thief.get(DAY).location.startswith(DOOR)
    assert other.browser.get(DAY).status_code == 200
    assert knock(client, clerk.made.secret).location == DAY
    assert client.get(DAY).status_code == 200
    assert thief.get(DAY).location.startswith(DOOR)


def test_leaving_needs_a_post(app: Flask) -> None:
    assert at_work(app).browser.get("/operatori/esci").status_code == 405


def test_pages_of_the_office_are_never_kept_nor_indexed(app: Flask, client: FlaskClient) -> None:
    clerk = at_work(app)
    for browser, path in (
        (clerk.browser, DAY),
        (client, DOOR),
        (client, DAY),
        (clerk.browser, "/desk/richieste/x/rispondi"),
    ):
        answer = browser.get(path)
        assert answer.headers["Cache-Control"] == "no-store", path
        assert answer.headers["X-Robots-Tag"] == "noindex", path


def test_the_log_names_numbers_and_nobody(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        clerk = at_work(app, "head")
        clerk.browser.get(DAY)
        knock(app.test_client(), "SEGRETO")

    assert f"pass {clerk.made.id} begins a session" in caplog.text
    assert f"pass {clerk.made.id} may not open appointment_desk.day_sheet" in caplog.text
    assert "a pass that does not open" in caplog.text
    for secret in (ANNA, clerk.made.secret, "SEGRETO"):
        assert secret not in caplog.text


def knock(client: FlaskClient, secret: str, *, verso: str = DAY, **more: object):
    return Citizen(client).post(DOOR, {"secret": secret, "verso": verso}, **more)
