"""Every letter has a subject, says what its reader must know, and reads easily."""

import re

import pytest

from tests.templates.html_tree import gulpease

TEXTS = (
    "inquiries/mail/receipt.txt",
    "inquiries/mail/office_message.txt",
    "inquiries/mail/citizen_message.txt",
    "inquiries/mail/withdrawal.txt",
    "cases/mail/link.txt",
    "web/mail/draft.txt",
)
PAGES = ("inquiries/mail/receipt.html", "cases/mail/link.html", "web/mail/draft.html")
LAW = (
    "URP-7M3-T2C",
    "lunedì 23 novembre 2026, ore 9.12",
    "giovedì 26 novembre 2026",
    "mercoledì 23 dicembre 2026",
    "Settore Strade e viabilità",
    "800.88.33.11",
    "urp@cittametropolitana.example",
    "https://urp.cittametropolitana.example/l/abc",
)


@pytest.mark.parametrize("template", TEXTS)
def test_the_first_line_is_the_subject_and_the_second_is_empty(render, template):
    subject, blank, *body = render(template).split("\n")
    assert 10 < len(subject) < 90
    assert blank == ""
    assert "".join(body).strip()


@pytest.mark.parametrize("template", TEXTS)
def test_lines_are_neither_glued_nor_torn_apart(render, template):
    text = render(template)
    assert "\n\n\n" not in text
    assert not re.search("&(#|amp)", text)
    assert not re.search(r"[.:][A-ZÀ-Ù]", re.sub(r"\S+@\S+|https?://\S+", "", text))


@pytest.mark.parametrize("template", ["inquiries/mail/receipt.txt", "inquiries/mail/receipt.html"])
@pytest.mark.parametrize("fact", LAW)
def test_the_receipt_states_what_the_law_wants(render, template, fact):
    assert fact in render(template)


@pytest.mark.parametrize("formal", [False, True])
@pytest.mark.parametrize("template", ["inquiries/mail/receipt.txt", "cases/mail/link.txt", "web/mail/draft.txt"])
def test_a_letter_to_a_citizen_reads_easily(render, template, formal):
    words = render(template, formal=formal).partition("Gli operatori dell’URP")[0]
    lines = [line for line in words.split("\n") if line and "://" not in line]
    assert gulpease(" ".join(line if line[-1] in ".?!:" else f"{line}." for line in lines)) >= 60


def test_without_a_legal_term_none_is_named(render, every_scene):
    case = every_scene["inquiries/mail/receipt.txt"]["case"]
    case.term_on = None
    assert "Termine di legge" not in render("inquiries/mail/receipt.txt", case=case)


@pytest.mark.parametrize(
    "template", ["inquiries/mail/receipt.txt", "inquiries/mail/receipt.html", "cases/mail/link.txt"]
)
def test_a_pec_says_lei_and_a_mail_says_tu(render, template):
    formal, friendly = render(template, formal=True), render(template, formal=False)
    assert "Gentile Giulia Bianchi," in formal
    assert "Ciao Giulia," in friendly
    assert not re.search(r"\b(tua|tuo|ti|te|tu)\b", formal.lower())
    assert not re.search(r"\b(Sua|Suo|Lei|La avvisiamo)\b", friendly)


@pytest.mark.parametrize("formal", [False, True])
@pytest.mark.parametrize("template", ["inquiries/mail/receipt.txt", "inquiries/mail/receipt.html"])
def test_the_receipt_of_a_mail_speaks_of_a_message_and_keeps_its_tone(render, template, formal):
    words = render(template, formal=formal, by_mail=True)
    assert "domanda" not in words.replace("legge la domanda entro", "")  # the office's own sentence
    assert ("il Suo messaggio" in words) == formal
    assert not re.search(r"\b(tua|tuo|ti|te|tu)\b" if formal else r"\b(Sua|Suo|Lei|La avvisiamo)\b", words)
    assert all(fact in words for fact in LAW)


@pytest.mark.parametrize("formal", [False, True])
def test_the_receipt_of_a_mail_reads_easily(render, formal):
    words = render("inquiries/mail/receipt.txt", formal=formal, by_mail=True).partition("Gli operatori dell’URP")[0]
    lines = [line for line in words.split("\n") if line and "://" not in line]
    assert gulpease(" ".join(line if line[-1] in ".?!:" else f"{line}." for line in lines)) >= 60


@pytest.mark.parametrize("formal", [False, True])
@pytest.mark.parametrize(
    "template",
    ["inquiries/mail/receipt.txt", "inquiries/mail/receipt.html", "cases/mail/link.txt", "cases/mail/link.html"],
)
def test_who_gave_no_name_is_greeted_without_one(render, every_scene, template, formal):
    contact = every_scene[template]["contact"]
    contact.given_name = contact.family_name = ""
    words = render(template, formal=formal, contact=contact)
    assert "Buongiorno," in words
    assert not re.search(r"(Ciao|Gentile)", words)


@pytest.mark.parametrize("template", ["inquiries/mail/citizen_message.txt", "inquiries/mail/withdrawal.txt"])
def test_who_gave_no_name_is_called_by_their_address(render, every_scene, template):
    contact = every_scene[template]["contact"]
    contact.given_name = contact.family_name = ""
    assert "giulia@posta.example ha " in render(template, contact=contact)


@pytest.mark.parametrize("template", PAGES)
def test_a_letter_in_html_is_a_page_for_everybody(drawn, template):
    found = drawn(template)
    assert found.one("html").attrs["lang"] == "it"
    assert found.one("h1").text
    assert found.all("img") == found.all("script") == found.all("link") == []
    assert all(table.attrs.get("role") == "presentation" or table.all("th") for table in found.all("table"))
    links = [link.attrs["href"] for link in found.all("a")]
    assert "https://urp.cittametropolitana.example/l/abc" in links


def test_the_office_learns_who_asks_what_and_by_when(render):
    text = render("inquiries/mail/office_message.txt")
    for fact in (
        "Giulia Bianchi",
        "giulia@posta.example",
        "per e-mail",
        "C’è una buca profonda al chilometro 12.",
        "Strada: SP 103",
        "- buca.jpg (1,2 MB)",
        "Risposta promessa entro: giovedì 26 novembre 2026",
    ):
        assert fact in text


def test_no_files_are_said_in_words(render):
    assert "ALLEGATI\nNessuno\n" in render("inquiries/mail/office_message.txt", files=[])


def test_a_letter_in_plain_text_shows_what_was_typed(render):
    assert "Buca & <strada>" in render("inquiries/mail/receipt.txt", question_subject="Buca & <strada>")
