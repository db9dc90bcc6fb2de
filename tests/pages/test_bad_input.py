"""Every mistake a citizen can make in the three steps: its words, its place, and nothing typed is lost."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.factories.citizens import CONTACTS, QUESTION, STEP_1, STEP_2, STEP_3, Citizen
from tests.factories.databases import TwoDatabases
from tests.templates.html_tree import Element, parse

ADDRESS = "Scrivi l’indirizzo e-mail nel formato corretto, per esempio nome@esempio.it"
NUMBER = "Scrivi un numero di telefono, per esempio 333 123 4567"
CHOICE = "extra-accesso-atti-tipo-di-accesso"

FIRST_STEP = [
    ({"topic": ""}, "topic-0", "Scegli un argomento"),
    ({"topic": "nowhere"}, "topic-0", "Scegli un argomento"),
    ({"subject": ""}, "subject", "Scrivi di che cosa si tratta"),
    ({"subject": " \u200b "}, "subject", "Scrivi di che cosa si tratta"),
    ({"subject": "x" * 121}, "subject", "Il testo è troppo lungo: togli 1 carattere"),
    ({"subject": "x" * 163}, "subject", "Il testo è troppo lungo: togli 43 caratteri"),
    ({"body": ""}, "body", "Scrivi la tua domanda"),
    ({"body": "x" * 2043}, "body", "La domanda è troppo lunga: togli 43 caratteri"),
    ({"extra-luogo": "x" * 301}, "extra-strade-luogo", "Il testo è troppo lungo: togli 1 carattere"),
    *(
        (
            {"topic": "accesso-atti", "extra-motivo": "Un lavoro", **chosen},
            CHOICE,
            "Compila il campo «Che cosa chiedi?»",
        )
        for chosen in ({}, {"extra-tipo-di-accesso": ""}, {"extra-tipo-di-accesso": "Tutto"})
    ),
]
SECOND_STEP = [
    ({"given_name": ""}, "given_name", "Scrivi il tuo nome"),
    ({"given_name": "x" * 101}, "given_name", "Il testo è troppo lungo: togli 1 carattere"),
    ({"family_name": " "}, "family_name", "Scrivi il tuo cognome"),
    ({"given_name": "Vinci su www.premio.example"}, "given_name", "Scrivi solo il nome, senza indirizzi web o e-mail"),
    ({"family_name": "x@posta.example"}, "family_name", "Scrivi solo il nome, senza indirizzi web o e-mail"),
    ({"email": ""}, "email", ADDRESS),
    ({"email": "giulia"}, "email", ADDRESS),
    ({"email": "giulia@posta"}, "email", ADDRESS),
    ({"email": "giulia@posta.example, marco@posta.example"}, "email", ADDRESS),
    ({"email": "a" * 250 + "@posta.example"}, "email", ADDRESS),
    ({"reply_by": "pec", "email": "giulia@gmail.com"}, "email", "Per ricevere una PEC ci serve un indirizzo PEC"),
    ({"reply_by": "phone"}, "phone", NUMBER),
    ({"phone": "12"}, "phone", NUMBER),
    ({"phone": "chiamami"}, "phone", NUMBER),
    ({"reply_by": "fax"}, "reply_by-0", "Scegli come vuoi ricevere la risposta"),
    ({"privacy": ""}, "privacy", "Conferma di aver letto l’informativa sulla privacy"),
]


def test_every_mistake_of_the_first_step_has_its_words_and_its_place(client: FlaskClient) -> None:
    for changes, place, words in FIRST_STEP:
        typed = {**QUESTION, **changes}
        page = _refused(Citizen(client).ask(**changes))
        assert _problems(page) == {f"#{place}": words}, changes
        _points_at(page, place, words)
        _keeps(page, typed)


def test_every_mistake_of_the_second_step_has_its_words_and_its_place(client: FlaskClient) -> None:
    Citizen(client).ask()
    for changes, place, words in SECOND_STEP:
        page = _refused(Citizen(client).tell_contacts(**changes))
        assert _problems(page) == {f"#{place}": words}, changes
        _points_at(page, place, words)
        _keeps(page, {**CONTACTS, **changes})


def test_an_empty_form_says_everything_at_once_in_the_order_of_the_page(client: FlaskClient) -> None:
    citizen = Citizen(client)
    first = _refused(citizen.ask(topic="", subject="", body=""))
    second = _refused(citizen.tell_contacts(given_name="", family_name="", email="", privacy=""))

    assert list(_problems(first)) == ["#topic-0", "#subject", "#body"]
    assert list(_problems(second)) == ["#given_name", "#family_name", "#email", "#privacy"]


def test_a_page_without_mistakes_has_no_summary_of_errors(client: FlaskClient) -> None:
    Citizen(client).ask()

    for step in (STEP_1, STEP_2):
        page = parse(client.get(step).text)
        assert page.all("div", class_="urp-problems") == []
        assert not page.one("title").text.startswith("Errore")


def test_a_button_that_does_not_go_on_asks_for_nothing_yet(client: FlaskClient) -> None:
    citizen = Citizen(client)

    answer = citizen.post(STEP_1, {"action": "upload", "subject": "Solo questo"})

    assert answer.status_code == 303
    assert 'value="Solo questo"' in client.get(STEP_1).text
    assert citizen.post(STEP_1, {"action": "save"}).location == "/richieste/nuova/salva"


def test_a_step_that_is_not_reached_yet_leads_back_to_the_missing_one(client: FlaskClient) -> None:
    citizen = Citizen(client)
    assert client.get(STEP_2).location == STEP_1
    assert client.get(STEP_3).location == STEP_1
    citizen.ask()
    assert client.get(STEP_3).location == STEP_2
    citizen.tell_contacts(email="giulia")
    assert client.get(STEP_3).location == STEP_2
    citizen.tell_contacts()
    assert client.get(STEP_3).status_code == 200
    citizen.ask(body="")
    assert client.get(STEP_3).location == STEP_1


def test_a_likely_slip_in_the_address_is_shown_and_stops_nobody(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.contacts["email"] = "giulia@gmial.com"

    page = citizen.reach_summary()

    assert "Volevi scrivere giulia@gmail.com?" in page
    assert citizen.send(page).status_code == 303


def test_a_certified_address_is_noticed_and_answered_by_pec(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.contacts["email"] = "giulia@pec.posta.example"

    assert "ti rispondiamo con una PEC" in citizen.reach_summary()


def test_any_way_of_writing_a_number_is_shown_back_in_one(client: FlaskClient) -> None:
    citizen = Citizen(client)
    citizen.contacts.update(phone="+39 333/123.45-67", reply_by="phone")

    assert "333 123 4567" in citizen.reach_summary()


def test_the_topic_of_a_link_is_chosen_already(client: FlaskClient) -> None:
    page = parse(client.get(f"{STEP_1}?argomento=ambiente").text)

    assert [one.attrs["value"] for one in page.all("input", name="topic") if "checked" in one.attrs] == ["ambiente"]
    assert client.get(f"{STEP_1}?argomento=%00<script>").status_code == 200


def _refused(answer) -> Element:
    assert answer.status_code == 400
    page = parse(answer.text)
    assert page.one("title").text.startswith("Errore: ")
    return page


def _problems(page: Element) -> dict[str, str]:
    (summary,) = page.all(class_="urp-problems")
    return {link.attrs["href"] or "": link.text for link in summary.all("a")}


def _points_at(page: Element, place: str, words: str) -> None:
    field = page.one(id=place)
    holder = page.one("fieldset", id=place.removesuffix("-0")) if place.endswith("-0") else field
    if not place.endswith("-0"):
        assert field.attrs["aria-invalid"] == "true"
    described = (holder.attrs["aria-describedby"] or "").split()
    assert any(words in page.one(id=one).text for one in described)


def _keeps(page: Element, typed: dict[str, object]) -> None:
    for name, value in typed.items():
        fields = page.all("input", name=name) + page.all("textarea", name=name)
        kinds = {one.attrs.get("type") for one in fields}
        wanted = str(value).strip(" \u200b")
        if kinds & {"radio", "checkbox"}:
            chosen = [one.attrs["value"] for one in fields if "checked" in one.attrs]
            assert chosen in ([wanted], []), name
            assert chosen or wanted not in [one.attrs["value"] for one in fields]
        else:
            shown = [one.attrs.get("value") or one.text for one in fields] or [
                wanted
            ]  # an unknown choice is not offered
            assert wanted in [text.strip(" \u200b") for text in shown], name


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
