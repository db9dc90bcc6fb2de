"""Forms: what was typed is tidied, never lost, and every mistake has its words."""

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, SelectChoice, StringField, TextAreaField

from tests.factories.databases import TwoDatabases
from urp.outbox.headers import UnsafeHeader, safe_header
from urp.web.forms import AtMost, Needed, UrpForm, tidy, tidy_line


class ShortForm(UrpForm):
    """A line, a text, a choice."""

    line = StringField("Line", validators=[Needed("Write a line"), AtMost(5, "Take {} away".format)])
    words = TextAreaField("Words", filters=[lambda text: text and text.upper()])
    choice = RadioField("Choice", choices=[SelectChoice("a", "A"), SelectChoice("b", "B")], validate_choice=False)

    def validate_choice(self, field: RadioField) -> None:
        """One of two."""
        Needed("Choose")(self, field)


@given(st.text())
def test_one_line_of_text_can_always_stand_in_a_header(typed: str) -> None:
    line = tidy_line(typed) or ""

    assert safe_header("Subject", line) == line
    assert "\t" not in line
    assert tidy_line(line) == line


def test_the_gate_would_refuse_what_was_not_tidied() -> None:
    with pytest.raises(UnsafeHeader):
        safe_header("Subject", "Buca\nBcc: tutti@posta.example")


@given(st.text())
def test_text_of_many_lines_keeps_its_lines_and_loses_only_what_cannot_be_seen(typed: str) -> None:
    text = tidy(typed) or ""

    assert tidy(text) == text
    assert not set(text) & {"\0", "\r", "\x1b", "\x85", "\u2028", "\x7f"}
    text.encode()  # no halves of characters: both databases and JSON take it


@pytest.mark.parametrize(
    ("typed", "text", "line"),
    [
        ("  Buca \n", "Buca", "Buca"),
        ("una\r\ndue\rtre", "una\ndue\ntre", "una due tre"),
        ("una\u2028due", "una\ndue", "una due"),
        ("nul\x00 esc\x1b[31m del\x7f c1\x9b", "nul esc[31m del c1", "nul esc[31m del c1"),
        ("però 🕳️ שלום", "però 🕳️ שלום", "però 🕳️ שלום"),
        ("a\tb", "a\tb", "a b"),
        ("\ud800x", "x", "x"),
        ("", "", ""),
        (None, None, None),
    ],
)
def test_tidying_by_example(typed: str | None, text: str | None, line: str | None) -> None:
    assert tidy(typed) == text
    assert tidy_line(typed) == line


def test_fields_are_tidied_each_in_its_way_however_often_the_form_is_made(request_: None) -> None:
    for _ in range(3):
        form = ShortForm(MultiDict({"line": " a\nb ", "words": " a\r\nb\x00 ", "choice": "a"}))
        assert (form.line.data, form.words.data) == ("a b", "A\nB")
        assert form.validate()


def test_what_looks_empty_is_empty(request_: None) -> None:
    for empty in ("", " ", "\n\t", "\u200b", "\u202e\u2066", "\x00", "\u3000"):
        form = ShortForm(MultiDict({"line": empty, "choice": "a"}))
        assert not form.validate()
        assert [(error.text, error.href) for error in form.summary] == [("Write a line", "#line")]


def test_too_much_is_kept_and_counted(request_: None) -> None:
    form = ShortForm(MultiDict({"line": "eleven sign", "choice": "a"}))

    assert not form.validate()
    assert [error.text for error in form.summary] == ["Take 6 away"]
    assert form.line.data == "eleven sign"


def test_the_summary_leads_to_each_field_and_to_the_first_choice_of_a_group(request_: None) -> None:
    form = ShortForm(MultiDict({}))
    form.validate()
    form.form_errors.append("The whole form is wrong")

    assert [error.href for error in form.summary] == ["#main", "#line", "#choice-0"]


@pytest.fixture
def request_(app: Flask) -> Iterator[None]:
    """A request is under way."""
    with app.test_request_context("/", method="POST"):
        yield


@pytest.fixture
def database_url(databases: TwoDatabases) -> Iterator[str]:
    """One database is enough: nothing here depends on which."""
    url = databases.fresh("sqlite")
    yield url
    databases.drop(url)
