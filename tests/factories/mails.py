"""Messages byte by byte: ordinary ones, odd ones that are met, and hostile ones that break other readers."""

import base64
import random
from collections.abc import Callable, Sequence

GIULIA = "Giulia Bianchi <giulia.bianchi@posta.example>"
PLAIN = "Buongiorno,\nchi ripara la buca?\n"


def raw(*headers: str | bytes, body: str | bytes = PLAIN, end: bytes = b"\r\n") -> bytes:
    """A message of these header lines, exactly as given, and a body."""
    lines = [line if isinstance(line, bytes) else line.encode() for line in headers]
    text = body if isinstance(body, bytes) else body.replace("\n", end.decode()).encode()
    return end.join([*lines, b"", b""]) + text


def ordinary(
    *headers: str | bytes, body: str | bytes = PLAIN, sender: str = GIULIA, mid: str = "<g1@posta.example>"
) -> bytes:
    """Giulia writes; `headers` are more of them."""
    own = [f"From: {sender}", "To: urp@ente.example", "Subject: Buca", f"Message-ID: {mid}", "MIME-Version: 1.0"]
    return raw(*own, *headers, body=body)


def part(content_type: str, body: bytes, *headers: str) -> bytes:
    """One part with its headers, the body as it is."""
    lines = [f"Content-Type: {content_type}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def file_part(content_type: str, data: bytes, disposition: str) -> bytes:
    """An enclosed file in base64."""
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return part(content_type, body, "Content-Transfer-Encoding: base64", f"Content-Disposition: {disposition}")


def joined(boundary: str, parts: Sequence[bytes], *, closed: bool = True) -> bytes:
    """Parts between their boundary lines."""
    fence = f"--{boundary}".encode()
    inside = b"".join(fence + b"\r\n" + one + b"\r\n" for one in parts)
    return inside + (fence + b"--\r\n" if closed else b"")


def multipart(kind: str, *parts: bytes, boundary: str = "b1") -> bytes:
    """A multipart as a part of something else."""
    return part(f'multipart/{kind}; boundary="{boundary}"', joined(boundary, parts))


def mail_of(kind: str, *parts: bytes, headers: Sequence[str | bytes] = (), boundary: str = "b1") -> bytes:
    """Giulia sends a multipart."""
    content = f'Content-Type: multipart/{kind}; boundary="{boundary}"'
    return ordinary(content, *headers, body=joined(boundary, parts))


def nested(depth: int) -> bytes:
    """Multiparts in multiparts, so deep."""
    inner = part("text/plain", b"in fondo")
    for level in range(depth):
        inner = multipart("mixed", inner, boundary=f"b{level}")
    return b"From: giulia@posta.example\r\n" + inner


def parts(count: int) -> bytes:
    """So many empty parts."""
    return mail_of("mixed", *[part("text/plain", b"")] * count)


def delivery_report(
    *recipients: tuple[str, str, str],
    letter: bytes = b"",
    about: str = "",
    kind: str = "message/rfc822",
    top: Sequence[str] = (),
) -> bytes:
    """RFC 3464: recipients with action and status, and the letter it is about."""
    blocks = ["Reporting-MTA: dns; mx.posta.example", *([about] if about else [])]
    told = "\r\n".join(blocks) + "\r\n\r\n"
    for address, action, status in recipients:
        code = f"Diagnostic-Code: smtp; 550 {status} mailbox full"
        told += f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n{code}\r\n\r\n"
    inside = [part("text/plain", b"Non consegnato."), part("message/delivery-status", told.encode())]
    if letter:
        inside.append(part(kind, letter))
    own = ["From: MAILER-DAEMON@mx.posta.example", "Return-Path: <>", "Auto-Submitted: auto-replied", *top]
    return raw(
        *own, 'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"', body=joined("b1", inside)
    )


HOSTILE: dict[str, Callable[[], bytes]] = {
    "brackets in To": lambda: ordinary("To: " + "(" * 1000),
    "brackets in From": lambda: raw("From: " + "(" * 20_000 + GIULIA),
    "deeply nested": lambda: nested(1000),
    "many parts": lambda: parts(100_000),
    "encoded words": lambda: ordinary("Subject: " + "=?utf-8?q?a?= " * 32_000),
    "encoded words below the limit": lambda: raw("Subject: " + "=?utf-8?q?a?= " * 4_600),
    "many parameters": lambda: ordinary("Content-Type: text/plain" + "; a=b" * 12_000),
    "quotes without end": lambda: ordinary('Content-Type: text/plain; a="' + '\\"' * 30_000),
    "pieces of a name": lambda: ordinary(
        "Content-Disposition: attachment" + "".join(f"; filename*{n}*=%41" for n in range(4000))
    ),
    "codec that unpacks": lambda: ordinary("Content-Type: text/plain; charset=zlib"),
    "codec that is slow": lambda: ordinary("Content-Type: text/plain; charset=idna", body="a" * 200_000),
    "header bomb": lambda: ordinary("X-Bomb: " + "a" * 200_000),
    "many headers": lambda: ordinary(*["X-A: b"] * 50_000),
    "folded for ever": lambda: ordinary("X-A: b", *[" c"] * 100_000),
    "comments in HTML": lambda: ordinary("Content-Type: text/html", body="<!--" * 300_000),
    "tags without end": lambda: ordinary("Content-Type: text/html", body="<a " * 400_000),
    "quotes in a tag": lambda: ordinary("Content-Type: text/html", body="<a" + " href=" * 100_000 + ">x"),
    "links": lambda: ordinary("Content-Type: text/html", body="<a href='http://x.example'>" * 40_000),
    "digits in an entity": lambda: ordinary("Content-Type: text/html", body="&#" + "9" * 5_000 + ";&#xd800;&#0;"),
    "digits in an entity, certified": lambda: raw(
        "X-Trasporto: errore",
        'Content-Type: multipart/mixed; boundary="b1"',
        body=joined("b1", [part("message/rfc822", part("text/html", b"&#" + b"9" * 5_000 + b";"))]),
    ),
    "half characters": lambda: ordinary("Content-Type: text/plain; charset=utf-7", body="+2AA-+3AA-x"),
    "zeros": lambda: ordinary(body=b"\0" * 50_000 + b"testo" + b"\0"),
    "only zeros": lambda: b"\0" * 10_000,
    "base64 of equal signs": lambda: ordinary("Content-Transfer-Encoding: base64", body="=" * 1_000_000),
    "base64 of single letters": lambda: ordinary("Content-Transfer-Encoding: base64", body="A=" * 500_000),
    "boundary of boundaries": lambda: mail_of("mixed", b"--b1\r\n" * 5_000),
    "reports without end": lambda: delivery_report(*[("a@b.example", "failed", "5.1.1")] * 20_000),
    "reports without end, encoded": lambda: mail_of(
        "report",
        part(
            "message/delivery-status",
            base64.encodebytes(b"Action: failed\n\n" * 20_000),
            "Content-Transfer-Encoding: base64",
        ),
    ),
    "all that did not get it": lambda: ordinary(
        f"X-Failed-Recipients: {','.join('a' * 1000)}",
        "References: " + " ".join(f"<{n}@posta.example>" for n in range(49)),
    ),
    "messages in messages": lambda: b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    "references": lambda: ordinary("References: " + "<a@b> " * 9_000),
    "addresses": lambda: ordinary("Cc: " + ", ".join(f"p{n}@posta.example" for n in range(2_000))),
    "nothing": lambda: b"",
    "one line end": lambda: b"\n",
    "noise": lambda: random.Random(1).randbytes(200_000),
}
"""Messages that made readers fail, hang or forget: each has to be read or refused in its time."""
