"""HTML as the text a person would copy from it, in one pass over its signs (pure).

The standard parser searches the rest of the page again for every mark that nobody closes.
"""

import html
import re
from collections.abc import Iterator

LARGEST = 1_000_000
"""Signs that are read; what is longer is kept whole as a file by whoever asks."""

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "footer",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "legend", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "tfoot", "thead", "tr", "ul", "title",
})  # fmt: skip
LINES = {"br": "\n", "/br": "\n", "li": "\n- ", "/li": "\n", "tr": "\n", "/tr": "\n", "div": "\n", "/div": "\n"}
UNREAD = frozenset({"script", "style", "head", "noscript", "template", "svg", "object", "iframe", "select"})
LONGEST_LINK = 2000

_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_HREF = re.compile(r"\shref=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
_ALT = re.compile(r"\salt=(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_SPACE = re.compile(r"[ \t\r\n\f\xa0]+")

Piece = tuple[str, str]
"""A tag's name (with `/` when it closes) and the rest of it, or an empty name and the text between tags."""


def text_of(source: str) -> str:
    """The words in their lines: blocks apart, list items dashed, the address of a link behind its words."""
    page = source[:LARGEST]
    closed = page.lower()
    writer = _Writer(frozenset(name for name in UNREAD if f"</{name}" in closed))
    for name, rest in _pieces(page):
        if name:
            writer.tag(name, rest)
        else:
            writer.words(_SPACE.sub(" ", unescape(rest)))
    return writer.text()


def unescape(text: str) -> str:
    """The text with its entities read; one digit too many does no harm, unlike in the standard function."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


class _Writer:
    """Collects words and line ends; inside what nobody reads, nothing."""

    def __init__(self, unread: frozenset[str]) -> None:
        self._unread = unread  # only what is closed somewhere: else all the rest would be lost
        self._out: list[str] = []
        self._hidden: str | None = None
        self._link: tuple[str, int] | None = None  # address, and where its words begin

    def tag(self, name: str, rest: str) -> None:
        bare = name.removeprefix("/")
        if self._hidden is not None:
            self._hidden = None if name in (f"/{self._hidden}", "body") else self._hidden
        elif name in self._unread and not rest.endswith("/"):
            self._hidden = name
        elif bare == "a":
            self._end_link()
            if name == "a":
                self._link = (_attribute(_HREF, rest), len(self._out))
        elif name == "img":
            self.words(_SPACE.sub(" ", _attribute(_ALT, rest)))
        elif name in LINES:
            self._out.append(LINES[name])
        elif bare in BLOCKS:
            self._out.append("\n\n")
        elif bare in ("td", "th"):
            self._out.append(" ")

    def words(self, words: str) -> None:
        if self._hidden is None:
            self._out.append(words)

    def text(self) -> str:
        self._end_link()
        lines = [_SPACE.sub(" ", line).strip() for line in "".join(self._out).split("\n")]
        kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
        return "\n".join(kept).strip()

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, start = self._link
        self._link = None
        said = "".join(self._out[start:]).strip()
        shown = address.removeprefix("mailto:")
        if address.lower().startswith(("http://", "https://", "mailto:")) and shown.rstrip("/") != said.rstrip("/"):
            self._out.append(f" <{shown[:LONGEST_LINK]}>")


def _attribute(pattern: re.Pattern[str], tag: str) -> str:
    match = pattern.search(tag)
    return unescape(next((group for group in match.groups() if group), "")).strip() if match else ""


def _pieces(source: str) -> Iterator[Piece]:
    """Texts and tags in order; a mark that is never closed is text."""
    at = 0
    ends = {"-->": True, ">": True}  # whether this sign can still come: asked once, not at every mark
    while at < len(source):
        start = source.find("<", at)
        if start < 0 or not ends[">"]:
            yield "", source[at:]
            return
        if start > at:
            yield "", source[at:start]
        mark = "-->" if source.startswith("<!--", start) and ends["-->"] else ">"
        stop = source.find(mark, start + (4 if mark == "-->" else 1))
        if stop < 0:
            ends[mark] = False
            at = start
            continue
        at = stop + len(mark)
        tag = _TAG.match(source, start + 1)
        if tag:
            yield (tag[1] + tag[2]).lower(), source[tag.end() : stop]
        elif source[start + 1 : start + 2] not in ("!", "?", "/"):
            yield "", "<"  # an arrow or a comparison
            at = start + 1
