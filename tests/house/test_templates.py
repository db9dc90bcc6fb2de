"""Templates hold words and structure: no inline code, no inline style, nothing from outside."""

import re

import pytest

from tests.house.sources import template_files

INLINE = {
    "a script without a file": re.compile(r"<script(?! type=\"application/ld\+json\">)(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style in the page": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "an event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript address": re.compile(r"javascript:", re.IGNORECASE),
    "a file from elsewhere": re.compile(
        r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"(?:https?:)?//", re.IGNORECASE
    ),
    "words marked as safe": re.compile(r"\|\s*safe\b"),
}
LETTERS = re.compile(r"(^|/)mail/|^macros/letter\.html$")
ALLOWED_IN_LETTERS = {"a style in the page"}  # a mail reader has no style sheet of ours


def faults(name: str, text: str) -> list[str]:
    bare = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    allowed = ALLOWED_IN_LETTERS if LETTERS.search(name) else set()
    return [f"{name}: {what}" for what, mark in INLINE.items() if what not in allowed and mark.search(bare)]


def test_no_template_holds_inline_code_or_style() -> None:
    assert [fault for name, text in template_files(".html").items() for fault in faults(name, text)] == []


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("<script>alert(1)</script>", "a script without a file"),
        ('<script type="module">go()</script>', "a script without a file"),
        ('<script type="application/ld+json" id="x" type="module">go()</script>', "a script without a file"),
        ("<style>p{}</style>", "a style in the page"),
        ('<p style="color:red">', "a style attribute"),
        ('<button class="x" onclick="go()">', "an event attribute"),
        ('<a href="javascript:go()">', "a javascript address"),
        ('<script src="https://cdn.example/x.js"></script>', "a file from elsewhere"),
        ("{{ body|safe }}", "words marked as safe"),
    ],
)
def test_inline_code_or_style_would_be_told(wrong: str, what: str) -> None:
    assert faults("home.html", wrong) == [f"home.html: {what}"]


def test_data_for_search_engines_are_no_code() -> None:
    assert faults("hours.html", '<script type="application/ld+json">{{ data|tojson }}</script>') == []


def test_a_letter_may_carry_its_style_and_nothing_else() -> None:
    assert faults("cases/mail/link.html", '<style>p{}</style><p onclick="x">') == [
        "cases/mail/link.html: an event attribute"
    ]


def test_no_template_asks_the_database() -> None:
    asking = re.compile(r"\bdb\.|\bsession\.(execute|scalars?)\b|\.query\b")

    assert [name for name, text in template_files(".html", ".txt").items() if asking.search(text)] == []
