"""Every state has an Italian label and a line in the glossary, and each word has one meaning."""

import re
from collections.abc import Iterable
from enum import StrEnum

import pytest
from flask import Flask, render_template_string

from tests.house.sources import modules, read, template_files
from tests.house.test_switchboard import facts
from urp.appointments.states import BlockKind, OfferState, WishState
from urp.appointments.states import State as AppointmentState
from urp.cases.states import CaseState
from urp.cases.timeline import EntryKind
from urp.channels.states import MailboxState
from urp.hours.calendar import StatusKind
from urp.outbox.states import State

STATES: dict[str, type[StrEnum]] = {
    "States of a case": CaseState,
    "States of a letter": State,
    "States of an appointment": AppointmentState,
    "States of a wish": WishState,
    "States of an offer": OfferState,
    "Kinds of a block": BlockKind,
    "States of a mailbox": MailboxState,
    "States of a channel's hours": StatusKind,
    "Entries of the timeline": EntryKind,
}


def tables(text: str) -> dict[str, list[list[str]]]:
    """The rows of the table below each heading, without its head."""
    found: dict[str, list[list[str]]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        rows = [line.strip("| \n").split(" | ") for line in section.splitlines() if line.startswith("| `")]
        found[section.splitlines()[0].split(" (")[0]] = [[cell.strip(" `") for cell in row] for row in rows]
    return found


GLOSSARY = tables(read("docs/glossario.md"))


def codes(section: str) -> list[str]:
    return [row[0] for row in GLOSSARY[section]]


@pytest.mark.parametrize(("section", "states"), STATES.items())
def test_the_glossary_has_each_state_once_and_no_other(section: str, states: Iterable[StrEnum]) -> None:
    assert sorted(codes(section)) == sorted(state.value for state in states)


def test_the_glossary_has_each_fact_once_and_no_other() -> None:
    assert sorted(codes("Facts")) == sorted(fact.__name__ for fact in facts())


def test_the_glossary_has_each_letter_once_and_no_other() -> None:
    kinds = set(
        re.findall(
            r"'(\w+)': _\(",
            read("templates/macros/status.html").partition("delivery_subject")[2].partition("endmacro")[0],
        )
    )

    assert sorted(codes("Letters")) == sorted(kinds)
    assert [kind for kind in kinds if not any(f'"{kind}"' in module.text for module in modules())] == []


def test_each_word_has_one_meaning() -> None:
    for place in (0, 1):
        words = [row[place] for row in GLOSSARY["Things"]]
        assert sorted(words) == sorted(set(words))


def test_a_line_too_many_and_a_line_too_few_would_be_told() -> None:
    rows = tables(
        "## States of a letter\n| code | office |\n|---|---|\n| `queued` | in partenza |\n| `lost` | persa |\n"
    )

    assert {row[0] for row in rows["States of a letter"]} ^ set(State) >= {"lost", "sent"}


def label(program: Flask, call: str) -> str:
    source = '{% import "macros/status.html" as status with context %}{{ status.' + call + " }}"
    with program.test_request_context("/", headers={"Accept-Language": "it"}):
        return " ".join(render_template_string(source).split())


def test_every_state_of_a_case_is_called_as_in_the_glossary(program: Flask) -> None:
    shown = {row[0]: label(program, f"case_word('{row[0]}')") for row in GLOSSARY["States of a case"]}

    assert shown == {row[0]: row[1] for row in GLOSSARY["States of a case"]}


def test_every_state_of_an_appointment_is_called_as_in_the_glossary(program: Flask) -> None:
    rows = GLOSSARY["States of an appointment"]

    assert {row[0]: label(program, f"appointment_word('{row[0]}')") for row in rows} == {row[0]: row[1] for row in rows}


def test_a_state_without_a_label_would_be_told(program: Flask) -> None:
    assert label(program, "case_word('lost')") == ""
    assert label(program, "appointment_word('lost')") == ""
    assert label(program, "step_words({'key': 'lost'})") == ""


def test_the_words_of_a_state_are_written_once() -> None:
    words = [row[1] for row in GLOSSARY["States of a case"] if " " in row[1]]
    elsewhere = {
        name: word
        for name, text in template_files(".html", ".txt").items()
        for word in words
        if word in text and name != "macros/status.html"
    }

    assert elsewhere == {}
