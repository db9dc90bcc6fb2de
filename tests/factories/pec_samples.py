"""Certified mail as providers write it, signed by an authority of our own: every kind of receipt and envelope."""

import base64
import email.policy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cached_property
from itertools import count
from xml.sax.saxutils import escape, quoteattr
from zoneinfo import ZoneInfo

from tests.factories.pec_ca import Authority, Identity, sign
from urp.pec.kinds import Kind
from urp.pec.signature import Trust

ROME = ZoneInfo("Europe/Rome")
OUR_PEC = "protocollo@pec.ente.example"
GIULIA = "giulia.bianchi@pec.example"
AT = datetime(2026, 11, 24, 9, 2, 7, tzinfo=UTC)
_numbers = count(1)

PREFIXES = {
    Kind.ACCETTAZIONE: "ACCETTAZIONE: ",
    Kind.NON_ACCETTAZIONE: "AVVISO DI NON ACCETTAZIONE: ",
    Kind.PRESA_IN_CARICO: "PRESA IN CARICO: ",
    Kind.AVVENUTA_CONSEGNA: "CONSEGNA: ",
    Kind.ERRORE_CONSEGNA: "AVVISO DI MANCATA CONSEGNA: ",
    Kind.PREAVVISO_ERRORE_CONSEGNA: "AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ",
    Kind.RILEVAZIONE_VIRUS: "PROBLEMA DI SICUREZZA: ",
}


@dataclass(frozen=True)
class Letter:
    """A message that was sent by PEC, as far as its receipts speak about it."""

    message_id: str = "<giulia-1@urp.ente.example>"
    sender: str = OUR_PEC
    recipients: tuple[str, ...] = (GIULIA,)
    subject: str = "Risposta alla richiesta URP-7M3-T2C"
    raw: bytes | None = None  # None: a short one is made up

    def as_bytes(self) -> bytes:
        """The message itself."""
        if self.raw is not None:
            return self.raw
        return mail(self.sender, self.recipients[0], self.subject, message_id=self.message_id)


def mail(
    sender: str,
    to: str,
    subject: str,
    text: str = "Buongiorno, ecco la risposta.\n",
    *,
    message_id: str | None = None,
    files: Mapping[str, bytes] | None = None,
    **headers: str,
) -> bytes:
    """An ordinary message with CR LF; a file named *.eml goes in as a message, any other as bytes."""
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = "Tue, 24 Nov 2026 10:02:00 +0100"
    made["Message-ID"] = message_id or f"<mail-{next(_numbers)}@posta.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    for name, data in (files or {}).items():
        if name.endswith(".eml"):
            made.add_attachment(email.message_from_bytes(data, policy=email.policy.SMTP), filename=name)
        else:
            made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def daticert(
    tipo: str,
    letter: Letter,
    *,
    at: datetime = AT,
    zone: str | None = None,
    error: str = "nessuno",
    error_text: str | None = None,
    delivered_to: str | None = None,
    size: str | None = None,
    external: Sequence[str] = (),
    identifier: str = "opec21007.20261124100207.00001.206.1.52@gestore.example",
) -> bytes:
    """The certified data; `external` lists the recipients that are no certified mailbox."""
    local = at.astimezone(ROME)
    to = "".join(
        f'<destinatari tipo="{"esterno" if one in external else "certificato"}">{escape(one)}</destinatari>'
        for one in letter.recipients
    )
    optional = {
        "consegna": delivered_to and escape(delivered_to),
        "errore-esteso": error_text and escape(error_text),
    }
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<postacert tipo={quoteattr(tipo)} errore={quoteattr(error)}>",
        f"<intestazione><mittente>{escape(letter.sender)}</mittente>{to}<risposte>{escape(letter.sender)}</risposte>",
        f"<oggetto>{escape(letter.subject)}</oggetto></intestazione>",
        "<dati><gestore-emittente>Gestore di prova S.p.A.</gestore-emittente>",
        f"<data zona={quoteattr(zone or local.strftime('%z'))}>",
        f"<giorno>{local:%d/%m/%Y}</giorno><ora>{local:%H:%M:%S}</ora></data>",
        f"<identificativo>{escape(identifier)}</identificativo><msgid>{escape(letter.message_id)}</msgid>",
        f'<ricevuta tipo="{size}"/>' if size else "",
        *(f"<{name}>{value}</{name}>" for name, value in optional.items() if value),
        "</dati></postacert>",
    ]
    return "\n".join(lines).encode()


