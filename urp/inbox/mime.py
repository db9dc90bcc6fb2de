"""A message as the tree of its parts, found in linear time and under the limits (pure).

The standard parser nests as deep as a message says, and builds every part before anybody can count them.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from urp.inbox import header_words
from urp.inbox.limits import Budget, Header, check_addresses, check_header, check_size

MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_HEADER = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")
_CHUNK = re.compile(rb"[A-Za-z0-9+/]+")
_NO_SYMBOL = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_BLANK_LINE = re.compile(rb"\n\r?\n")


@dataclass(frozen=True)
class Part:
    """One part: its headers, the place of its body in the source, and the parts inside it.

    A multipart in which no part can be found has none, and its type is text/plain: its body is still words.
    """

    headers: tuple[Header, ...]
    media_type: str
    params: dict[str, str]
    source: bytes
    start: int
    end: int
    parts: tuple["Part", ...] = ()

    def first(self, name: str) -> bytes | None:
        """The value of the first header with this name (lower case)."""
        return next((value for known, value in self.headers if known == name), None)

    def all(self, name: str) -> list[bytes]:
        """The values of all headers with this name (lower case), in order."""
        return [value for known, value in self.headers if known == name]

    def text(self, name: str) -> str:
        """The first header with this name (lower case) as text; empty without one."""
        return header_words.decoded(self.first(name) or b"").strip()

    def word(self, name: str) -> str:
        """The first word of a structured header, in lower case: what stands before `;`."""
        return header_words.params(self.first(name) or b"")[0]

    @property
    def body(self) -> bytes:
        """The bytes of the body as they came."""
        return self.source[self.start : self.end]

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; a body that does not look encoded stays as it is."""
        encoding = self.word("content-transfer-encoding")
        if encoding == "base64":
            return _from_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body

    def walk(self) -> Iterator["Part"]:
        """This part and all inside it."""
        yield self
        for part in self.parts:
            yield from part.walk()


def split(raw: bytes) -> Part:
    """The tree of a message; raises TooMuch, and nothing else whatever the bytes."""
    check_size(raw)
    source = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    return _part(source, 0, len(source), 0, Budget(), "text/plain")


def headers_of(block: bytes) -> tuple[Header, ...]:
    """The headers at the beginning of some bytes; raises TooMuch."""
    return _headers(block, 0, len(block))[0]


def _part(source: bytes, start: int, end: int, depth: int, budget: Budget, usual: str) -> Part:
    budget.spend(1, depth)
    headers, body = _headers(source, start, end)
    declared = next((value for name, value in headers if name == "content-type"), None)
    media_type, params = header_words.params(declared) if declared else (usual, {})
    media_type = media_type if _TYPE.fullmatch(media_type) else "text/plain"
    plain = Part(headers, media_type, params, source, body, end)
    encoding = plain.word("content-transfer-encoding")
    parts: Sequence[Part] = ()
    if media_type.startswith("multipart/"):
        inside = "message/rfc822" if media_type == "multipart/digest" else "text/plain"
        spans = _spans(source, body, end, params.get("boundary", "").rstrip().encode("utf-8", "replace"))
        parts = [_part(source, begins, ends, depth + 1, budget, inside) for begins, ends in spans]
        media_type = media_type if parts else "text/plain"
    elif media_type in MESSAGES and encoding not in ("base64", "quoted-printable"):
        parts = [_part(source, body, end, depth + 1, budget, "text/plain")]
    elif media_type == "message/delivery-status":
        budget.spend(sum(1 for _ in _BLANK_LINE.finditer(plain.content)), depth)
    return Part(headers, media_type, params, source, body, end, tuple(parts))


def _headers(source: bytes, start: int, end: int) -> tuple[tuple[Header, ...], int]:
    """The headers, and where the body begins: after a blank line, or at a line that is no header."""
    found: list[tuple[str, list[bytes]]] = []
    at = begun = start
    while at < end:
        stop = source.find(b"\n", at, end)
        after = end if stop < 0 else stop + 1
        line = source[at : end if stop < 0 else stop].rstrip(b"\r")
        header = _HEADER.match(line)
        if not line:
            at = after
            break
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(line)
        elif header:
            begun = at
            found.append((header[1].decode("ascii").lower(), [line[header.end() :]]))
        elif not (at == start and line.startswith((b"From ", b">From "))):
            break
        check_header(after - begun, len(found))
        at = after
    headers = tuple((name, b"".join(lines)) for name, lines in found)
    check_addresses(headers)
    return headers, at


def _spans(source: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Where the parts of a multipart begin and end; what follows the closing line is one too, if it says anything."""
    if not boundary:
        return
    begins: int | None = None
    closed = False
    for before, after, closed in _boundaries(source, start, end, b"--" + boundary):
        if begins is not None:
            yield begins, max(begins, before)
        begins = after
        if closed:
            break
    if begins is not None and (not closed or source[begins:end].strip()):
        yield begins, end


def _boundaries(source: bytes, start: int, end: int, fence: bytes) -> Iterator[tuple[int, int, bool]]:
    """Boundary lines: where the text before each ends, where the next part begins, and whether it closes."""
    at = start if source.startswith(fence, start, end) else _next_line(source, fence, start, end)
    while at is not None:
        stop = source.find(b"\n", at, end)
        after = end if stop < 0 else stop + 1
        rest = source[at + len(fence) : end if stop < 0 else stop]
        if not rest.removeprefix(b"--").strip(b" \t\r"):
            before = max(at - 1, start)
            if before > start and source[before - 1 : before] == b"\r":
                before -= 1
            yield before, after, rest.startswith(b"--")
        at = _next_line(source, fence, after - 1, end)


def _next_line(source: bytes, beginning: bytes, at: int, end: int) -> int | None:
    """Where the next line that begins so begins."""
    found = source.find(b"\n" + beginning, at, end)
    return None if found < 0 else found + 1


def _from_base64(body: bytes) -> bytes:
    symbols = body.translate(None, _NO_SYMBOL)
    strange = len(body) - len(symbols) - sum(body.count(space) for space in (b"\n", b"\r", b" ", b"\t"))
    if strange * 10 > len(body):
        return body  # it says base64 and is not
    pieces = bytearray()
    for match in _CHUNK.finditer(symbols):  # several encoded texts in a row: each ends with its own padding
        chunk = match[0]
        chunk = chunk[: len(chunk) - (len(chunk) % 4 == 1)]
        pieces += binascii.a2b_base64(chunk + b"=" * (-len(chunk) % 4))
    return bytes(pieces)
