"""The words of a letter: subject on the first line of its text, then the body; HTML where there is one."""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask_babel import force_locale

from urp.web.language import speaking


@dataclass(frozen=True)
class LetterText:
    """A letter ready to be put into an envelope."""

    subject: str
    text: str
    html: str | None


def render(stem: str, *, language: str = "it", with_html: bool = True, **context: Any) -> LetterText:
    """Render `templates/<stem>.txt` and, if wanted, `<stem>.html` in the reader's language."""
    with force_locale(language), speaking(language):
        subject, _, body = render_template(f"{stem}.txt", lingua=language, **context).strip().partition("\n")
        html = render_template(f"{stem}.html", lingua=language, **context) if with_html else None
    return LetterText(" ".join(subject.split()), body.strip() + "\n", html)
