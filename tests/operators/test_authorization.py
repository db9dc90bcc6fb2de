"""Every page of the office times everybody: only the right roles get in, and a new page must say which they are."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from tests.factories.citizens import hidden
from tests.factories.databases import TwoDatabases
from tests.factories.snapshots import all_rows
from tests.factories.staff import DOOR, at_work
from urp.operators.access import PUBLIC, public, requires
from urp.operators.roles import Role

COUNTER = {Role.OPERATOR, Role.PHONE}
WHO: dict[str, set[Role]] = {
    "appointment_desk.day_sheet": COUNTER,
    "appointment_desk.mark": COUNTER,
    "appointment_desk.note_call": COUNTER,
    "inquiry_desk.write": {Role.OPERATOR},
    "inquiry_desk.send": {Role.OPERATOR},
}
"""Who may open what (docs/contract.md §4): written here a second time, on purpose."""

VALUES = {"code": "URP-AAA-AAA", "appointment_id": 1}


def staff_rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if app.view_functions[rule.endpoint].urp_access != PUBLIC]


def unwritten(app: Flask) -> set[str]:
    return {rule.endpoint for rule in staff_rules(app)} ^ WHO.keys()


def test_the_table_names_every_page_of_the_office(app: Flask) -> None:
    assert unwritten(app) == set()


def test_a_new_page_without_its_line_would_be_told(app: Flask) -> None:
    app.add_url_rule("/desk/nuova", "new", requires(Role.ADMIN)(lambda: "new"))

    assert unwritten(app) == {"new"}


def test_everything_below_the_desk_is_of_the_office(app: Flask) -> None:
    ours = {rule.rule for rule in staff_rules(app)}

    assert {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/desk")} == ours


def test_strangers_are_sent_to_the_door_and_change_nothing(app: Flask, client: FlaskClient) -> None:
    token, before = hidden(client.get(DOOR).text, "csrf_token"), all_rows(app)

    for address, method in _addresses(app):
        answer = client.open(address, method=method, data={"csrf_token": token, "body": "parole"})
        if method == "POST":
            assert answer.status_code == 403, address
            assert 'name="secret"' in answer.text, address
        else:
            assert answer.status_code == 303, address
            assert answer.location.startswith(f"{DOOR}?verso=%2Fdesk%2F") or answer.location.startswith(
                f"{DOOR}?verso=/desk/"
            ), address
    assert all_rows(app) == before


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_own_pages_and_no_other(app: Flask, role: Role) -> None:
    clerk = at_work(app, role)
    token = _token(clerk.browser)
    before = all_rows(app)

    for address, method, endpoint in _addresses(app, named=True):
        answer = clerk.browser.open(address, method=method, data={"csrf_token": token})
        inside = answer.status_code != 403 and not (answer.location or "").startswith(DOOR)
        assert inside is (role in WHO[endpoint]), f"{role} {method} {address}: {answer.status}"
        assert answer.status_code < 500
    assert all_rows(app) == before


def test_several_roles_open_what_any_of_them_opens(app: Flask) -> None:
    clerk = at_work(app, "head", "phone")

    assert clerk.browser.get("/desk/appuntamenti").status_code == 200
    assert clerk.browser.get("/desk/richieste/URP-AAA-AAA/rispondi").status_code == 403


def test_a_wrong_role_is_told_in_plain_words_inside_its_own_frame(app: Flask) -> None:
    page = at_work(app, "head").browser.get("/desk/appuntamenti")

    assert page.status_code == 403
    assert "Questa pagina non è per te" in page.text
    assert "Anna Verdi" in page.text


def test_the_guard_stands_before_everything_that_surrounds_a_view(app: Flask, client: FlaskClient) -> None:
    reached = []

    def view() -> str:
        reached.append("view")
        return "secret"

    app.add_url_rule("/desk/prova", "trial", requires(Role.ADMIN)(view))
    app.add_url_rule("/aperta", "open", public(lambda: view()))

    assert client.get("/desk/prova").status_code == 303
    assert at_work(app, "operator").browser.get("/desk/prova").status_code == 403
    assert reached == []
    assert at_work(app, "admin").browser.get("/desk/prova").text == "secret"
    assert client.get("/aperta").text == "secret"


@pytest.mark.parametrize("forged", [{}, {"csrf_token": "made up"}], ids=["no token", "a wrong token"])
def test_no_forged_post_does_anything_for_somebody_at_work(app: Flask, forged: dict[str, str]) -> None:
    clerk = at_work(app, *Role)
    before = all_rows(app)

    for address, method in _addresses(app):
        if method == "POST":
            answer = clerk.browser.post(address, data={"body": "parole", "outcome": "attended", **forged})
            assert answer.status_code in (400, 404), address
    assert all_rows(app) == before


def test_a_post_from_another_site_is_refused_with_a_true_token(app: Flask) -> None:
    clerk = at_work(app, *Role)
    data = {"csrf_token": _token(clerk.browser), "body": "parole"}

    for address, method in _addresses(app):
        if method == "POST":
            answer = clerk.browser.post(address, data=data, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 403, address


def _token(browser: FlaskClient) -> str:
    page = browser.get("/desk/appuntamenti")
    return hidden(page.text, "csrf_token")


def _addresses(app: Flask, *, named: bool = False) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    with app.test_request_context():
        for rule in staff_rules(app):
            address = app.url_for(rule.endpoint, **{name: VALUES[name] for name in rule.arguments})
            for method in sorted((rule.methods or set()) & {"GET", "HEAD", "POST"}):
                found.append((address, method, rule.endpoint) if named else (address, method))
    assert len(found) >= 5
    return found


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
