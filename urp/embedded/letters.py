"""What the built-in post office has accepted, and how a letter is shown to a reader."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
SHOWN = ("From", "To", "Cc", "Date", "Subject", "Reply-To", "Message-ID", "In-Reply-To", "Auto-Submitted")


@dataclass(frozen=True)
class Letter:
    """One accepted message: the envelope and the bytes exactly as they were sent."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    accepted_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class Enclosure:
    """A part of a letter that is a file."""

    number: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Reading:
    """A letter opened: headers decoded, the first text, the first HTML, the files."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    enclosures: tuple[Enclosure, ...]


class Letterbox:
    """All accepted letters, numbered from 1 in order of arrival; the oldest go when there are too many."""

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

    def newest_first(self, recipient: str | None = None) -> Iterator[tuple[int, Letter]]:
        """Numbered letters, all or those for one address."""
        for number, letter in reversed(self._letters.items()):
            if recipient is None or recipient in letter.recipients:
                yield number, letter

    def recipients(self) -> list[str]:
        """Every address that has received something, in alphabetical order."""
        return sorted({recipient for letter in self._letters.values() for recipient in letter.recipients})


def read(letter: Letter) -> Reading:
    """Open a letter, however broken it is."""
    message = _parse(letter.content)
    parts = [part for part in message.walk() if not part.is_multipart()]
    bodies = [part for part in parts if not _is_file(part)]
    return Reading(
        headers=tuple((name, value) for name in SHOWN for value in _header(message, name)),
        subject=next(iter(_header(message, "Subject")), ""),
        text=_first(bodies, "text/plain"),
        html=_first(bodies, "text/html"),
        enclosures=tuple(
            Enclosure(number, part.get_filename() or f"parte-{number}", part.get_content_type(), len(_bytes(part)))
            for number, part in enumerate(parts)
            if _is_file(part)
        ),
    )


def enclosure(letter: Letter, number: int) -> tuple[Enclosure, bytes] | None:
    """A file of the letter with its bytes, or None."""
    found = next((each for each in read(letter).enclosures if each.number == number), None)
    if found is None:
        return None
    parts = [part for part in _parse(letter.content).walk() if not part.is_multipart()]
    return found, _bytes(parts[number])


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


def _header(message: EmailMessage, name: str) -> Iterable[str]:
    try:
        return [str(value) for value in message.get_all(name, [])]
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
