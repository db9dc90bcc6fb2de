"""What has passed through the built-in post office, and how a letter is shown to a reader."""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
ROME = ZoneInfo("Europe/Rome")
SHOWN = (
    *("From", "To", "Cc", "Date", "Subject", "Reply-To", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"),
    *("X-Ricevuta", "X-TipoRicevuta", "X-VerificaSicurezza", "X-Trasporto", "X-Riferimento-Message-ID"),
)


@dataclass(frozen=True)
class Letter:
    """One message: the envelope and the bytes exactly as they were handed in, or made by the post office."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    accepted_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    made_by: Literal["sender", "provider"] = "sender"

    @cached_property
    def reading(self) -> "Reading":
        """The letter opened; kept, for lists ask again and again."""
        return read(self)


@dataclass(frozen=True)
class Enclosure:
    """A part of a letter that is a file."""

    number: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Reading:
    """A letter opened: headers decoded, the first text, the first HTML, the files, the letters inside."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    enclosures: tuple[Enclosure, ...]
    inside: tuple["Reading", ...] = ()

    def first(self, name: str) -> str:
        """The first header of this name (written as in SHOWN), or an empty text."""
        return next((value for each, value in self.headers if each == name), "")


class Letterbox:
    """All letters, numbered from 1 in order of arrival; the oldest go when there are too many."""

    def __init__(self, at_most: int = 2000) -> None:
        self._letters: dict[int, Letter] = {}
        self._numbers = itertools.count(1)
        self._at_most = at_most

    def add(self, letter: Letter) -> int:
        """Keep the letter; returns its number."""
        number = next(self._numbers)
        self._letters[number] = letter
        while len(self._letters) > self._at_most:
            del self._letters[next(iter(self._letters))]
        return number

    def get(self, number: int) -> Letter | None:
        """The letter with that number, or None."""
        return self._letters.get(number)

    def newest_first(self, recipient: str | None = None, *, made_by: str | None = None) -> Iterator[tuple[int, Letter]]:
        """Numbered letters: all, or those for one address, or those that the sender or the provider made."""
        for number, letter in reversed(self._letters.items()):
            if recipient in (None, *letter.recipients) and made_by in (None, letter.made_by):
                yield number, letter

    def recipients(self) -> list[str]:
        """Every address that has received something, in alphabetical order."""
        return sorted({recipient for letter in self._letters.values() for recipient in letter.recipients})


def read(letter: Letter) -> Reading:
    """Open a letter, however broken it is."""
    message = _parse(letter.content)
    return _read(message, {id(part): number for number, part in enumerate(_leaves(message))})


def enclosure(letter: Letter, number: int) -> tuple[Enclosure, bytes] | None:
    """A file of the letter, or of a letter inside it, with its bytes; or None."""
    parts = list(_leaves(_parse(letter.content)))
    if number >= len(parts) or not _is_file(parts[number]):
        return None
    return _enclosure(parts[number], number), _bytes(parts[number])


def split_links(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut into pieces, each with whether it is a web address."""
    end = 0
    for found in LINK.finditer(text):
        yield text[end : found.start()], False
        yield found[0], True
        end = found.end()
    yield text[end:], False


def _parse(content: bytes) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(content)


def _read(message: EmailMessage, numbers: Mapping[int, int]) -> Reading:
    parts = list(_own_parts(message))
    leaves = [part for part in parts if not part.is_multipart()]
    bodies = [part for part in leaves if not _is_file(part)]
    inside = [part.get_payload(0) for part in parts if part.is_multipart() and part.get_content_subtype() == "rfc822"]
    return Reading(
        headers=tuple((name, value) for name in SHOWN for value in _header(message, name)),
        subject=next(iter(_header(message, "Subject")), ""),
        text=_first(bodies, "text/plain"),
        html=_first(bodies, "text/html"),
        enclosures=tuple(_enclosure(part, numbers[id(part)]) for part in leaves if _is_file(part)),
        inside=tuple(_read(each, numbers) for each in inside if isinstance(each, EmailMessage)),
    )


def _leaves(message: EmailMessage) -> Iterator[MIMEPart]:
    return (part for part in message.walk() if not part.is_multipart())


def _own_parts(part: MIMEPart) -> Iterator[MIMEPart]:
    """The parts of this message, one of which may be a whole message again; its parts are its own."""
    for child in part.iter_parts() if part.is_multipart() else (part,):
        if child.is_multipart() and child.get_content_maintype() != "message":
            yield from _own_parts(child)
        else:
            yield child


def _enclosure(part: MIMEPart, number: int) -> Enclosure:
    name = part.get_filename() or f"parte-{number}"
    return Enclosure(number, name, part.get_content_type(), len(_bytes(part)))


def _header(message: EmailMessage, name: str) -> Iterable[str]:
    try:
        return [str(value).strip() for value in message.get_all(name, [])]
    except (
        ValueError,
        LookupError,
        IndexError,
        AttributeError,
    ):  # the standard parser gives up on some headers
        return [f"({name}: illeggibile)"]


def _is_file(part: MIMEPart) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_content_maintype() not in (
        "text",
        "multipart",
    )


def _bytes(part: MIMEPart) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _first(parts: Sequence[MIMEPart], media_type: str) -> str:
    for part in parts:
        if part.get_content_type() == media_type:
            content = _bytes(part)
            try:
                return content.decode(part.get_content_charset("utf-8"))
            except (LookupError, UnicodeDecodeError):
                return content.decode("utf-8", "replace")
    return ""
