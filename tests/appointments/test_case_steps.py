"""«A che punto è»: what happened to a visit stands among the steps of its case, each with day and hour."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.appointments import MONDAY, clock_stands
from tests.factories.citizens import Citizen
from tests.factories.visitors import STEP_3, Visitor
from tests.templates.html_tree import parse
from urp.appointments import queries
from urp.appointments.cancel import cancel
from urp.appointments.models import Appointment
from urp.cases import queries as cases
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("monday")
QUESTION = {"topic": "ambiente", "subject": "Il pozzo di casa", "body": "Che carte servono?", "extra-luogo": "Pero"}
BOOKED, MOVED = "2026-12-03T10:00+01:00", "2026-11-26T15:00+01:00"


@pytest.fixture
def giulia(client: FlaskClient) -> Visitor:
    """Somebody with a browser."""
    return Visitor(client)


def act(giulia: Visitor, code: str, what: str, **form: str) -> None:
    """Press a button of the case page."""
    assert giulia.post(f"/r/{code}/{what}", form, page=f"/r/{code}").status_code == 303


def line(giulia: Visitor, code: str) -> list[tuple[str, str]]:
    """The steps on the page: each heading with its class."""
    items = parse(giulia.browser.get(f"/r/{code}").text).one("ol", class_="urp-line").all("li")
    return [(one.one("h3").text.partition(" (")[0], one.attrs["class"].removeprefix("is-")) for one in items]


def visit_of(code: str) -> queries.AppointmentView:
    case = cases.case_by_code(code)
    found = case and queries.latest_of_case(case.id)
    assert found
    return found


def test_a_question_with_a_visit_shows_both(giulia: Visitor) -> None:
    code = Citizen(giulia.browser, question=dict(QUESTION)).send_question()
    act(giulia, code, "appuntamento/prenota", start=BOOKED, action="book")
    assert line(giulia, code) == [
        ("Ricevuta", "done"),
        ("Prenotato", "current"),
        ("Risposta", "future"),  # it is promised for an earlier day
        ("Appuntamento", "future"),
    ]

    act(giulia, code, "appuntamento/sposta", start=MOVED, action="move")
    page = giulia.browser.get(f"/r/{code}").text
    assert "Abbiamo registrato il tuo appuntamento: giovedì 3 dicembre 2026 alle 10.00." in page
    assert "Il nuovo appuntamento: giovedì 26 novembre 2026 alle 15.00." in page
    act(giulia, code, "appuntamento/disdici", action="cancel")

    assert (
        "Hai disdetto l’appuntamento di giovedì 26 novembre 2026 alle 15.00." in giulia.browser.get(f"/r/{code}").text
    )
    assert line(giulia, code) == [
        ("Ricevuta", "done"),
        ("Prenotato", "done"),
        ("Spostato", "done"),
        ("Disdetto", "current"),
        ("Risposta", "future"),
    ]


def test_a_plain_visit_shows_its_moves_and_never_a_question(app: Flask, giulia: Visitor) -> None:
    code = giulia.book(BOOKED)
    act(giulia, code, "appuntamento/sposta", start=MOVED, action="move")
    assert line(giulia, code) == [("Prenotato", "done"), ("Spostato", "done"), ("Appuntamento", "future")]

    with app.app_context(), transaction():
        cancel(visit_of(code).id, at=MONDAY, by="office")
    assert line(giulia, code)[-2:] == [("Annullato", "current"), ("Risposta", "future")]


def test_who_gives_up_a_plain_visit_reads_it_once(giulia: Visitor) -> None:
    code = giulia.book(BOOKED)
    act(giulia, code, "appuntamento/disdici", action="cancel")

    assert line(giulia, code) == [("Prenotato", "done"), ("Disdetto", "done")]


def test_what_became_of_a_visit_ends_its_line(app: Flask, giulia: Visitor) -> None:
    code = giulia.book(MOVED)
    with app.app_context(), transaction():
        db.session.get_one(Appointment, visit_of(code).id).state = "attended"

    assert line(giulia, code) == [("Prenotato", "done"), ("Appuntamento", "done")]


def test_who_waits_for_a_time_has_not_asked_a_question(giulia: Visitor) -> None:
    giulia.choose("", action="waiting")
    giulia.tell()
    code = giulia.confirm(giulia.browser.get(STEP_3).text).location.rpartition("/")[2]
    page = giulia.browser.get(f"/r/{code}").text

    assert line(giulia, code) == [("In lista d’attesa", "current"), ("Risposta", "future")]
    assert "Se non si libera niente, ti scriviamo noi entro " in page
    for words in ("la tua domanda", "Rispondiamo entro", "Prevista entro"):
        assert words not in page
    act(giulia, code, "ritira", action="withdraw")
    assert line(giulia, code) == [("In lista d’attesa", "done"), ("Ritirata", "done")]


def test_with_the_question_its_visit_is_given_up_and_the_page_says_so_before(giulia: Visitor) -> None:
    code = Citizen(giulia.browser, question=dict(QUESTION)).send_question()
    assert "disdici anche" not in giulia.browser.get(f"/r/{code}/ritira").text
    act(giulia, code, "appuntamento/prenota", start=BOOKED, action="book")
    asked = parse(giulia.browser.get(f"/r/{code}/ritira").text).one("main").text
    assert "Con la richiesta disdici anche l’appuntamento di giovedì 3 dicembre 2026 alle 10.00" in asked

    act(giulia, code, "ritira", action="withdraw")
    page = giulia.browser.get(f"/r/{code}").text

    assert "Hai ritirato la richiesta: non devi fare altro." in page
    assert line(giulia, code)[-2:] == [("Disdetto", "done"), ("Ritirata", "done")]


def test_coming_is_asked_from_the_working_day_before(giulia: Visitor) -> None:
    code = giulia.book("2026-11-26T10:00+01:00")
    door = f'action="/r/{code}/appuntamento/conferma"'
    assert door not in giulia.browser.get(f"/r/{code}").text

    with clock_stands(MONDAY + timedelta(days=2)):
        with giulia.browser.session_transaction() as session:
            session["cases"] = {code: (MONDAY + timedelta(days=3)).timestamp()}
        assert door in giulia.browser.get(f"/r/{code}").text
        act(giulia, code, "appuntamento/conferma")
        page = giulia.browser.get(f"/r/{code}").text
    assert door not in page
    assert "Ci hai detto che vieni" in page


def test_who_was_reminded_is_asked(app: Flask, giulia: Visitor) -> None:
    code = giulia.book(BOOKED)
    with app.app_context(), transaction():
        db.session.get_one(Appointment, visit_of(code).id).reminded_at = MONDAY

    assert f'action="/r/{code}/appuntamento/conferma"' in giulia.browser.get(f"/r/{code}").text
