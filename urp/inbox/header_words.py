"""The words of a header: encoded words (RFC 2047), parameters (RFC 2231) and message ids, in linear time (pure)."""

import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_to_bytes

from urp.inbox import charsets

MOST_IDS = 50
LONGEST_ID = 320
LONGEST_BARE = 1024
"""Bytes of a header in which a message id without angle brackets is looked for."""

_WORD = re.compile(r"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_ID = re.compile(r"<[!-;=?-~]{1,318}>")
_BARE_ID = re.compile(r"[!-;=?A-~]+@[!-;=?-~]+")
_PARAM = re.compile(r";\s*([^\s=;\"]{1,200})\s*=\s*", re.ASCII)
_PIECE = re.compile(r"(.+?)\*(\d{1,3})(\*?)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_PARAM_BYTES = 16 * 1024


def decoded(value: bytes) -> str:
    """The value as text, encoded words read; what cannot be read stands as it came."""
    text = charsets.decode(value, None)
    if "=?" not in text:
        return text
    return "".join(_joined(_pieces(text)))


def message_ids(values: Iterable[bytes]) -> tuple[str, ...]:
    """The message ids in these values, in order, each once, at most MOST_IDS; with their angle brackets."""
    found: dict[str, None] = {}
    for value in values:
        text = value.decode("latin-1")
        bare = _BARE_ID.fullmatch(text.strip()) if "<" not in text and len(text) <= LONGEST_BARE else None
        ids = [f"<{bare[0]}>"] if bare else (match[0] for match in _ID.finditer(text))
        for one in ids:
            if len(one) <= LONGEST_ID:
                found[one] = None
            if len(found) == MOST_IDS:
                return tuple(found)
    return tuple(found)


def params(value: bytes) -> tuple[str, dict[str, str]]:
    """A structured value: its first word in lower case, and its parameters by name in lower case."""
    text = charsets.decode(value[:_PARAM_BYTES], None)
    first = text.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, content in _raw_params(text):
        piece = _PIECE.fullmatch(name)
        if piece:
            pieces.setdefault(piece[1], {}).setdefault(int(piece[2]), (content, bool(piece[3])))
        elif name.endswith("*"):
            pieces.setdefault(name[:-1], {}).setdefault(0, (content, True))
        else:
            plain.setdefault(name, _plain(content))
    return first, plain | {name: _collapsed(found) for name, found in pieces.items()}


def _raw_params(text: str) -> Iterator[tuple[str, str]]:
    at = text.find(";")
    while at >= 0:
        match = _PARAM.match(text, at)
        if match is None:
            at = text.find(";", at + 1)
            continue
        at = match.end()
        quoted = _quoted(text, at) if text[at : at + 1] == '"' else None
        if quoted is None:
            end = text.find(";", at)
            end = len(text) if end < 0 else end
            yield match[1].lower(), text[at:end].strip()
            at = end if end < len(text) else -1
        else:
            content, end = quoted
            yield match[1].lower(), content
            at = text.find(";", end)


def _quoted(text: str, start: int) -> tuple[str, int] | None:
    """A quoted string without its quotes, and where it ends; None when it never does."""
    kept: list[str] = []
    at = start + 1
    while at < len(text):
        sign = text[at]
        if sign == '"':
            return "".join(kept), at + 1
        if sign == "\\" and text[at + 1 : at + 2] in ('"', "\\"):
            at += 1
        kept.append(text[at])
        at += 1
    return None


def _plain(content: str) -> str:
    """RFC 2047 does not allow encoded words here; mail programs write them all the same."""
    return "".join(_joined(_pieces(content))) if "=?" in content else content


def _collapsed(pieces: dict[int, tuple[str, bool]]) -> str:
    data = bytearray()
    charset: str | None = None
    for number in sorted(pieces):
        content, encoded = pieces[number]
        if encoded and number == min(pieces) and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    return charsets.decode(bytes(data), charset or None)


Piece = str | tuple[str, bytes]


def _pieces(text: str) -> Iterator[Piece]:
    """Plain text, and charset with bytes for each encoded word; space between two encoded words is not text."""
    at = 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        if between and not (at and between.isspace()):
            yield between
        yield match[1].lower(), _word_bytes(match[2].lower(), match[3])
        at = match.end()
    yield text[at:]


def _joined(pieces: Iterable[Piece]) -> Iterator[str]:
    """Words of one charset are decoded together: programs cut them in the middle of a letter."""
    charset, data = "", bytearray()
    for piece in pieces:
        if isinstance(piece, tuple) and piece[0] == charset:
            data += piece[1]
            continue
        if data:
            yield charsets.decode(bytes(data), charset)
        if isinstance(piece, tuple):
            charset, data = piece[0], bytearray(piece[1])
        else:
            charset, data = "", bytearray()
            yield piece
    if data:
        yield charsets.decode(bytes(data), charset)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding == "q":
        return binascii.a2b_qp(data, header=True)
    symbols = _NOT_BASE64.sub(b"", data)
    symbols = symbols[: len(symbols) - (len(symbols) % 4 == 1)]
    return binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4))
