"""Every state has words, and only `macros/status.html` knows them."""

from pathlib import Path

import pytest

from urp.cases.states import CaseState

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
IMPORT = '{% import "macros/status.html" as status with context %}'


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


@pytest.mark.parametrize(
    "word", ["Presa in carico", "Inviata all’ufficio competente", "stiamo verificando", "dopo la chiocciola"]
)
def test_the_words_of_a_state_are_written_once(word):
    where = [path.name for path in TEMPLATES.rglob("*.*") if word in path.read_text("utf-8")]
    assert where == ["status.html"]
