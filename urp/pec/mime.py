"""The parts of a message as exact slices of its bytes: what is read is what was signed.

The parser of the standard library forgets how lines ended and recurses on hostile input; a signature needs
each byte as it came, and whoever reads a mailbox needs a parser that always returns.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from urp.pec.header_text import address, decode, parameters, plain

LONGEST_HEAD = 262_144
MOST_PARTS = 1_000
DEEPEST = 20
"""Beyond these a message is not read further: no honest one comes near."""

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_EMPTY_LINE = re.compile(rb"(?:\A|\n)\r?\n")
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


@dataclass(frozen=True)
class Part:
    """A message or a part of one: a head and a body, from `start` up to `stop` of `source`."""

    source: bytes
    start: int
    stop: int

    @classmethod
    def whole(cls, message: bytes) -> "Part":
        """A message from its first byte to its last."""
        return cls(message, 0, len(message))

    @property
    def raw(self) -> bytes:
        """Head and body, each byte as it came."""
        return self.source[self.start : self.stop]

    @property
    def body(self) -> bytes:
        """The body, each byte as it came."""
        return self.source[self._body_at : self.stop]

    def values(self, name: str) -> list[str]:
        """The values of a header, unfolded but not decoded; names differ in nothing but their case."""
        return [value for known, value in self._fields if known == name.lower()]

    def value(self, name: str) -> str | None:
        """The first value of a header, unfolded but not decoded."""
        return next(iter(self.values(name)), None)

    @cached_property
    def media_type(self) -> str:
        """For example `text/plain`, which is also what a part is that does not say (RFC 2045 §5.2)."""
        said = (self.value("Content-Type") or "").partition(";")[0].strip().lower()
        return said if re.fullmatch(r"[^\s/]+/[^\s/]+", said) else "text/plain"

    @cached_property
    def filename(self) -> str | None:
        """The name that the sender gave this part, as it came: not safe to use as a path."""
        disposition = parameters(self.value("Content-Disposition") or "")
        return disposition.get("filename") or self._type_parameters.get("name") or None

    @cached_property
    def parts(self) -> tuple["Part", ...]:
        """The parts of a multipart; nothing for any other type."""
        boundary = self._type_parameters.get("boundary")
        if not boundary or not self.media_type.startswith("multipart/"):
            return ()
        return tuple(Part(self.source, *span) for span in self._spans(b"--" + boundary.encode("utf-8", "replace")))

    def leaves(self, depth: int = 0) -> Iterator["Part"]:
        """The parts that hold something, in order; messages inside this one stay closed."""
        if not self.parts or depth > DEEPEST:
            yield self
            return
        for part in self.parts:
            yield from part.leaves(depth + 1)

    def content(self) -> bytes:
        """The body without its transfer encoding; what cannot be decoded stays as it came."""
        encoding = (self.value("Content-Transfer-Encoding") or "").strip().lower()
        if encoding == "base64":
            return _base64(self.body)
        return binascii.a2b_qp(self.body) if encoding == "quoted-printable" else self.body

    def text(self) -> str:
        """The content as text with line feeds."""
        return decode(self.content(), self._type_parameters.get("charset")).replace("\r\n", "\n")

    @cached_property
    def _body_at(self) -> int:
        found = _EMPTY_LINE.search(self.source[self.start : min(self.stop, self.start + LONGEST_HEAD)])
        return self.start + found.end() if found else self.stop

    @cached_property
    def _fields(self) -> list[tuple[str, str]]:
        head = self.source[self.start : min(self._body_at, self.start + LONGEST_HEAD)]
        lines = (line.partition(b":") for line in _FOLD.sub(b"", head).splitlines())
        return [(decode(name).strip().lower(), decode(value).strip()) for name, colon, value in lines if colon]

    @cached_property
    def _type_parameters(self) -> dict[str, str]:
        return parameters(self.value("Content-Type") or "")

    def _spans(self, delimiter: bytes) -> Iterator[tuple[int, int]]:
        """Where each part begins and ends: its last line break belongs to the delimiter (RFC 2046 §5.1.1)."""
        begun: int | None = None
        found = 0
        at = self.source.find(delimiter, self._body_at, self.stop)
        while at >= 0 and found < MOST_PARTS:
            line_end = self.source.find(b"\n", at, self.stop)
            line_end = self.stop if line_end < 0 else line_end + 1
            rest = self.source[at + len(delimiter) : line_end].rstrip()
            if rest in (b"", b"--") and (at == self._body_at or self.source[at - 1 : at] == b"\n"):
                if begun is not None:
                    end = at - 2 if self.source[at - 2 : at] == b"\r\n" else at - 1
                    yield begun, max(begun, end)
                    found += 1
                if rest:
                    return
                begun = line_end
            at = self.source.find(delimiter, line_end, self.stop)
        if begun is not None and found < MOST_PARTS:
            yield begun, self.stop  # cut off on its way: what is left is read


def canonical(data: bytes) -> bytes:
    """The same lines, each ended by CR LF, as a signature over text wants them (RFC 8551 §3.1.1)."""
    return re.sub(rb"\r?\n", b"\r\n", data)


def header(part: Part, name: str) -> str | None:
    """A header as people read it; None where it is missing."""
    value = part.value(name)
    return None if value is None else plain(value)


def sole_address(part: Part, name: str) -> str | None:
    """The address in a header that stands once and holds exactly one; None otherwise."""
    values = part.values(name)
    return address(values[0]) if len(values) == 1 else None


def _base64(data: bytes) -> bytes:
    letters = data.translate(None, _NO_BASE64)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]  # one letter alone carries no byte
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
