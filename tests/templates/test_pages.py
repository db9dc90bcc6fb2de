"""All citizen pages: structure, words, law, and nothing that a strict content policy would stop."""

import re
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace as Thing

import pytest

from tests.templates.html_tree import gulpease

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates"
LIBRARY = ROOT / "urp/static/vendor/bootstrap-italia/css/bootstrap-italia.min.css"
PAGES = sorted(
    str(path.relative_to(TEMPLATES))
    for path in TEMPLATES.rglob("*.html")
    if path.relative_to(TEMPLATES).parts[0] not in ("macros", "desk", "embedded")
    and "mail" not in path.parts
    and path.name not in ("base.html", "plain.html", "desk.html")
)
OF_THE_OFFICE = {name for name in PAGES if '{% extends "desk.html" %}' in (TEMPLATES / name).read_text("utf-8")}
ALONE = {"cases/open_link.html", "errors/500.html", "errors/503.html"}
LEGALESE = {"legal_notes.html"}  # the licence must be printed word for word


def passages(main) -> str:
    """The sentences of a page, each closed by a full stop."""
    blocks = [
        one.text for one in main.walk() if one.tag in ("p", "li", "label", "legend", "h1", "h2", "h3", "dt", "dd")
    ]
    return " ".join(block if block.endswith((".", "?", "!", ":")) else f"{block}." for block in blocks if block)


