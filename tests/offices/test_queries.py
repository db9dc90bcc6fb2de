"""The other rooms read the office as it is now, in either language, from one load."""

from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound
from urp.offices import directory, queries
from urp.offices.importer import OfficeFile, read

FILE = Path(__file__).resolve().parents[2] / "office.toml"


def test_topics_come_in_the_order_of_the_file(ctx: None, office: OfficeFile) -> None:
    assert [topic.slug for topic in queries.topics()] == [topic.slug for topic in office.topics]


def test_a_topic_speaks_both_languages(ctx: None) -> None:
    topic = queries.topic("strade")
    assert (topic.title("it"), topic.title("en")) == ("Strade provinciali", "Provincial roads")
    assert topic.example("en_GB").startswith("Potholes")
    (place,) = topic.extra_fields
    assert place.text("label", "en") == "Where exactly?"


def test_a_topic_leads_to_its_office_and_its_rules(ctx: None) -> None:
    topic = queries.topic("accesso-atti")
    assert queries.office(topic.office_id).pec_address == "protocollo@pec.cittametropolitana.example"
    rules = queries.request_type(topic.request_type)
    assert (rules.id, rules.term_days, rules.reasons_required) == (topic.request_type_id, 30, True)
    assert rules.source.startswith("L. 241/1990")


def test_choices_are_shown_in_english_and_kept_in_italian(ctx: None) -> None:
    kind = queries.topic("accesso-atti").extra_fields[0]
    assert ("Non lo so", "I do not know") in kind.choice_pairs("en")
    assert ("Non lo so", "Non lo so") in kind.choice_pairs("it")


def test_the_institution_survives_its_row_unchanged(ctx: None, office: OfficeFile) -> None:
    assert queries.institution() == office.institution
    assert queries.institution().text("name", "en") == "Metropolitan City of Milan"
    assert queries.institution().text("remedy", "it") == office.institution.texts.remedy
    assert queries.institution().text("street", "en") == "via Vivaio 1"


def test_what_is_not_there_is_not_found(ctx: None) -> None:
    for ask in (queries.topic, queries.request_type):
        with pytest.raises(NotFound):
            ask("nessuno")
    for ask_by_id in (queries.topic_by_id, queries.office):
        with pytest.raises(NotFound):
            ask_by_id(99_999)


def test_a_retired_topic_is_no_choice_but_its_cases_still_find_it(app: Flask, office: OfficeFile) -> None:
    with app.app_context():
        kept_id = queries.topic("strade").id
        with transaction():
            directory.store(replace(office, topics=office.topics[1:]))
    with app.app_context():
        assert "strade" not in [topic.slug for topic in queries.topics()]
        with pytest.raises(NotFound):
            queries.topic("strade")
        assert queries.topic_by_id(kept_id).title("it") == "Strade provinciali"


def test_a_second_reader_costs_one_statement_and_sees_a_change(app: Flask, office: OfficeFile) -> None:
    with app.app_context():
        queries.topics()
    with app.app_context():
        assert statements_of(queries.institution, queries.topics, queries.faq) == 1
        with transaction():
            directory.store(replace(office, faq=office.faq[:1]))
    with app.app_context():
        assert len(queries.faq()) == 1


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("buca in strada", "it", "strada-rovinata"),
        ("potholes", "en", "strada-rovinata"),
        ("vedere un documento", "it", "accesso-agli-atti"),
        ("trasporti eccezionali", "it", "trasporto-eccezionale"),
        ("multa a Milano", "it", "altri-enti"),
        ("venire di persona", "it", "di-persona"),
    ],
)
def test_people_find_the_answer_by_their_words(ctx: None, text: str, language: str, first: str) -> None:
    assert queries.search_faq(text, language)[0].slug == first


def test_a_search_without_telling_words_finds_nothing(ctx: None) -> None:
    assert queries.search_faq("come, che cosa?", "it") == ()


def statements_of(*acts: object) -> int:
    """How many SQL statements the acts need, transaction control aside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for act in acts:
            act()  # type: ignore[operator]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len([one for one in seen if one.lstrip().upper().startswith("SELECT")])


@pytest.fixture(scope="module")
def office() -> OfficeFile:
    return read(FILE)
