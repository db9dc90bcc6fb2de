"""The letters of an appointment: a subject, the same facts in words and in HTML, easy in both tones."""

import re

import pytest

from tests.templates.conftest import VISIT_LETTERS
from tests.templates.html_tree import gulpease

FACTS = {
    "confirmed": (
        "martedì 24 novembre 2026 alle 10.30 in via Vivaio 1, Milano",
        "il posto va a un’altra persona",
        "URP-7M3-T2C",
        "Strade provinciali",
        "interprete LIS",
        "via Vivaio 1, 20122 Milano",
        "Porta un documento",
        "dal lunedì al giovedì: 10.00–12.00 e 14.00–16.00",
        "800.88.33.11",
    ),
    "moved": (
        "URP-7M3-T2C",
        "martedì 17 novembre 2026 alle 10.30 lo sportello non può",
        "Motivo: assemblea del personale.",
        "martedì 24 novembre 2026 alle 10.30",
        "Strade provinciali",
        "Porta un documento",
        "800.88.33.11",
    ),
    "cancelled": ("martedì 24 novembre 2026 alle 10.30", "Motivo: assemblea del personale.", "800.88.33.11"),
    "reminder": ("Domani alle 10.30", "martedì 24 novembre 2026", "l’appuntamento resta valido", "Porta un documento"),
    "offer": ("martedì 24 novembre 2026 alle 10.30", "lunedì 23 novembre 2026 alle 11.12", "non rispond"),
    "waiting": ("URP-7M3-T2C", "giovedì 26 novembre 2026", "fino a che ora", "tre volte"),
    "not_needed": ("URP-7M3-T2C", "martedì 24 novembre 2026 alle 10.30"),
}
FRIENDLY = re.compile(r"\b(tua|tuo|tue|tuoi|ti|te|tu|hai)\b", re.IGNORECASE)
FORMAL = re.compile(r"\b(Sua|Suo|Lei|Le|La aspettiamo)\b")
OFFICE_WORDS = ("Porta un documento e le carte che riguardano la tua domanda.",)
"""What the office itself wrote, in its own tone."""


@pytest.fixture(params=VISIT_LETTERS)
def name(request) -> str:
    """Each letter in turn."""
    return request.param


def own_words(text: str) -> str:
    for sentence in OFFICE_WORDS:
        text = text.replace(sentence, "")
    return re.sub(r"<style.*?</style>", "", text, flags=re.DOTALL).partition("Gli operatori dell’URP")[0]


@pytest.mark.parametrize("formal", [False, True])
@pytest.mark.parametrize("by_office", [False, True])
def test_the_first_line_is_the_subject_and_no_line_is_torn_apart(render, name, formal, by_office):
    text = render(f"appointments/mail/{name}.txt", formal=formal, by_office=by_office, tomorrow=by_office).strip("\n")
    subject, blank, *body = text.split("\n")

    assert 10 < len(subject) < 90
    assert blank == ""
    assert "".join(body).strip()
    assert "\n\n\n" not in text
    assert not re.search("&(#|amp)", text)


@pytest.mark.parametrize("kind", ["txt", "html"])
def test_words_and_page_say_the_same_facts(render, name, kind):
    text = render(f"appointments/mail/{name}.{kind}")

    assert [fact for fact in FACTS[name] if fact not in text] == []
    assert "https://urp.cittametropolitana.example/l/abc" in text


@pytest.mark.parametrize("by_office", [False, True])
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_a_pec_says_lei_and_a_mail_says_tu(render, name, kind, by_office):
    template = f"appointments/mail/{name}.{kind}"
    formal, friendly = (own_words(render(template, formal=tone, by_office=by_office)) for tone in (True, False))

    assert "Gentile Giulia Bianchi," in formal
    assert "Ciao Giulia," in friendly
    assert FRIENDLY.findall(formal) == []
    assert FORMAL.findall(friendly) == []


@pytest.mark.parametrize("formal", [False, True])
@pytest.mark.parametrize("by_office", [False, True])
def test_every_letter_reads_easily(render, name, formal, by_office):
    text = render(f"appointments/mail/{name}.txt", formal=formal, by_office=by_office)
    lines = [line for line in text.partition("Gli operatori dell’URP")[0].split("\n") if line and "://" not in line]

    assert gulpease(" ".join(line if line[-1] in ".?!:" else f"{line}." for line in lines)) >= 60


def test_a_letter_in_html_is_a_page_for_everybody(drawn, name):
    found = drawn(f"appointments/mail/{name}.html")

    assert found.one("html").attrs["lang"] == "it"
    assert found.one("h1").text
    assert found.all("img") == found.all("script") == found.all("link") == []
    assert all(table.attrs.get("role") == "presentation" or table.all("th") for table in found.all("table"))


def test_who_gave_no_name_is_greeted_without_one(render, name, every_scene):
    template = f"appointments/mail/{name}.txt"
    contact = every_scene[template]["contact"]
    contact.given_name = contact.family_name = ""

    assert "Buongiorno,\n\n" in render(template, contact=contact)


def test_a_name_in_html_is_never_a_program(render, name, every_scene):
    template = f"appointments/mail/{name}.html"
    contact = every_scene[template]["contact"]
    contact.given_name = "<b>Giulia</b>"

    assert "<b>Giulia" not in render(template, contact=contact)


def test_the_reminder_of_another_day_names_the_day(render):
    assert render("appointments/mail/reminder.txt", tomorrow=False).startswith(
        "Martedì 24 novembre 2026 alle 10.30 hai un appuntamento all’URP\n"
    )


@pytest.mark.parametrize("name", ["moved", "cancelled"])
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_no_reason_is_given_where_none_was_written_or_the_citizen_asked(render, name, kind):
    template = f"appointments/mail/{name}.{kind}"

    assert "Motivo" not in render(template, why_closed=None)
    assert "Motivo" not in render(template, by_office=False)


def test_an_offer_to_who_has_no_visit_speaks_of_none(render):
    assert "resta tu" not in render("appointments/mail/offer.txt", visit=None)


@pytest.mark.parametrize("formal", [False, True])
def test_the_words_in_a_calendar_say_where_and_what_to_bring(render, formal):
    text = render("appointments/mail/invitation.txt", formal=formal)

    assert text.startswith("Appuntamento all’URP (URP-7M3-T2C)\n\n")
    for fact in ("via Vivaio 1, 20122 Milano", "Porta un documento", "800.88.33.11", "Strade provinciali"):
        assert fact in text
    assert "/l/" not in text  # a calendar is shared more easily than a mail


@pytest.mark.parametrize("name", ["confirmed", "moved", "reminder"])
def test_the_facts_say_how_long_it_lasts_and_stand_apart_from_what_follows(render, name):
    words = render(f"appointments/mail/{name}.txt", formal=False)

    assert "martedì 24 novembre 2026, dalle 10.30 alle 11.00\n" in words
    assert re.search(r"\nChe cosa portare\nPorta [^\n]+\n\n(Vuoi spostare|Puoi anche chiamarci)", words)


def test_who_asked_for_it_reads_that_it_was_their_wish(render):
    assert "come hai chiesto, abbiamo annullato" in render(
        "appointments/mail/cancelled.txt", by_office=False, formal=False
    )
    assert "come hai chiesto" not in render("appointments/mail/cancelled.txt", by_office=True, formal=False)