@pytest.mark.parametrize("template", PAGES)
class TestEveryPage:
    """What is true of each page."""

    def test_has_one_title_one_main_and_one_heading_of_first_level(self, drawn, template):
        found = drawn(template)
        assert len(found.all("main")) == 1
        assert len(found.one("main").all("h1")) == len(found.all("h1")) == 1
        assert "Chiedilo all’URP" in found.one("title").text

    def test_no_heading_level_is_jumped(self, drawn, template):
        levels = [int(one.tag[1]) for one in drawn(template).one("main").walk() if re.fullmatch("h[1-6]", one.tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_every_id_is_there_once_and_every_reference_finds_it(self, drawn, template):
        found = drawn(template)
        ids = [one.attrs["id"] for one in found.walk() if one.attrs.get("id")]
        assert len(ids) == len(set(ids))
        for one in found.walk():
            for name in ("aria-describedby", "aria-labelledby", "for"):
                assert set((one.attrs.get(name) or "").split()) <= set(ids)

    def test_every_control_has_a_label(self, drawn, template):
        found = drawn(template)
        labelled = {label.attrs["for"] for label in found.all("label")}
        controls = [*found.all("textarea"), *found.all("select"), *found.all("input")]
        assert {one.attrs.get("id") for one in controls if one.attrs.get("type") != "hidden"} <= labelled

    def test_carries_no_inline_style_or_script(self, drawn, template):
        found = drawn(template)
        data = found.all("script", type="application/ld+json")
        assert (found.all("script"), found.all("style")) == (data, [])
        assert [
            one for one in found.walk() if any(name == "style" or name.startswith("on") for name in one.attrs)
        ] == []

    def test_every_form_that_changes_something_carries_the_token(self, drawn, template):
        for form in drawn(template).all("form", method="post"):
            assert len(form.all("input", name="csrf_token")) == 1

    def test_calls_only_icons_that_exist(self, drawn, template):
        icons = (ROOT / "urp/static/img/icons.svg").read_text("utf-8")
        for use in drawn(template).all("use"):
            assert f'id="{use.attrs["href"].partition("#")[2]}"' in icons


@pytest.mark.parametrize("template", sorted(OF_THE_OFFICE))
class TestEveryPageOfTheOffice:
    """What is true of each page of those who work here: a frame of its own, for nobody else's eyes."""

    def test_begins_with_the_skip_link_and_keeps_search_engines_out(self, drawn, template):
        found = drawn(template)
        assert found.all("a")[0].attrs["href"] == "#main"
        assert "noindex" in found.one("meta", name="robots").attrs["content"]
        assert found.all("footer") == []

    def test_shows_who_is_at_work_and_the_way_out(self, drawn, template):
        page = drawn(template, staff=Thing(name="Anna Verdi", roles={"operator"}))
        assert "Anna Verdi" in page.all("header")[0].text
        assert page.one("form", action="/operatori/esci").attrs["method"] == "post"
        assert drawn(template, staff=None).all("form", action="/operatori/esci") == []


@pytest.mark.parametrize("template", [name for name in PAGES if name not in ALONE | OF_THE_OFFICE])
class TestEveryPageInTheFrame:
    """What is true of each page with header and footer."""

    def test_has_the_links_that_the_site_criteria_look_for(self, drawn, template):
        footer = drawn(template).one("footer")
        assert "domande frequenti" in footer.one("a", data_element="faq").text
        assert footer.one("a", data_element="report-inefficiency").text == "Segnalazione disservizio"
        assert footer.one("a", data_element="appointment-booking").attrs["href"] == "/appuntamenti/nuovo"
        assert (
            footer.one("a", data_element="accessibility-link")
            .attrs["href"]
            .startswith("https://form.agid.gov.it/view/")
        )
        assert footer.one("a", data_element="privacy-policy-link").attrs["href"] == "/privacy"
        assert footer.one("a", data_element="legal-notes").attrs["href"] == "/note-legali"

    def test_takes_a_third_of_its_classes_from_the_design_system(self, drawn, template):
        known = set(re.findall(r"\.([A-Za-z][\w-]*)", LIBRARY.read_text("utf-8")))
        used = {name for one in drawn(template).walk() for name in (one.attrs.get("class") or "").split()}
        assert len(used & known) / len(used) >= 0.3

    def test_begins_with_the_skip_links(self, drawn, template):
        found = drawn(template)
        first, second = found.all("a")[:2]
        assert (first.attrs["href"], second.attrs["href"]) == ("#main", "#footer")
        assert {one.attrs.get("id") for one in found.walk()} >= {"main", "footer"}


@pytest.mark.parametrize("template", [name for name in PAGES if name not in LEGALESE])
def test_a_page_reads_easily(drawn, template):
    assert gulpease(passages(drawn(template).one("main"))) >= 60


def test_the_measure_of_reading_tells_office_talk_from_plain_words():
    office = "L’istanza presentata dalla Signoria Vostra è stata regolarmente acquisita agli atti."
    assert gulpease(office) < 60 <= gulpease("La tua domanda è arrivata. Ti rispondiamo entro tre giorni.")


def test_a_page_with_errors_says_so_in_its_title(drawn):
    assert drawn("inquiries/contacts.html").one("title").text.startswith("Errore: Fai una domanda, passo 2 di 3")
    assert drawn("inquiries/question.html").one("title").text.startswith("Fai una domanda, passo 1 di 3")


def test_the_enter_key_continues_and_neither_uploads_nor_removes(drawn):
    for template in ("inquiries/question.html", "inquiries/contacts.html"):
        first = drawn(template).one("main").one("form").all("button")[0]
        assert first.attrs["value"] == "continue"


def test_one_door_of_the_menu_is_the_current_one(drawn):
    menu = drawn("hours.html").one("nav", aria_label="Menu principale")
    assert [link.text for link in menu.all("a", aria_current="page")] == ["Contatti e orari"]


def test_the_receipt_states_what_the_law_wants(drawn):
    text = drawn("cases/receipt.html").one("main").text
    for fact in (
        "URP-7M3-T2C",
        "lunedì 23 novembre 2026, ore 9.12",
        "giovedì 26 novembre 2026",
        "mercoledì 23 dicembre 2026",
        "Settore Strade e viabilità",
        "800.88.33.11",
        "18-bis",
    ):
        assert fact in text


def test_the_case_shows_where_it_is_and_when_the_answer_comes(drawn):
    steps = drawn("cases/case.html").one("ol", class_="urp-line")
    assert steps.one("li", aria_current="step").one("h3").text == "Inviata all’ufficio competente"
    assert steps.all("li")[-1].text.endswith("Prevista entro giovedì 26 novembre 2026.")


def test_a_closed_case_offers_nothing_to_write_or_withdraw(drawn):
    main = drawn(
        "cases/case.html", can_write=False, can_withdraw=False, can_rate=False, visit=None, waits=None, offer=None
    ).one("main")
    assert main.all("form") == []
    assert main.all("a", href="/r/URP-7M3-T2C/ritira") == []


def test_the_neutral_page_loads_no_picture_and_tells_nothing_of_the_case(drawn):
    found = drawn("cases/open_link.html")
    assert found.all("img") == found.all("svg") == []
    assert "URP-" not in found.text
    assert found.one("meta", name="robots").attrs["content"].startswith("noindex")


@pytest.mark.parametrize("code", [500, 503])
def test_the_page_for_the_worst_day_needs_no_office_data(paper, code):
    with paper.test_request_context("/"):
        html = paper.jinja_env.get_template(f"errors/{code}.html").render()
    assert "I tuoi dati sono salvi" in html


def test_words_of_citizens_stay_words(drawn, every_scene):
    message = {**every_scene["cases/case.html"]["messages"][0], "body": "<script>alert(1)</script>"}
    main = drawn("cases/case.html", messages=[message]).one("main")
    assert main.all("script") == []
    assert "<script>" in main.text
