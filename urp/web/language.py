"""Italian and English: the visitor's choice, then their browser, then Italian."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlencode

from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import Babel, get_translations
from werkzeug.exceptions import HTTPException

LANGUAGES = ("it", "en")
babel = Babel()


def init_app(app: Flask) -> None:
    """Plug gettext in and give templates `lingua` and `lang_url`."""
    app.config.update(BABEL_DEFAULT_LOCALE="it", BABEL_DEFAULT_TIMEZONE="Europe/Rome")
    babel.init_app(app, locale_selector=chosen)
    app.jinja_env.install_gettext_callables(_words, _counted_words, newstyle=True)  # type: ignore[attr-defined]
    app.before_request(_remember_choice)
    app.context_processor(lambda: {"lingua": chosen(), "lang_url": _same_page_in})


def chosen() -> str:
    """The language of this answer: `it` or `en`."""
    if "language" not in g:
        g.language = _of_visitor() if has_request_context() else "it"
    return str(g.language)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language inside: a letter speaks its reader's, not the visitor's."""
    before = g.get("language")
    g.language = language
    try:
        yield
    finally:
        g.pop("language")
        if before:
            g.language = before


def _words(text: str) -> str:
    # Italian is written in the templates: looking it up forty times a page cost a third of the page
    return text if chosen() == "it" else str(get_translations().ugettext(text))


def _counted_words(one: str, many: str, number: int) -> str:
    if chosen() == "it":
        return one if number == 1 else many
    return str(get_translations().ungettext(one, many, number))


def _of_visitor() -> str:
    wanted = request.accept_languages.best_match(LANGUAGES)
    return str(session.get("language") or wanted or "it")


def _remember_choice() -> None:
    wanted = request.args.get("lingua")
    if wanted in LANGUAGES and not request.path.endswith((".json", ".ics")) and session.get("language") != wanted:
        session["language"] = wanted


def _same_page_in(language: str) -> str:
    if not _can_be_opened():
        return f"/?lingua={language}"
    # never as arguments of url_for: some names there (`endpoint`, `_scheme`) mean something else
    query = [(key, value) for key, value in request.args.items(multi=True) if key != "lingua"]
    return f"{quote(request.path)}?{urlencode([*query, ('lingua', language)])}"


def _can_be_opened() -> bool:
    """Whether this address can be asked for again with GET: a form that came back with errors can."""
    if request.endpoint is None:
        return False
    if request.method == "GET":
        return True
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(method="GET"))
    except HTTPException:
        return False
