"""The words in a header: encoded or raw, with parameters, with one address; reads anything and never fails."""

import re
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import unquote_to_bytes

LONGEST = 16_384
"""A header longer than this stays as it came: decoding takes time that grows with the square of the length."""

NOT_OF_MAIL = ("idna", "punycode", "unicode_escape", "raw_unicode_escape")
"""Codecs of Python that no mail uses; some take time that grows with the square of the length."""

_PARAMETER = re.compile(r';\s*([^\s=;*"]+)(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|"?([^;\s]*))')
_ADDRESS = re.compile(r'(?:(?:"(?:[^"\\]|\\.)*"|[^<>"])*<([^<>\s]+)>|([^<>\s]+))\s*', re.DOTALL)
_BARE = re.compile(r"[^\s@,;:()\"\\]+@[^\s@,;:()\"\\]+")


def decode(data: bytes, charset: str | None = None) -> str:
    """Text in the declared character set, else in UTF-8, else in Latin-1, which knows every byte."""
    for name in (charset, "utf-8"):
        if name and name.lower().replace("-", "_") not in NOT_OF_MAIL:
            try:
                return _whole(data.decode(name))
            except (LookupError, ValueError):  # unknown, or not what it says
                continue
    return data.decode("latin-1")


def plain(value: str) -> str:
    """A header as people read it: encoded words (RFC 2047) decoded, runs of blanks made one."""
    if "=?" in value and len(value) <= LONGEST:
        try:
            pieces = decode_header(value)
        except (HeaderParseError, ValueError):
            pieces = [(value, None)]
        value = "".join(piece if isinstance(piece, str) else _piece(piece, charset) for piece, charset in pieces)
    return " ".join(value.split())


def parameters(value: str) -> dict[str, str]:
    """The parameters of a Content-Type or Content-Disposition; long and foreign ones (RFC 2231) put together."""
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for name, number, encoded, quoted, word in _PARAMETER.findall(value[:LONGEST]):
        text = re.sub(r"\\(.)", r"\1", quoted) or word
        pieces.setdefault(name.lower(), []).append((int(number or 0), text, bool(encoded)))
    return {name: _joined(sorted(given)) for name, given in pieces.items()}


def address(value: str) -> str | None:
    """The one bare address of a From-like header, lower case in its domain; None where it is not exactly one."""
    found = _ADDRESS.fullmatch(value.strip()) if len(value) <= LONGEST else None
    bare = (found[1] or found[2]) if found else ""
    if not _BARE.fullmatch(bare):
        return None
    local, _, domain = bare.rpartition("@")
    return f"{local}@{domain.lower()}"


def _piece(piece: bytes, charset: str | None) -> str:
    if charset is None:  # between encoded words the library hands back what it was given, escaped
        return piece.decode("raw_unicode_escape", "replace")
    return decode(piece, charset)


def _joined(pieces: list[tuple[int, str, bool]]) -> str:
    if not any(encoded for _, _, encoded in pieces):
        return plain("".join(text for _, text, _ in pieces))  # many programs write encoded words here
    charset, _, rest = pieces[0][1].partition("'")
    first = (0, rest.partition("'")[2], True) if rest else pieces[0]
    data = b"".join(
        unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
        for _, text, encoded in (first, *pieces[1:])
    )
    return decode(data, charset)


def _whole(text: str) -> str:
    """Without halves of surrogate pairs, which some character sets let through and no database takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