def xml_part(xml: bytes, name: str = "daticert.xml") -> bytes:
    """The certified data as a part of a message."""
    return _part(f'application/xml; name="{name}"', xml, name)


def eml_part(raw: bytes) -> bytes:
    """The wrapped message as a part of a message."""
    head = 'Content-Type: message/rfc822; name="postacert.eml"\r\nContent-Disposition: inline; filename="postacert.eml"'
    return f"{head}\r\n\r\n".encode() + raw


def text_part(text: str = "Ricevuta del gestore.") -> bytes:
    """The provider's own words, which nobody needs."""
    return f"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n{text}\r\n".encode("latin-1")


def multipart(media_type: str, *parts: bytes, before: str = "") -> bytes:
    """Parts put together, with their Content-Type in front."""
    boundary = f"----------=_{next(_numbers)}-prova"
    head = f'Content-Type: {media_type}; boundary="{boundary}"\r\n\r\n{before}'.encode()
    return (
        head + b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), one) for one in parts) + f"--{boundary}--\r\n".encode()
    )


@dataclass
class Provider:
    """A PEC provider with its own certificate; the same authority may stand behind several."""

    domain: str = "gestore.example"
    authority: Authority = field(default_factory=Authority)

    @property
    def address(self) -> str:
        """The mailbox in whose name the provider signs."""
        return f"posta-certificata@{self.domain}"

    @cached_property
    def identity(self) -> Identity:
        """The provider's certificate and key."""
        return self.authority.issue(self.address)

    @property
    def ca_pem(self) -> bytes:
        """What to pin."""
        return self.authority.pem

    @property
    def trust(self) -> Trust:
        """Trust in the authority, and in this provider for receipts."""
        return Trust((self.ca_pem,), (self.domain,))

    def receipt(
        self,
        kind: Kind,
        letter: Letter | None = None,
        *,
        recipient: str | None = None,
        at: datetime = AT,
        size: str = "completa",
        error: str = "nessuno",
        error_text: str | None = None,
        external: Sequence[str] = (),
        headers: Mapping[str, str | None] | None = None,
        **others: str,
    ) -> bytes:
        """A receipt of a letter; `recipient` is whom it concerns, `headers` replace outer ones (None: left out)."""
        letter = letter or Letter()
        tipo = kind.value.replace("_", "-")
        concerned = recipient or letter.recipients[0]
        about_one = kind in (Kind.AVVENUTA_CONSEGNA, Kind.ERRORE_CONSEGNA, Kind.PREAVVISO_ERRORE_CONSEGNA)
        told = {"error": error, "error_text": error_text, "external": external, "size": size}
        told["delivered_to"] = concerned if about_one else None
        parts = [text_part(), xml_part(daticert(tipo, letter, at=at, **told, **others))]
        if kind is Kind.AVVENUTA_CONSEGNA and size != "sintetica":
            parts.append(eml_part(letter.as_bytes()))
        outer = self._headers(PREFIXES[kind] + letter.subject, letter.sender, at, letter.message_id)
        outer["X-Ricevuta"] = tipo
        if kind is Kind.AVVENUTA_CONSEGNA:
            outer["X-TipoRicevuta"] = size
        if error == "virus":
            outer["X-VerificaSicurezza"] = "errore"
        return self.signed(multipart("multipart/mixed", *parts), outer | dict(headers or {}))

    def envelope(
        self,
        raw: bytes,
        *,
        sender: str = GIULIA,
        to: str = OUR_PEC,
        subject: str = "Richiesta di informazioni",
        message_id: str = "<mail-di-giulia@posta.example>",
        at: datetime = AT,
        eml_first: bool = False,
        identifier: str | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> bytes:
        """The transport envelope in which a message from a certified mailbox arrives; each has its own identifier."""
        letter = Letter(message_id, sender, (to,), subject, raw)
        name = f"opec{next(_numbers)}.2@{self.domain}" if identifier is None else identifier
        told = daticert("posta-certificata", letter, at=at, size="completa", identifier=name)
        certified = [xml_part(told), eml_part(raw)]
        parts = [text_part("Messaggio di posta certificata."), *(certified[::-1] if eml_first else certified)]
        outer = self._headers(f"POSTA CERTIFICATA: {subject}", to, at, message_id)
        outer |= {"From": f'"Per conto di: {sender}" <{self.address}>', "Reply-To": sender}
        outer |= {"X-Trasporto": "posta-certificata", "Message-ID": message_id}
        return self.signed(multipart("multipart/mixed", *parts), outer | dict(headers or {}))

    def anomaly(
        self,
        raw: bytes,
        *,
        to: str = OUR_PEC,
        sender: str = "mario@posta.example",
        subject: str = "Richiesta",
        at: datetime = AT,
        headers: Mapping[str, str | None] | None = None,
    ) -> bytes:
        """The anomaly envelope in which an ordinary message arrives at a certified mailbox."""
        parts = [text_part("Il messaggio non è di posta certificata."), eml_part(raw)]
        outer = self._headers(f"ANOMALIA MESSAGGIO: {subject}", to, at, "<anomalia@gestore.example>")
        outer |= {"From": f'"Per conto di: {sender}" <{self.address}>', "Reply-To": sender, "X-Trasporto": "errore"}
        return self.signed(multipart("multipart/mixed", *parts), outer | dict(headers or {}))

    def signed(self, part: bytes, headers: Mapping[str, str | None], signature: bytes | None = None) -> bytes:
        """Sign a part and put the outer headers around; `signature` replaces the provider's own."""
        made = sign(part, self.identity) if signature is None else signature
        protocol = 'multipart/signed; protocol="application/x-pkcs7-signature"; micalg="sha-256"'
        p7s = _part('application/x-pkcs7-signature; name="smime.p7s"', made, "smime.p7s")
        return with_headers(headers) + multipart(protocol, part, p7s, before="This is an S/MIME signed message\r\n\r\n")

    def _headers(self, subject: str, to: str, at: datetime, about: str) -> dict[str, str | None]:
        return {
            "Return-Path": f"<{self.address}>",
            "Date": (at + timedelta(seconds=1)).strftime("%a, %d %b %Y %H:%M:%S +0000"),
            "From": self.address,
            "To": to,
            "Subject": subject if subject.isascii() else encoded(subject),
            "Message-ID": f"<opec{next(_numbers)}.1@{self.domain}>",
            "X-Riferimento-Message-ID": about,
            "MIME-Version": "1.0",
        }


def with_headers(headers: Mapping[str, str | None]) -> bytes:
    """Header lines, without those that are None; text outside ASCII goes out raw in Latin-1."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None).encode("latin-1")


def encoded(text: str, charset: str = "iso-8859-1") -> str:
    """Text as one encoded word (RFC 2047)."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def with_lf(raw: bytes) -> bytes:
    """The same message, its lines ended as a Unix program saves them."""
    return raw.replace(b"\r\n", b"\n")


def edited(raw: bytes, old: str, new: str) -> bytes:
    """A message with one word exchanged by somebody on the way; the word must be there."""
    assert re.search(re.escape(old.encode()), raw), old
    return raw.replace(old.encode(), new.encode(), 1)


def _part(content_type: str, data: bytes, name: str) -> bytes:
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n").rstrip()
    head = f'Content-Type: {content_type}\r\nContent-Disposition: attachment; filename="{name}"'
    return f"{head}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + lines
