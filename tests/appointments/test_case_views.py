"""The visit on the page of its case: moving, giving up, «vengo», the waiting list, offers, the calendar file."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select, update

from tests.factories.appointments import MONDAY, TUESDAY, booked, seen
from tests.factories.cases import opened, put, view
from tests.factories.citizens import CONTACTS, Citizen, hidden
from tests.factories.hours import rome
from tests.factories.visitors import PERSON, STEP_3, Visitor, near_times, tiles
from tests.factories.waiting import live, make_all, released, waiting
from urp.appointments import queries, wish_queries
from urp.appointments.cancel import cancel
from urp.appointments.models import Appointment, Offer
from urp.cases import queries as cases
from urp.cases.answer import answer as answer_in_writing
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("monday")
QUESTION = {"topic": "ambiente", "subject": "Il pozzo di casa", "body": "Che carte servono?", "extra-luogo": "Pero"}


@pytest.fixture
def giulia(client: FlaskClient) -> Visitor:
    """Somebody with a browser."""
    return Visitor(client)


def visit_of(app: Flask, code: str) -> queries.AppointmentView:
    with app.app_context():
        case = cases.case_by_code(code)
        assert case is not None
        found = queries.latest_of_case(case.id)
        assert found is not None
        return found


def act(giulia: Visitor, code: str, what: str, **form: str) -> str:
    """Press a button of the case page; returns the page that follows."""
    answer = giulia.post(f"/r/{code}/appuntamento/{what}", form)
    assert answer.status_code == 303, answer.text
    assert answer.location == f"/r/{code}"
    return giulia.browser.get(answer.location).text


def test_a_visit_that_opened_its_case_has_steps_of_its_own(giulia: Visitor) -> None:
    code = giulia.book()
    page = giulia.browser.get(f"/r/{code}").text

    for words in ("Prenotato", "Abbiamo registrato il tuo appuntamento: ", "Confermato"):
        assert words in page
    for words in ("Rispondiamo entro", "Prevista entro", "Abbiamo registrato la tua domanda.", "Ritira la richiesta"):
        assert words not in page


def test_a_visit_moves_to_another_time(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00")
    page = giulia.browser.get(f"/r/{code}/appuntamento/sposta").text
    assert "Resta tuo finché non ne scegli un altro" in page
    assert "2026-11-24T10:00+01:00" not in tiles(page)

    moved = act(giulia, code, "sposta", start="2026-11-26T15:00+01:00", action="move")

    assert "Abbiamo spostato il tuo appuntamento." in moved
    assert "Giovedì 26 novembre 2026 alle 15.00" in moved
    assert visit_of(app, code).seq == 1


def test_while_the_visit_goes_on_the_page_says_whom_to_call(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00")
    assert "Ti serve un altro appuntamento?" not in giulia.browser.get(f"/r/{code}").text
    with app.app_context():
        begun = update(Appointment).values(starts_at=MONDAY - timedelta(minutes=10))
        with transaction():
            db.session.execute(begun)

    page = giulia.browser.get(f"/r/{code}").text

    assert "Ti serve un altro appuntamento? Chiamaci:" in page
    assert "/sposta" not in page


def test_who_cannot_have_the_new_time_keeps_the_old_one(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00")
    with app.app_context():
        booked(rome("2026-11-24 14:00"), 1)
    answer = giulia.post(f"/r/{code}/appuntamento/sposta", {"start": "2026-11-24T14:00+01:00"}, page=f"/r/{code}")

    assert answer.status_code == 409
    assert len(near_times(answer.text)) == 3
    assert visit_of(app, code).starts_at == rome("2026-11-24 10:00")
    for start, status in (("", 400), ("domani", 400), ("2026-12-08T10:00+01:00", 409)):
        said = giulia.post(f"/r/{code}/appuntamento/sposta", {"start": start}, page=f"/r/{code}")
        assert said.status_code == status, start


def test_another_week_is_shown_without_moving_anything(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()
    answer = giulia.post(f"/r/{code}/appuntamento/sposta", {"settimana": "2026-W49"}, page=f"/r/{code}")

    assert answer.status_code == 200
    assert "30 novembre – 4 dicembre 2026" in answer.text
    assert visit_of(app, code).seq == 0


def test_giving_the_visit_up_takes_the_case_back_and_asks_once_more(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()
    assert "Vuoi disdire l’appuntamento?" in giulia.browser.get(f"/r/{code}/appuntamento/disdici").text
    assert visit_of(app, code).state == "confirmed"
    forged = giulia.browser.post(f"/r/{code}/appuntamento/disdici", data={})
    assert forged.status_code == 400
    assert "Premi di nuovo il pulsante" in forged.text

    page = act(giulia, code, "disdici", action="cancel")

    assert "Hai disdetto l’appuntamento." in page
    assert "Disdetto" in page
    assert visit_of(app, code).state == "cancelled"
    assert "L’appuntamento è annullato." in act(giulia, code, "disdici", action="cancel")


def test_coming_is_said_once(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()

    assert "Grazie: ti aspettiamo." in act(giulia, code, "conferma")
    page = giulia.browser.get(f"/r/{code}").text
    assert "Ci hai detto che vieni" in page
    assert "/appuntamento/conferma" not in page
    assert visit_of(app, code).coming_at == MONDAY


def test_the_waiting_list_is_joined_and_left_with_a_button(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-12-03T10:00+01:00")
    case_id = visit_of(app, code).case_id
    assert case_id is not None

    assert "se si libera un orario prima, ti scriviamo" in act(giulia, code, "avvisami", action="ask")
    with app.app_context():
        assert wish_queries.waiting_wish(case_id) is not None
    assert "Non avvisarmi più" in giulia.browser.get(f"/r/{code}").text
    assert "non ti scriviamo più" in act(giulia, code, "avvisami", action="leave")
    with app.app_context():
        assert wish_queries.waiting_wish(case_id) is None


def test_an_offer_is_taken_or_let_go(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-12-03T10:00+01:00")
    act(giulia, code, "avvisami", action="ask")
    offer_id = _offered(app, code)
    page = giulia.browser.get(f"/r/{code}").text
    assert "Si è liberato un orario per te" in page
    assert "Martedì 24 novembre 2026 alle 10.00" in page
    assert hidden(page, "offer") == str(offer_id)

    assert "non è più disponibile" in act(giulia, code, "offerta", offer=str(offer_id + 1), action="accept")
    assert visit_of(app, code).starts_at == rome("2026-12-03 10:00")
    for _ in range(2):
        assert "l’orario è tuo" in act(giulia, code, "offerta", offer=str(offer_id), action="accept")
    assert visit_of(app, code).starts_at == rome("2026-11-24 10:00")
    assert "non è più disponibile" in act(giulia, code, "offerta", offer=str(offer_id), action="decline")


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1.5", "٣", "9" * 30, "\x00"])
def test_an_offer_that_is_none_is_gone(giulia: Visitor, number: str) -> None:
    assert "non è più disponibile" in act(giulia, giulia.book(), "offerta", offer=number, action="accept")


def test_the_offer_of_somebody_else_is_none(app: Flask, giulia: Visitor) -> None:
    with app.app_context():
        other = waiting(rome("2026-12-03 10:00"), 2)
        released(TUESDAY)
        assert make_all() == 1
        held = live(other.case_id)
        assert held is not None
    assert "non è più disponibile" in act(giulia, giulia.book(), "offerta", offer=str(held.id), action="accept")


def test_who_booked_elsewhere_meanwhile_is_told_why_the_offer_is_not_theirs(app: Flask, giulia: Visitor) -> None:
    assert giulia.choose("", action="waiting").status_code == 303
    giulia.tell()
    code = giulia.confirm(giulia.browser.get(STEP_3).text).location.rpartition("/")[2]
    offer_id = _offered(app, code)
    with app.app_context():
        booked(rome("2026-12-03 10:00"))

    page = act(giulia, code, "offerta", offer=str(offer_id), action="accept")

    assert "non possiamo fissare un secondo appuntamento" in page
    assert "Si è liberato un orario per te" in page


def test_an_offer_that_is_let_go_leaves_the_visit_where_it_is(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-12-03T10:00+01:00")
    act(giulia, code, "avvisami", action="ask")
    offer_id = _offered(app, code)

    for _ in range(2):
        assert "l’orario va a un’altra persona" in act(giulia, code, "offerta", offer=str(offer_id), action="decline")
    assert visit_of(app, code).starts_at == rome("2026-12-03 10:00")
    with app.app_context():
        assert list(db.session.scalars(select(Offer.state))) == ["declined"]


def test_the_calendar_file_has_the_visit_s_own_name_and_number(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00")
    answer = giulia.browser.get(f"/r/{code}/appuntamento.ics")
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")

    assert answer.mimetype == "text/calendar"
    assert answer.headers["Content-Disposition"] == "attachment; filename=appuntamento.ics"
    assert str(event["UID"]).startswith(visit_of(app, code).uid)
    assert event.decoded("DTSTART") == rome("2026-11-24 10:00")
    assert event["SEQUENCE"] == 0


def test_a_question_becomes_a_visit_without_typing_anything_again(app: Flask, client: FlaskClient) -> None:
    citizen = Citizen(client, question=dict(QUESTION))
    code = citizen.send_question()
    giulia = Visitor(client)
    assert f"/r/{code}/appuntamento/prenota" in client.get(f"/r/{code}").text
    page = client.get(f"/r/{code}/appuntamento/prenota").text
    assert "«Il pozzo di casa»" in page
    assert 'name="given_name"' not in page

    booked_page = act(giulia, code, "prenota", start="2026-11-24T10:00+01:00", needs="lis", action="book")

    assert "L’appuntamento è confermato" in booked_page
    assert "Rispondiamo entro" in booked_page
    assert "Mi serve un interprete LIS" in booked_page
    visit = visit_of(app, code)
    assert (visit.ticks, visit.opened_case, visit.needs) == (10, False, ("lis",))
    assert f"/r/{code}/appuntamento/prenota" not in client.get(f"/r/{code}").text
    assert client.get(f"/r/{code}/appuntamento/prenota").location == f"/r/{code}"
    assert "La tua domanda resta aperta" in client.get(f"/r/{code}/appuntamento/disdici").text


def test_the_page_keeps_the_needs_and_says_when_they_do_not_fit(client: FlaskClient) -> None:
    code = Citizen(client, question=dict(QUESTION)).send_question()
    form = {"start": "2026-11-24T11:30+01:00", "needs": "lis", "action": "book"}
    answer = Visitor(client).post(f"/r/{code}/appuntamento/prenota", form, page=f"/r/{code}")

    assert answer.status_code == 409
    assert 'value="lis" checked' in answer.text
    assert "Un appuntamento dura 50 minuti." in answer.text
    assert len(near_times(answer.text)) == 3


def test_a_person_with_a_visit_cannot_book_another_for_a_question(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        booked(person={"email": str(CONTACTS["email"])})
    code = Citizen(client, question=dict(QUESTION)).send_question()
    form = {"start": "2026-11-26T10:00+01:00", "action": "book"}
    answer = Visitor(client).post(f"/r/{code}/appuntamento/prenota", form, page=f"/r/{code}")

    assert answer.status_code == 409
    assert "Con questi recapiti non possiamo fissare un secondo appuntamento." in answer.text


def test_a_question_on_what_needs_no_visit_offers_none(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client).send_question()

    assert "/appuntamento/prenota" not in client.get(f"/r/{code}").text
    assert client.get(f"/r/{code}/appuntamento/prenota").location == f"/r/{code}"
    assert client.get(f"/r/{code}/appuntamento.ics").status_code == 404


def test_an_answer_in_writing_asks_whether_the_visit_is_still_needed(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client, question=dict(QUESTION)).send_question()
    giulia = Visitor(client)
    act(giulia, code, "prenota", start="2026-11-24T10:00+01:00", action="book")
    with app.app_context(), transaction():
        case = cases.case_by_code(code)
        assert case is not None
        answer_in_writing(case, "Bastano due carte.", at=MONDAY, actor="operator")
    page = client.get(f"/r/{code}").text
    for words in ("Forse non serve più venire", "Vengo lo stesso", "Rinuncio"):
        assert words in page

    assert "Forse non serve più venire" not in act(giulia, code, "conferma")


def test_a_visit_of_the_past_cannot_be_changed(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()
    visit = visit_of(app, code)
    with app.app_context():
        _happened(visit.id)

    for what, form in (
        ("sposta", {"start": "2026-11-26T10:00+01:00"}),
        ("disdici", {}),
        ("conferma", {}),
        ("avvisami", {"action": "ask"}),
    ):
        assert "non si può più cambiare" in act(giulia, code, what, **form), what
    with app.app_context():
        assert seen(visit.id).state == "confirmed"


def test_what_became_of_the_visit_is_told(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()
    visit = visit_of(app, code)
    for state, words in (("attended", "Ci siamo visti allo sportello."), ("missed", "Non ti abbiamo visto.")):
        with app.app_context():
            _happened(visit.id, state=state)
        page = giulia.browser.get(f"/r/{code}").text
        assert words in page
        assert "/appuntamento/sposta" not in page


def test_a_visit_that_the_office_called_off_leaves_a_request_to_be_answered(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00")
    with app.app_context(), transaction():
        cancel(visit_of(app, code).id, at=MONDAY, by="office")
    page = giulia.browser.get(f"/r/{code}").text

    for words in (
        "L’appuntamento non c’è più",
        "martedì 24 novembre 2026 alle 10.00",
        "Annullato",
        "Rispondiamo entro",
    ):
        assert words in page, words
    assert f"/r/{code}/appuntamento/prenota" in page


DOORS = ("prenota", "sposta", "disdici", "conferma", "avvisami", "offerta")


def test_nobody_acts_on_the_visit_of_somebody_else(app: Flask, giulia: Visitor) -> None:
    code = giulia.book()
    stranger = Visitor(app.test_client())
    for door in DOORS:
        answer = stranger.post(f"/r/{code}/appuntamento/{door}", {"start": "2026-11-26T10:00+01:00"})
        assert answer.location == "/segui", door
    assert stranger.browser.get(f"/r/{code}/appuntamento.ics").location == "/segui"
    assert visit_of(app, code).seq == 0


def test_a_case_without_an_address_cannot_wait_for_mail(app: Flask, giulia: Visitor) -> None:
    giulia.person = {**PERSON, "email": "", "phone": "333 123 4567"}
    code = giulia.book()

    assert "ci serve la tua e-mail" in act(giulia, code, "avvisami", action="ask")


def test_a_closed_question_offers_no_visit(app: Flask, client: FlaskClient) -> None:
    code = Citizen(client, question=dict(QUESTION)).send_question()
    with app.app_context():
        case = cases.case_by_code(code)
        assert case is not None
        put(case.id, "closed", closed_at=MONDAY)
        assert view(opened(at=MONDAY).id).state == "received"

    assert "/appuntamento/prenota" not in client.get(f"/r/{code}").text


def _happened(appointment_id: int, **values: str) -> None:
    with transaction():
        visit = db.session.get_one(Appointment, appointment_id)
        visit.starts_at = rome("2026-11-23 08:00")
        for name, value in values.items():
            setattr(visit, name, value)


def _offered(app: Flask, code: str) -> int:
    """A time comes free and is held for the case; the id of the offer."""
    with app.app_context():
        released(TUESDAY)
        assert make_all() == 1
        held = live(visit_of_case(code))
        assert held is not None
        return held.id


def visit_of_case(code: str) -> int:
    case = cases.case_by_code(code)
    assert case is not None
    return case.id
