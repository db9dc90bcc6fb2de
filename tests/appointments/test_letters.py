"""The letters of a visit: to the right mailbox, with what the citizen needs, and a link that opens the case."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories.appointments import MONDAY, THURSDAY, TUESDAY, booked, clock_stands
from tests.factories.cases import letters, link_in, opened, text_of, view
from urp.appointments import absences
from urp.appointments.absences import Absence
from urp.appointments.book import book
from urp.appointments.cancel import cancel
from urp.appointments.move import move
from urp.appointments.queries import AppointmentView
from urp.cases.answer import answer
from urp.cases.withdraw import withdraw
from urp.foundation.db import db, transaction
from urp.hours import publish
from urp.offices.queries import institution
from urp.outbox.models import MESSAGES

pytestmark = pytest.mark.usefixtures("office")


def ways() -> list[tuple[str, str, str]]:
    """Kind, mailbox and key of each letter, the oldest first."""
    db.session.rollback()
    columns = (MESSAGES.c.kind, MESSAGES.c.mailbox, MESSAGES.c.dedupe_key)
    return [(kind, mailbox, key) for kind, mailbox, key in db.session.execute(select(*columns).order_by(MESSAGES.c.id))]


def moved(visit: AppointmentView, by: str = "citizen") -> None:
    with transaction():
        assert move(visit.id, THURSDAY, at=MONDAY, by=by)  # type: ignore[arg-type]


def cancelled(visit: AppointmentView, by: str = "citizen") -> None:
    with transaction():
        assert cancel(visit.id, at=MONDAY, by=by)  # type: ignore[arg-type]


def test_the_confirmation_says_when_where_and_what_to_bring(app: Flask) -> None:
    visit = booked(TUESDAY, needs=("lis",))
    (letter,) = letters(app, "appointment_confirmed")
    words = text_of(letter)

    assert str(letter["Subject"]) == f"Appuntamento confermato: martedì 24 novembre 2026, ore 10.00 ({visit.code})"
    for fact in (
        "Ciao Giulia,",
        "martedì 24 novembre 2026 alle 10.00 in via Vivaio 1, Milano",
        f"Codice: {visit.code}",
        "interprete LIS",
        institution().text("what_to_bring", "it"),
        institution().text("how_to_get_there", "it"),
        institution().phone,
        "dal lunedì al giovedì: 10.00–12.00 e 14.00–16.00",  # the phone's hours, as the calendar has them
    ):
        assert fact in words, fact
    html = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for fact in ("martedì 24 novembre 2026 alle 10.00", str(visit.code), "documento di identità", "interprete LIS"):
        assert fact in html, fact
    assert letter["Auto-Submitted"] == "auto-replied"


def test_the_link_opens_the_case_only_after_a_press(app: Flask, client: FlaskClient) -> None:
    visit = booked(TUESDAY)
    (letter,) = letters(app, "appointment_confirmed")
    door = link_in(letter)

    assert client.get(f"/r/{visit.code}").status_code == 303  # to «Segui»
    page = client.get(door)
    assert page.status_code == 200
    assert client.get(f"/r/{visit.code}").status_code == 303  # looking at the link opens nothing
    token = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', page.text)
    client.post(door, data={"csrf_token": token[1]} if token else {})
    assert client.get(f"/r/{visit.code}").status_code == 200


def test_each_change_has_a_letter_of_its_own(app: Flask) -> None:
    visit = booked(TUESDAY)
    moved(visit)
    cancelled(visit)

    assert ways() == [
        ("appointment_confirmed", "peo", f"{visit.case_id}:appointment_confirmed:{visit.id}-0"),
        ("appointment_moved", "peo", f"{visit.case_id}:appointment_moved:{visit.id}-1"),
        ("appointment_cancelled", "peo", f"{visit.case_id}:appointment_cancelled:{visit.id}-2"),
    ]
    links = {link_in(letter) for letter in letters(app)}
    assert len(links) == 3
    assert "giovedì 26 novembre 2026 alle 10.00" in text_of(letters(app, "appointment_moved")[0])


def test_to_a_certified_mailbox_letters_are_formal_and_leave_by_pec(app: Flask) -> None:
    visit = booked(TUESDAY, person={"email": "giulia@pec.posta.example", "reply_by": "pec"})
    moved(visit)

    assert {mailbox for _kind, mailbox, _key in ways()} == {"pec"}
    assert "Gentile Giulia Bianchi," in text_of(letters(app, "appointment_confirmed")[0])
    assert str(institution().pec) in letters(app, "appointment_moved")[0]["From"]


def test_who_reads_english_gets_english(app: Flask) -> None:
    booked(TUESDAY, language="en")

    words = text_of(letters(app, "appointment_confirmed")[0])
    assert "Tuesday 24 November 2026 at 10:00" in words
    assert "identity document" in words


def test_who_gave_no_address_gets_no_letter(app: Flask) -> None:
    visit = booked(TUESDAY, channel="phone", person={"email": None, "reply_by": "phone"})
    moved(visit, "office")
    cancelled(visit, "office")

    assert ways() == []


@pytest.mark.parametrize(("by", "sorry"), [("office", True), ("citizen", False)])
def test_the_office_says_sorry_for_what_it_changes(app: Flask, by: str, sorry: bool) -> None:
    visit = booked(TUESDAY)
    moved(visit, by)
    cancelled(visit, by)

    assert ("Ci scusiamo" in text_of(letters(app, "appointment_moved")[0])) == sorry
    assert ("ci dispiace" in text_of(letters(app, "appointment_cancelled")[0])) == sorry


@pytest.mark.parametrize(
    ("ranges", "why"), [("", "Motivo: assemblea."), ("14:00-16:00", "Motivo: assemblea."), ("10:00-12:00", "")]
)
def test_a_closure_names_the_old_time_and_why(app: Flask, ranges: str, why: str) -> None:
    visit = booked(TUESDAY)
    with transaction():
        publish.add_exception(
            *(TUESDAY.date(), TUESDAY.date()), channels=("sportello",), ranges=ranges, reason="assemblea"
        )
    moved(visit, "office")
    cancelled(visit, "office")

    words, over = (text_of(letters(app, f"appointment_{kind}")[0]) for kind in ("moved", "cancelled"))
    assert "martedì 24 novembre 2026 alle 10.00 lo sportello non può riceverti" in words
    assert "giovedì 26 novembre 2026 alle 10.00" in words
    assert "Argomento: Ambiente" in words
    assert re.findall("Motivo: .*", words) == ([why] if why else [])
    assert "Motivo" not in over  # on Thursday, its day by now, the counter is open


def test_an_absence_at_a_desk_is_nobody_elses_business(app: Flask) -> None:
    booked(TUESDAY)
    with clock_stands(), transaction():
        absences.apply(Absence(1, TUESDAY.date(), TUESDAY.date(), "malattia"), choice="move", at=MONDAY)

    words = text_of(letters(app, "appointment_moved")[0])
    assert "malattia" not in words
    assert "Motivo" not in words


def test_who_gave_up_the_visit_of_a_case_begins_anew_and_a_question_stays(app: Flask) -> None:
    cancelled(booked(TUESDAY))
    case = opened(topic="ambiente", person={"email": "altra@posta.example"})
    with transaction():
        visit_id = book(case, THURSDAY, needs=(), at=MONDAY)
    with transaction():
        cancel(visit_id, at=MONDAY, by="citizen")

    alone, of_a_question = (text_of(letter) for letter in letters(app, "appointment_cancelled"))
    assert "/appuntamenti/nuovo\n" in alone
    assert "/l/" in of_a_question
    assert view(case.id).state == "received"


def test_withdrawing_the_request_gives_up_its_visit(app: Flask) -> None:
    case = opened(topic="ambiente")
    with transaction():
        book(case, TUESDAY, needs=(), at=MONDAY)
    with transaction():
        withdraw(view(case.id), at=MONDAY)

    (letter,) = letters(app, "appointment_cancelled")
    assert "/appuntamenti/nuovo\n" in text_of(letter)
    assert b"STATUS:CANCELLED" in next(iter(letter.iter_attachments())).get_payload(decode=True)


def test_an_answer_in_writing_asks_whether_the_visit_is_still_needed(app: Flask) -> None:
    case = opened(topic="ambiente")
    with transaction():
        book(case, TUESDAY, needs=(), at=MONDAY)
    for _ in range(2):
        with transaction():
            answer(view(case.id), "Il pozzo è a posto.", at=MONDAY, actor="office")

    (letter,) = letters(app, "appointment_not_needed")  # once, however often the office writes
    assert len(letters(app, "answer")) == 2
    assert "martedì 24 novembre 2026 alle 10.00" in text_of(letter)
    assert view(case.id).state == "answered"


def test_an_answer_to_who_does_not_come_asks_nothing(app: Flask) -> None:
    case = opened(topic="ambiente")
    with transaction():
        visit_id = book(case, TUESDAY, needs=(), at=MONDAY)
    with transaction():
        cancel(visit_id, at=MONDAY, by="citizen")
    with transaction():
        answer(view(case.id), "Il pozzo è a posto.", at=MONDAY, actor="office")

    assert letters(app, "appointment_not_needed") == []
    assert len(letters(app, "answer")) == 1


def test_a_name_in_a_letter_is_never_a_program(app: Flask) -> None:
    hostile = "{{7*7}} <b>&amp; %(code)s"
    booked(TUESDAY, person={"given_name": hostile})

    (letter,) = letters(app, "appointment_confirmed")
    assert f"Ciao {hostile}," in text_of(letter)
    assert "<b>" not in letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
