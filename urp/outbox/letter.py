"""A letter as bytes: Flask-Mail's message with safe headers, short lines and our own Message-ID."""

import secrets
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

from flask_mail import Attachment, Message

from urp.outbox.headers import disposition, invitation_type, mailbox, media_type, message_id, unstructured

Headers = Iterable[tuple[str, str]]
BASE64_LINE = 57
"""Bytes in a line of 76 symbols."""
CALENDAR_FILE = "application/ics"
"""Type of the invitation as a file: programs that act on `text/calendar` must not meet it twice."""


class Letter(Message):
    """One letter to one recipient; `as_bytes()` is what goes on the wire: CRLF, 7 bit, lines of 78.

    Flask-Mail would write texts in 8 bit with lines of any length, trust file names and extra headers,
    break a sender's name at its comma, and ask the DNS for our own name at every message; so this
    subclass fills the fields itself and writes the bytes itself (0.1 ms instead of 2.5).
    An invitation is both the last of the alternatives, for calendars, and a file, for people (RFC 6047).
    Every value passes the gate of `headers`: UnsafeHeader comes from `as_bytes()`.
    """

    def __init__(
        self,
        subject: str,
        *,
        sender: tuple[str, str],
        recipient: tuple[str, str],
        body: str,
        message_id: str,
        written_at: datetime,
        html: str | None = None,
        attachments: Sequence[Attachment] = (),
        invitation: Attachment | None = None,
        automatic: bool = False,
        reply_to: str | None = None,
        in_reply_to: str | None = None,
    ) -> None:
        self.subject = subject
        self.sender = sender
        self.recipients = [recipient]
        self.cc = []
        self.bcc = []
        self.reply_to = reply_to
        self.body = body
        self.alts = {} if html is None else {"html": html}
        self.attachments = list(attachments)
        self.invitation = invitation
        self.msgId = message_id
        self.date = written_at.timestamp()
        self.charset = "utf-8"
        self.extra_headers = {"Date": format_datetime(written_at)}
        if in_reply_to:
            self.extra_headers |= {"In-Reply-To": in_reply_to, "References": in_reply_to}
        if automatic:
            self.extra_headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}

    def as_bytes(self) -> bytes:
        """The finished letter; raises UnsafeHeader."""
        top = [
            ("Subject", unstructured("Subject", self.subject)),
            ("From", mailbox("From", self.sender)),
            ("To", mailbox("To", self.recipients[0])),
            ("Message-ID", message_id("Message-ID", self.msgId)),
            ("MIME-Version", "1.0"),
        ]
        if self.reply_to:
            top.append(("Reply-To", mailbox("Reply-To", self.reply_to)))
        for name, value in (self.extra_headers or {}).items():
            cites = name in ("In-Reply-To", "References")
            top.append((name, message_id(name, value) if cites else unstructured(name, value)))
        return _head(top) + self._content()

    def as_string(self) -> str:
        """The same, as text."""
        return self.as_bytes().decode("ascii")

    def _content(self) -> bytes:
        texts, files = [_text(self.body or "", "plain")], [_file(attachment) for attachment in self.attachments]
        if self.html is not None:
            texts.append(_text(self.html, "html"))
        if self.invitation is not None:
            texts.append(_calendar(self.invitation))
            files.append(_file(Attachment(self.invitation.filename, CALENDAR_FILE, self.invitation.data)))
        words = texts[0] if len(texts) == 1 else _multipart("alternative", texts)
        return _multipart("mixed", [words, *files]) if files else words


def written_anew(raw: bytes, *, new_id: str, written_at: datetime) -> bytes:
    """The same letter with another Message-ID and date, every other byte kept; raises UnsafeHeader."""
    head, blank, content = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    fresh = {"Message-ID": message_id("Message-ID", new_id), "Date": unstructured("Date", format_datetime(written_at))}
    for name, value in fresh.items():
        (at,) = (number for number, line in enumerate(lines) if line.startswith(f"{name}: ".encode()))  # never folded
        lines[at] = f"{name}: {value}".encode("ascii")
    return b"\r\n".join(lines) + blank + content


def _head(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _text(text: str, subtype: str) -> bytes:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    printable = b2a_qp(lines.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
    kind = ("Content-Type", f'text/{subtype}; charset="utf-8"')
    return _head([kind, ("Content-Transfer-Encoding", "quoted-printable")]) + b"\r\n" + printable


def _file(attachment: Attachment) -> bytes:
    kind = media_type(attachment.content_type)
    return _in_base64(
        attachment, ("Content-Type", kind), ("Content-Disposition", disposition(attachment.filename or "allegato"))
    )


def _calendar(invitation: Attachment) -> bytes:
    return _in_base64(invitation, ("Content-Type", invitation_type(invitation.content_type)))


def _in_base64(attachment: Attachment, *headers: tuple[str, str]) -> bytes:
    data = attachment.data if isinstance(attachment.data, bytes) else attachment.data.encode()
    starts = range(0, len(data), BASE64_LINE)
    lines = [b2a_base64(data[start : start + BASE64_LINE], newline=False) for start in starts]
    head = _head([*headers, ("Content-Transfer-Encoding", "base64")])
    return head + b"\r\n" + b"\r\n".join(lines) + b"\r\n"


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    # no content can forge it: "=_" is escaped in quoted-printable and does not arise in base64
    boundary = f"=_{secrets.token_hex(16)}"
    head = _head([("Content-Type", f'multipart/{subtype};\r\n boundary="{boundary}"')])
    fence = f"--{boundary}".encode()
    body = b"".join(b"\r\n" + fence + b"\r\n" + part for part in parts)
    return head + body + b"\r\n" + fence + b"--\r\n"
