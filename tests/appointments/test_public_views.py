"""Three steps to a visit: what is chosen, what is kept, and one confirmation that counts once."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from tests.factories.appointments import MONDAY, booked, claims_of, publish_hours
from tests.factories.busy_counter import free_all
from tests.factories.cases import letters, text_of
from tests.factories.citizens import hidden
from tests.factories.statements import counted
from tests.factories.visitors import STEP_1, STEP_2, STEP_3, Visitor, chosen_tile, near_times, tiles
from tests.templates.html_tree import parse
from urp.appointments.models import Appointment, Wish
from urp.cases import queries as cases
from urp.cases.models import Case
from urp.foundation.clock import to_rome
from urp.foundation.db import db, transaction

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def giulia(client: FlaskClient) -> Visitor:
    """Somebody with a browser."""
    return Visitor(client)


def visits(app: Flask) -> list[Appointment]:
    with app.app_context():
        return list(db.session.scalars(select(Appointment).order_by(Appointment.id)))


def test_giulia_books_and_reads_where_when_and_what_to_bring(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:30+01:00")

    page = giulia.browser.get(f"/r/{code}").text
    for words in (
        "L’appuntamento è confermato", "Martedì 24 novembre 2026 alle 10.30", "via Vivaio 1", "Servono un documento",
        "10.00–12.00 e 14.00–16.00", "Sposta", "Disdici", "Porto le carte del pozzo.", code,
    ):  # fmt: skip
        assert words in page, words
    (visit,) = visits(app)
    assert (visit.state, to_rome(visit.starts_at).isoformat()) == ("confirmed", "2026-11-24T10:30:00+01:00")
    assert visit.opened_case
    assert [letter["To"].addresses[0].addr_spec for letter in letters(app)] == ["giulia.bianchi@posta.example"]


def test_a_phone_number_alone_is_enough(app: Flask, giulia: Visitor) -> None:
    code = giulia.book(email="", phone="333 123 4567")

    with app.app_context():
        case = cases.case_by_code(code)
        assert case is not None
        assert (case.applicant.email, case.applicant.phone, case.applicant.reply_by) == (None, "+393331234567", "phone")
    assert "Avvisami" not in giulia.browser.get(f"/r/{code}").text
    assert letters(app) == []


def test_without_an_address_the_pages_send_to_the_phone_and_not_to_a_link(giulia: Visitor) -> None:
    giulia.choose("2026-11-24T10:30+01:00")
    assert "Con il link che trovi lì puoi spostare o disdire" in giulia.browser.get(STEP_2).text
    giulia.tell(email="", phone="333 123 4567")
    summary = giulia.browser.get(STEP_3).text
    shown = parse(giulia.browser.get(giulia.confirm(summary).location).text).one("main")

    for words, page in (("Se non puoi venire, chiama", summary), ("Per spostarlo o disdirlo chiama", shown.text)):
        assert words in page
        assert "800.88.33.11" in page
        assert "dal lunedì al giovedì: 10.00–12.00 e 14.00–16.00; venerdì: 10.00–12.00." in page
    assert "sposta o disdici" not in summary
    assert "Segna giorno, ora e codice." in shown.text
    assert "ti serve per spostarlo" not in shown.text
    receipt = next(one.attrs["href"] for one in shown.all("a") if one.text == "stampa il promemoria")
    paper = parse(giulia.browser.get(receipt).text).one("main").text
    assert "dalle 10.30 alle 11.00" in paper
    assert "Rispondiamo entro" not in paper


def test_how_long_the_visit_lasts_is_said(app: Flask, giulia: Visitor) -> None:
    code = giulia.book("2026-11-24T10:00+01:00", needs=["lis"])

    assert "dalle 10.00 alle 10.50" in giulia.browser.get(f"/r/{code}").text
    assert "martedì 24 novembre 2026, dalle 10.00 alle 10.50\n" in text_of(letters(app)[0])


def test_while_booking_no_link_leads_to_where_one_is(giulia: Visitor) -> None:
    assert "urp-book" not in giulia.browser.get(STEP_1).text
    assert "urp-book" in giulia.browser.get("/segui").text


def test_a_later_step_without_a_draft_goes_back_with_words_and_keeps_what_was_typed(app: Flask) -> None:
    late = Visitor(app.test_client())
    answer = late.tell(given_name="")
    assert answer.location == STEP_1
    assert "Non troviamo più la tua prenotazione" in late.browser.get(STEP_1).text
    assert 'value="Bianchi"' in late.browser.get(STEP_2).text

    forged = app.test_client().post(STEP_3, data={"action": "send"})
    assert forged.status_code == 400
    assert "Non troviamo più la tua prenotazione" in forged.text


def test_the_same_key_twice_is_the_same_visit(app: Flask, giulia: Visitor) -> None:
    page = giulia.reach_summary()
    first, second = giulia.confirm(page), giulia.confirm(page)

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert len(visits(app)) == 1


def test_another_week_keeps_every_word_and_the_time_that_was_chosen(giulia: Visitor) -> None:
    start = giulia.times()[2]
    answer = giulia.post(STEP_1, {**giulia.reason, "start": start, "settimana": "2026-W50"})

    assert answer.status_code == 303
    assert answer.location == f"{STEP_1}?settimana=2026-W50#orari"
    page = giulia.browser.get(answer.location).text
    assert "7–11 dicembre 2026" in page
    assert 'value="ambiente" selected' in page or 'selected value="ambiente"' in page
    assert "Porto le carte del pozzo." in page
    assert near_times(page) == [start]
    assert chosen_tile(page) == start


def test_a_holiday_says_why_the_day_is_closed(giulia: Visitor) -> None:
    page = giulia.browser.get(f"{STEP_1}?settimana=2026-W50").text

    assert "Martedì 8 dicembre</strong> – chiuso: Immacolata Concezione" in page
    assert all(start.startswith("2026-12-10") for start in tiles(page))


def test_each_day_is_a_group_and_each_tile_says_its_day(giulia: Visitor) -> None:
    page = parse(giulia.browser.get(STEP_1).text)

    legends = [one.one("legend").text for one in page.all("fieldset")]
    assert legends == ["Martedì 24 novembre – 6 posti liberi", "Giovedì 26 novembre – 6 posti liberi"]
    labels = [one.text for one in page.all("label") if one.attrs.get("for", "").startswith("start-")]
    assert labels[0] == "Martedì 24 novembre, ore 10.00"
    assert len({one.attrs["id"] for one in page.all("input") if one.attrs["name"] == "start"}) == 12


def test_the_time_is_held_for_this_browser_alone(app: Flask, giulia: Visitor) -> None:
    start = giulia.times()[0]
    assert giulia.choose(start).status_code == 303

    assert "Teniamo il posto per te fino alle 9.15" in giulia.browser.get(STEP_2).text
    assert start in giulia.times()
    assert start not in Visitor(app.test_client()).times()


def test_who_chooses_anew_gives_the_first_time_back(app: Flask, giulia: Visitor) -> None:
    first, second, *_ = giulia.times()
    giulia.choose(first)
    giulia.choose(second)

    assert first in Visitor(app.test_client()).times()
    (held,) = visits(app)
    with app.app_context():
        assert len(claims_of(appointment_id=held.id)) == held.ticks


def test_needs_that_take_longer_get_their_time(app: Flask, giulia: Visitor) -> None:
    giulia.choose("2026-11-24T10:00+01:00")
    assert giulia.tell(needs=["accessibilita", "lis"]).location == STEP_3

    assert "(60 minuti)" in giulia.browser.get(STEP_3).text
    (held,) = visits(app)
    assert held.ticks == 12


def test_needs_that_do_not_fit_bring_the_times_back_with_everything_typed(giulia: Visitor) -> None:
    giulia.choose("2026-11-24T11:30+01:00")
    answer = giulia.tell(needs=["lis"])

    assert answer.status_code == 409
    assert "Per la tua visita serve più tempo" in answer.text
    assert "Un appuntamento dura 50 minuti." in answer.text
    near = near_times(answer.text)
    assert len(near) == 3
    assert giulia.choose(near[0]).status_code == 303
    step2 = giulia.browser.get(STEP_2).text
    assert 'value="Giulia"' in step2
    assert 'value="lis" checked' in step2


def test_a_hold_that_ran_out_is_taken_again_if_the_time_is_free(app: Flask, client: FlaskClient) -> None:
    giulia = Visitor(client)
    page = giulia.reach_summary()
    with app.app_context():
        _make_old()

    assert "Il tempo è passato" in client.get(STEP_3).text
    assert giulia.confirm(page).status_code == 303


def test_a_hold_that_ran_out_and_went_to_somebody_else_brings_the_times_back(app: Flask, giulia: Visitor) -> None:
    page = giulia.reach_summary()
    with app.app_context():
        _make_old(and_gone=True)
        booked(number=1)
    answer = giulia.confirm(page)

    assert answer.status_code == 409
    assert "Un’altra persona ha appena preso questo orario" in answer.text
    assert len(near_times(answer.text)) == 3
    assert "Porto le carte del pozzo." in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_a_second_booking_of_one_person_is_refused_with_what_to_do(app: Flask, giulia: Visitor) -> None:
    with app.app_context():
        booked()
    answer = giulia.confirm(giulia.reach_summary())

    assert answer.status_code == 409
    assert "Con questi recapiti non possiamo fissare un secondo appuntamento." in answer.text
    assert "dal link della conferma" in answer.text
    assert "Giulia Bianchi" in answer.text
    assert [visit.state for visit in visits(app)] == ["confirmed", "held"]


def test_who_is_known_by_number_alone_is_sent_to_the_phone(app: Flask, giulia: Visitor) -> None:
    by_phone = {"email": "", "phone": "333 123 4567"}
    giulia.book(**by_phone)
    second = Visitor(app.test_client())
    answer = second.confirm(second.reach_summary(**by_phone))

    assert answer.status_code == 409
    assert "Con questo numero non possiamo fissare un secondo appuntamento." in answer.text
    assert "link della conferma" not in answer.text


def test_a_window_left_behind_is_never_sent_to_an_older_booking(app: Flask, client: FlaskClient) -> None:
    giulia = Visitor(client)
    page = giulia.reach_summary()
    older = giulia.confirm(page).location
    forged = {"idempotency_key": ""}
    assert giulia.confirm(page, **forged).location == older
    page = giulia.reach_summary(email="altra@posta.example")
    with client.session_transaction() as session:
        before = dict(session)
    assert giulia.confirm(page).location != older
    with client.session_transaction() as session:
        session["booked_draft"] = before["booked_draft"]  # as if the other answer had come last

    assert giulia.confirm(page, **forged).location == "/segui"


def test_the_waiting_list_needs_an_address_and_opens_a_case(app: Flask, giulia: Visitor) -> None:
    assert giulia.post(STEP_1, {**giulia.reason, "action": "waiting"}).location == STEP_2
    refused = giulia.tell(email="", phone="333 123 4567")
    assert refused.status_code == 400
    assert "Scrivi la tua e-mail: ti avvisiamo lì quando si libera un posto" in refused.text
    assert giulia.tell().location == STEP_3
    summary = giulia.browser.get(STEP_3).text

    for _ in range(2):  # a double click says the same
        answer = giulia.confirm(summary)
        assert answer.status_code == 303
        page = giulia.browser.get(answer.location).text
        assert "Sei in lista d’attesa. Conserva il codice" in page
        assert "L’appuntamento è confermato" not in page
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Wish)) == 1
    assert visits(app) == []


def test_without_any_free_time_the_page_says_so_and_opens_the_waiting_list(app: Flask, giulia: Visitor) -> None:
    with app.app_context():
        publish_hours(counter="Sa 10:00-10:05")
    page = giulia.browser.get(STEP_1).text

    assert tiles(page) == []
    assert "nessun posto libero" in page
    assert '<details class="urp-answer" open>' in page


def test_the_home_page_names_the_first_free_time(app: Flask, giulia: Visitor) -> None:
    assert "martedì 24 novembre, ore 10.00" in giulia.browser.get("/").text
    with app.app_context():
        booked()
    assert "martedì 24 novembre, ore 10.30" in giulia.browser.get("/").text


def test_the_page_of_times_asks_little_of_the_database_and_confirming_commits_once(app: Flask, giulia: Visitor) -> None:
    page = giulia.reach_summary()
    giulia.browser.get(STEP_1)
    with app.app_context():
        engine = db.engine
    with counted(engine) as shown:
        assert giulia.browser.get(STEP_1).status_code == 200
    with counted(engine) as done:
        assert giulia.confirm(page).status_code == 303

    assert len(shown.statements) <= 6, shown.statements
    assert done.commits == 1


def test_the_steps_can_only_be_taken_in_their_order(client: FlaskClient) -> None:
    assert client.get(STEP_2).location == STEP_1
    assert client.get(STEP_3).location == STEP_1
    giulia = Visitor(client)
    giulia.choose()
    assert client.get(STEP_3).location == STEP_2
    assert giulia.tell(action="back").location == STEP_1


def test_a_mistyped_address_is_mended_with_one_button(giulia: Visitor) -> None:
    page = giulia.reach_summary(email="giulia@gmial.com")
    assert "Volevi scrivere giulia@gmail.com?" in page
    assert giulia.confirm(page, action="accept-typo").location == STEP_3
    assert "giulia@gmail.com" in giulia.browser.get(STEP_3).text
    assert hidden(page, "digest") != hidden(giulia.browser.get(STEP_3).text, "digest")


def _make_old(*, and_gone: bool = False) -> None:
    with transaction():
        db.session.execute(update(Appointment).values(expires_at=MONDAY - timedelta(seconds=1)))
    if and_gone:
        free_all(MONDAY)
