"""Every state has words, and only `macros/status.html` knows them."""

from pathlib import Path

import pytest

from urp.cases.states import CaseState

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
IMPORT = '{% import "macros/status.html" as status with context %}'
DELIVERIES = (
    "queued",
    "sending",
    "sent",
    "accepted",
    "delivered",
    "failed",
    "uncertain",
    "dead",
    "cancelled",
    "frozen",
    "resent",
)


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_of_a_case_has_words_a_colour_and_a_symbol(macro, state):
    source = (
        IMPORT + "{{ ui.chip(status.case_word(state), status.case_kind(state)|string, status.case_symbol(state)) }}"
    )
    chip = macro(source, state=str(state)).one("span")
    assert chip.text
    assert chip.one("svg").attrs["aria-hidden"] == "true"


@pytest.mark.parametrize("state", list(CaseState))
def test_every_state_has_a_sentence_as_a_milestone(macro, state):
    text = macro(IMPORT + "{{ status.milestone_sentence(state, 'Settore Strade') }}", state=str(state)).text
    assert text.endswith(".")


def test_a_state_nobody_named_is_an_empty_label_this_suite_would_see(macro):
    assert macro(IMPORT + "{{ status.case_word('lost') }}").text == ""


@pytest.mark.parametrize("mailbox", ["pec", "peo"])
@pytest.mark.parametrize("state", DELIVERIES)
def test_every_state_of_a_message_has_words_and_a_symbol(macro, state, mailbox, received_at):
    source = (
        IMPORT + "<p>{{ status.delivery_words(state, mailbox, at) }}</p>{{ ui.icon(status.delivery_symbol(state)) }}"
    )
    found = macro(source, state=state, mailbox=mailbox, at=received_at)
    assert found.one("p").text
    assert not found.one("use").attrs["href"].endswith("#")


def test_a_peo_is_handed_to_the_server_and_a_pec_waits_for_its_receipt(macro, received_at):
    source = IMPORT + "{{ status.delivery_words('sent', mailbox, at) }}"
    peo = macro(source, mailbox="peo", at=received_at).text
    pec = macro(source, mailbox="pec", at=received_at).text
    assert peo == "Consegnata al server di posta lunedì 23 novembre 2026 alle 9.12"
    assert pec == "Inviata lunedì 23 novembre 2026 alle 9.12. Aspettiamo la ricevuta del gestore PEC"


@pytest.mark.parametrize("word", ["Presa in carico", "Inviata all’ufficio competente", "Stiamo verificando"])
def test_the_words_of_a_state_are_written_once(word):
    where = [path.name for path in TEMPLATES.rglob("*.*") if word in path.read_text("utf-8")]
    assert where == ["status.html"]


@pytest.fixture
def received_at(every_scene):
    """The instant at which the question arrived."""
    return every_scene["cases/receipt.html"]["case"].presented_at
