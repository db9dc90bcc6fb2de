"""What the built-in provider certifies: the kinds of its papers, and `daticert.xml` (RFC 6109, 4.1)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree import ElementTree

from urp.embedded.letters import ROME, Letter, Reading
from urp.embedded.mail_plays import is_certified
from urp.embedded.post_office_door import PEC_DOMAIN

ADDRESS = f"posta-certificata@{PEC_DOMAIN}"
NAME = "Gestore PEC di prova"


@dataclass(frozen=True)
class Kind:
    """A kind of paper: its legal name, the prefix of its subject, and the error it tells of, if any."""

    name: str
    prefix: str
    error: str = "nessuno"
    why: str = ""  # errore-esteso
    words: str = ""  # its template, where several share the name
    headers: tuple[tuple[str, str], ...] = ()


REFUSED_PREFIX = "AVVISO DI NON ACCETTAZIONE: "
FAILED_PREFIX = "AVVISO DI MANCATA CONSEGNA: "
LATE_PREFIX = "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: "
LATE = "preavviso-errore-consegna"

ACCEPTED = Kind("accettazione", "ACCETTAZIONE: ")
REFUSED = Kind("non-accettazione", REFUSED_PREFIX, "altro", "il messaggio non rispetta le regole formali")
VIRUS = Kind(
    *("non-accettazione", REFUSED_PREFIX, "virus", "il messaggio contiene un virus"),
    headers=(("X-VerificaSicurezza", "errore"),),
)
DELIVERED = Kind("avvenuta-consegna", "CONSEGNA: ", headers=(("X-TipoRicevuta", "completa"),))
MAILBOX_FULL = Kind("errore-consegna", FAILED_PREFIX, "altro", "casella piena")
NO_SUCH_ADDRESS = Kind("errore-consegna", FAILED_PREFIX, "no-dest", "indirizzo inesistente")
NO_SUCH_DOMAIN = Kind("errore-consegna", FAILED_PREFIX, "no-dominio", "dominio inesistente")
LATE_12_H = Kind(LATE, LATE_PREFIX, "altro", "nessuna consegna nelle prime 12 ore", "preavviso-12-ore")
LATE_24_H = Kind(LATE, LATE_PREFIX, "altro", "nessuna consegna in 24 ore", "preavviso-24-ore")
ENVELOPE = Kind("posta-certificata", "POSTA CERTIFICATA: ")
ANOMALY = Kind("errore", "ANOMALIA MESSAGGIO: ")


def fresh_identifier() -> str:
    """A name that the provider gives: to a letter it carries, to a paper it writes."""
    return f"opec{secrets.token_hex(10)}@{PEC_DOMAIN}"


@dataclass(frozen=True)
class Carried:
    """A letter in the provider's hands; the identifier is the Message-ID of its envelope."""

    letter: Letter
    identifier: str = field(default_factory=fresh_identifier)

    @property
    def reading(self) -> Reading:
        return self.letter.reading


def daticert(kind: Kind, carried: Carried, *, at: datetime, recipient: str | None = None) -> bytes:
    """The certified facts of a paper; `at` (aware) is written as local time with its zone."""
    letter, reading = carried.letter, carried.reading
    root = ElementTree.Element("postacert", {"tipo": kind.name, "errore": kind.error})

    def say(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
        child = ElementTree.SubElement(parent, name, attributes)
        child.text = one_line(text)
        return child

    heading, data = say(root, "intestazione"), say(root, "dati")
    say(heading, "mittente", letter.sender)
    for each in letter.recipients:
        say(heading, "destinatari", each, tipo="certificato" if is_certified(each) else "esterno")
    say(heading, "risposte", reading.first("Reply-To") or letter.sender)
    say(heading, "oggetto", reading.subject)
    local = at.astimezone(ROME)
    say(data, "gestore-emittente", NAME)
    when = say(data, "data", zona=local.strftime("%z"))
    say(when, "giorno", local.strftime("%d/%m/%Y"))
    say(when, "ora", local.strftime("%H:%M:%S"))
    say(data, "identificativo", carried.identifier)
    if message_id := reading.first("Message-ID"):
        say(data, "msgid", message_id)
    if kind in (ENVELOPE, DELIVERED):
        say(data, "ricevuta", tipo="completa")
    if recipient:
        say(data, "consegna", recipient)
    if kind.why:
        say(data, "errore-esteso", kind.why)
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def one_line(text: str) -> str:
    """On one line, without signs that neither XML nor a header may hold."""
    line = " ".join(text.split())
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line)
