"""What a certified-mail provider writes (RFC 6109): receipts and envelopes, signed, with their `daticert.xml`."""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from urp.embedded.letters import ROME, Letter
from urp.embedded.mail_plays import is_certified
from urp.embedded.pec_daticert import (
    ADDRESS,
    ANOMALY,
    DELIVERED,
    ENVELOPE,
    NAME,
    Carried,
    Kind,
    daticert,
    fresh_identifier,
    one_line,
)
from urp.embedded.pec_seal import Seal

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parents[2] / "templates" / "embedded" / "receipts"),
    autoescape=False,  # noqa: S701 - plain text only
    trim_blocks=True,
)


class Papers:
    """Writes with one seal; every paper is ASCII but for letters inside that are not."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def receipt(self, kind: Kind, carried: Carried, *, at: datetime, recipient: str | None = None) -> Letter:
        """A receipt for the sender, about all recipients or about one; `at` must be aware."""
        parts = [
            self._words(kind, carried, at=at, recipient=recipient),
            _attached(daticert(kind, carried, at=at, recipient=recipient)),
        ]
        if kind is DELIVERED:
            parts.append(_enclosed(carried.letter.content))
        headers = [("X-Ricevuta", kind.name), *kind.headers, ("To", carried.letter.sender)]
        content = self._paper(kind, carried, parts, headers, identifier=fresh_identifier(), at=at)
        return Letter(ADDRESS, (carried.letter.sender,), content, at, made_by="provider")

    def envelope(self, carried: Carried, *, at: datetime) -> bytes:
        """The transport envelope with the letter inside, the same for every recipient."""
        parts = [
            self._words(ENVELOPE, carried, at=at),
            _attached(daticert(ENVELOPE, carried, at=at)),
            _enclosed(carried.letter.content),
        ]
        headers = [("X-Trasporto", ENVELOPE.name), *_as_the_sender_wrote(carried)]
        return self._paper(ENVELOPE, carried, parts, headers, identifier=carried.identifier, at=at)

    def anomaly(self, carried: Carried, *, at: datetime) -> bytes:
        """The envelope around a letter that nobody certifies."""
        parts = [self._words(ANOMALY, carried, at=at), _enclosed(carried.letter.content)]
        headers = [("X-Trasporto", ANOMALY.name), *_as_the_sender_wrote(carried)]
        return self._paper(ANOMALY, carried, parts, headers, identifier=carried.identifier, at=at)

    def _words(self, kind: Kind, carried: Carried, *, at: datetime, recipient: str | None = None) -> bytes:
        local = at.astimezone(ROME)
        text = TEMPLATES.get_template(f"{kind.words or kind.name}.txt").render(
            day=local.strftime("%d/%m/%Y"),
            time=local.strftime("%H:%M:%S (%z)"),
            letter=carried.letter,
            subject=carried.reading.subject,
            identifier=carried.identifier,
            certified=is_certified,
            recipient=recipient,
            why=kind.why,
        )
        part = MIMEPart(policy.SMTP)
        part.set_content(text, cte="quoted-printable")
        return part.as_bytes()

    def _paper(
        self,
        kind: Kind,
        carried: Carried,
        parts: Iterable[bytes],
        headers: Iterable[tuple[str, str]],
        *,
        identifier: str,
        at: datetime,
    ) -> bytes:
        message = EmailMessage(policy.SMTP)
        outside = kind in (ENVELOPE, ANOMALY)
        who = f"Per conto di: {carried.letter.sender}" if outside else NAME
        message["From"] = Address(display_name=one_line(who), addr_spec=ADDRESS)
        message["Date"] = format_datetime(at.astimezone(ROME))
        message["Subject"] = one_line(kind.prefix + carried.reading.subject)
        message["Message-ID"] = f"<{identifier}>"
        if reference := carried.reading.first("Message-ID"):
            message["X-Riferimento-Message-ID"] = one_line(reference)
        for name, value in headers:
            message[name] = one_line(value)
        message["MIME-Version"] = "1.0"
        signed = _multipart("mixed", parts)
        signature = _file(self._seal.sign(signed), "application", "pkcs7-signature", name="smime.p7s")
        protocol = '; protocol="application/pkcs7-signature"; micalg="sha-256"'
        return message.as_bytes().removesuffix(b"\r\n") + _multipart("signed", (signed, signature), protocol)


def _as_the_sender_wrote(carried: Carried) -> list[tuple[str, str]]:
    letter, reading = carried.letter, carried.reading
    kept = [(name, value) for name in ("In-Reply-To", "References") if (value := reading.first(name))]
    to = reading.first("To") or ", ".join(letter.recipients)
    return [("To", to), ("Reply-To", reading.first("Reply-To") or letter.sender), *kept]


def _attached(xml: bytes) -> bytes:
    return _file(xml, "application", "xml", name="daticert.xml")


def _file(content: bytes, maintype: str, subtype: str, *, name: str) -> bytes:
    part = MIMEPart(policy.SMTP)
    part.set_content(content, maintype, subtype, filename=name, params={"name": name})
    return part.as_bytes()


def _enclosed(content: bytes) -> bytes:
    content = re.sub(rb"\r?\n", b"\r\n", content)  # what is signed has one kind of line end
    encoding = "7bit" if content.isascii() else "8bit"
    headers = (
        'Content-Type: message/rfc822; name="postacert.eml"',
        'Content-Disposition: attachment; filename="postacert.eml"',
        f"Content-Transfer-Encoding: {encoding}",
    )
    return "\r\n".join((*headers, "", "")).encode() + content


def _multipart(subtype: str, parts: Iterable[bytes], parameters: str = "") -> bytes:
    # By hand, for the signature covers these bytes and a generator may write others.
    boundary = f"----------{secrets.token_hex(12)}"
    head = f'Content-Type: multipart/{subtype}{parameters}; boundary="{boundary}"\r\n\r\n'
    pieces = [f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts]
    return head.encode() + b"".join(pieces) + f"--{boundary}--\r\n".encode()
