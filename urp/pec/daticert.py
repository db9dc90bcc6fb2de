"""What a provider certifies, read from `daticert.xml` (RFC 6109 §4.4) with patience for what providers really write."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from xml.parsers import expat
from zoneinfo import ZoneInfo

from urp.pec.header_text import plain

LONGEST = 4_194_304
ROME = ZoneInfo("Europe/Rome")

_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})?")
_NUMBERS = re.compile(r"(\d{1,2})\D(\d{1,2})\D(\d{4})\D+(\d{1,2})\D(\d{2})(?:\D(\d{2}))?")
_NOT_XML = (expat.ExpatError, LookupError, ValueError)  # the last two for character sets that do not exist
_SEVERAL = ("destinatari", "ricezione", "ricevuta", "data")


class DaticertError(Exception):
    """These bytes certify nothing that can be read; the text says why."""


@dataclass(frozen=True)
class Recipient:
    """Whom the message was sent to, and whether that is a certified mailbox, which alone confirms delivery."""

    address: str
    certified: bool


@dataclass(frozen=True)
class Daticert:
    """The words of the provider; `tipo`, `error` and `size` as written, for the rules may learn new ones."""

    tipo: str
    error: str = "nessuno"  # the rules also know no-dest, no-dominio, virus, altro
    error_text: str | None = None
    sender: str | None = None
    recipients: tuple[Recipient, ...] = ()
    reply_to: str | None = None
    subject: str | None = None
    provider: str = ""
    at: datetime | None = None  # aware UTC
    identifier: str = ""
    msgid: str | None = None  # with its angle brackets
    size: str | None = None  # completa, breve, sintetica
    delivered_to: str | None = None


def read(xml: bytes) -> Daticert:
    """Read the elements by their names, wherever they stand; raises DaticertError.

    A document type is refused: without it no entity can be declared, so nothing can expand or be fetched.
    One element that says two different things is refused too, since nobody could tell which one counts.
    """
    if len(xml) > LONGEST:
        raise DaticertError("it is larger than any honest one")
    try:
        found = _elements(xml)
    except _NOT_XML:
        try:  # some say UTF-8 and write Latin-1
            found = _elements(xml, "iso-8859-1")
        except _NOT_XML as error:
            raise DaticertError(f"it is not well-formed ({error})") from None
    if found.root != "postacert":
        raise DaticertError("it has no element postacert")
    return _certified(found)


def moment(day: str, hour: str, *, zone: str) -> datetime | None:
    """The instant of `giorno` 25/11/2026, `ora` 10:02:07 and `zona` +0100; None where they are no time.

    A zone that says nothing is taken for the Italian one: all providers are Italian.
    """
    numbers = _NUMBERS.fullmatch(f"{day.strip()} {hour.strip()}")
    if not numbers:
        return None
    d, m, y, h, minutes, seconds = (int(number or 0) for number in numbers.groups())
    try:
        return datetime(y, m, d, h, minutes, min(seconds, 59), tzinfo=_zone(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass
class _Found:
    root: str = ""
    attributes: dict[str, str] = field(default_factory=dict)  # of the root
    texts: dict[str, str] = field(default_factory=dict)
    several: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        return self.texts.get(name) or None

    def attribute(self, element: str, name: str) -> str:
        return next((given[name] for known, given, _ in self.several if known == element and name in given), "")


def _elements(xml: bytes, encoding: str | None = None) -> _Found:
    found = _Found()
    open_now: list[tuple[str, dict[str, str], list[str]]] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        given = {_local(key): value.strip() for key, value in attributes.items()}
        if not open_now and not found.root:
            found.root, found.attributes = _local(name), given
        open_now.append((_local(name), given, []))

    def words(text: str) -> None:
        open_now[-1][2].append(text)  # outside the root there is no text

    def end(_: str) -> None:
        name, given, pieces = open_now.pop()
        text = "".join(pieces).strip()
        if name in _SEVERAL:
            found.several.append((name, given, text))
        elif found.texts.setdefault(name, text) != text:
            raise DaticertError(f"it says {name!r} twice, in different words")

    def refuse(*_: Any) -> None:
        raise DaticertError("it brings a document type")

    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, words
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.Parse(xml.lstrip(), True)
    return found


def _certified(found: _Found) -> Daticert:
    recipients = [
        Recipient(_bare(text), given.get("tipo", "certificato").lower() == "certificato")
        for name, given, text in found.several
        if name == "destinatari" and text
    ]
    when = moment(found.texts.get("giorno", ""), found.texts.get("ora", ""), zone=found.attribute("data", "zona"))
    subject, sender, delivered_to = found.text("oggetto"), found.text("mittente"), found.text("consegna")
    return Daticert(
        tipo=found.attributes.get("tipo", ""),
        error=found.attributes.get("errore") or "nessuno",
        error_text=found.text("errore-esteso"),
        sender=sender and _bare(sender),
        recipients=tuple(recipients),
        reply_to=found.text("risposte"),
        subject=subject and plain(subject),  # some hand the encoded header on
        provider=found.texts.get("gestore-emittente", ""),
        at=when,
        identifier=found.texts.get("identificativo", ""),
        msgid=found.text("msgid"),
        size=found.attribute("ricevuta", "tipo") or None,
        delivered_to=delivered_to and _bare(delivered_to),
    )


def _bare(address: str) -> str:
    return address.strip("<> \t\r\n")


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _zone(zone: str) -> tzinfo:
    if zone.strip().upper() in ("Z", "UTC", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(zone.strip())
    if not offset:
        return ROME
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
    return timezone(-shift if offset[1] == "-" else shift)
