"""Italian and English: the visitor's choice, then the browser, then Italian."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories.databases import TwoDatabases
from tests.templates.html_tree import parse
from urp.web.language import chosen


def test_a_visitor_without_a_choice_gets_the_language_of_the_browser(client: FlaskClient) -> None:
    wishes = [
        ("", "it"), ("it-IT,it;q=0.9", "it"), ("en-GB,en;q=0.9,it;q=0.1", "en"), ("de", "it"), ("de,en;q=0.5", "en"),
        ("*", "it"), ("x" * 5000, "it"), ("en;q=abc", "it"), (",;,=", "it"), ("it;q=0.1,en;q=0.2", "en"),
    ]  # fmt: skip
    for header, language in wishes:
        page = client.get("/", headers={"Accept-Language": header})
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text, header


def test_a_choice_wins_over_the_browser_and_stays(client: FlaskClient) -> None:
    italian = {"Accept-Language": "it"}
    assert '<html lang="en">' in client.get("/?lingua=en", headers=italian).text
    assert '<html lang="en">' in client.get("/privacy", headers=italian).text
    assert '<html lang="it">' in client.get("/orari?lingua=it").text
    assert '<html lang="it">' in client.get("/", headers={"Accept-Language": "en"}).text


def test_a_language_we_do_not_speak_changes_nothing(client: FlaskClient) -> None:
    for wanted in ("de", "", "en'", "../../etc", "\x00", "EN"):
        answer = client.get("/", query_string={"lingua": wanted})
        assert '<html lang="it">' in answer.text
        assert "Set-Cookie" not in answer.headers


def test_both_languages_are_offered_on_every_page_and_keep_the_question(client: FlaskClient) -> None:
    page = client.get("/domande-frequenti", query_string={"q": "orari & contatti"})

    assert 'href="/domande-frequenti?q=orari+%26+contatti&amp;lingua=en"' in page.text
    assert 'hreflang="it"' in page.text


def test_no_query_turns_the_language_links_into_something_else(client: FlaskClient) -> None:
    queries = [
        {"endpoint": "pages.home"}, {"_external": "1", "_scheme": "javascript"}, {"_method": "POST"}, {"_anchor": '"><script>'},
        {"values": "1"}, {"self": "1"}, {"lingua": "it", "filename": "x"}, {"a": '"><script>alert(1)</script>'},
    ]  # fmt: skip
    for query in queries:
        page = client.get("/", query_string=query)
        assert page.status_code == 200, query
        links = [link.attrs["href"] or "" for link in parse(page.text).all("a") if "hreflang" in link.attrs]
        assert len(links) == 2
        assert all(link.startswith("/?") for link in links), query
        assert "<script" not in page.text


def test_pages_that_are_not_there_offer_the_home_in_both_languages(client: FlaskClient) -> None:
    page = client.get("/nowhere?lingua=en")

    assert page.status_code == 404
    assert 'href="/?lingua=it"' in page.text


def test_outside_a_request_the_program_speaks_italian(app: Flask) -> None:
    with app.app_context():
        assert chosen() == "it"


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
