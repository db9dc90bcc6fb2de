"""A thousand messages as they should not be, and mutations of any message; the same seed makes the same ones."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import test.test_email as cpython

from tests.factories import mails
from tests.factories.mails import file_part, joined, mail_of, multipart, ordinary, part, raw
from tests.factories.pec_samples import OUR_PEC, Letter, Provider, mail, with_lf
from urp.pec.kinds import RECEIPTS

TEXTS = (
    "Perché l’orario è cambiato?",
    "Δήμος 市役所 \U0001f600",
    "a" * 3000,
    "\x00\x1b[2J\u202e\ufeff",
    "",
    "\r\n.\r\n--b1\r\n",
)
CHARSETS = (
    "utf-8",
    "iso-8859-1",
    "us-ascii",
    "utf-16",
    "utf-7",
    "gb18030",
    "iso-2022-jp",
    "x-none",
    "zlib",
    "idna",
    "",
    "\0",
)
ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "binary", "base64base64", "")
KINDS = ("mixed", "alternative", "related", "report", "signed", "digest", "", "x-\0", "mixed; boundary")
Maker = Callable[[random.Random], bytes]


def corpus(seed: int, count: int) -> list[bytes]:
    """At least `count` distinct messages: CPython's own, this project's samples, and generated ones."""
    dice = random.Random(seed)
    found = dict.fromkeys([*of_cpython(), *of_this_project()])
    while len(found) < count:
        found[generated(dice)] = None
    return list(found)


def of_cpython() -> Iterator[bytes]:
    """What the standard library tests its parser with."""
    folder = Path(cpython.__file__).parent / "data"
    for path in sorted(folder.glob("*.txt")):
        yield path.read_bytes()


def of_this_project() -> Iterator[bytes]:
    """Every kind of certified mail, every report, every hostile message that is not huge."""
    provider, letter = Provider(), Letter(raw=ordinary(body=TEXTS[0]))
    for kind in sorted(RECEIPTS):
        yield provider.receipt(kind, letter)
        yield with_lf(provider.receipt(kind, letter, size="breve", error="virus"))
    inner = mail(mails.GIULIA, OUR_PEC, "Buca", TEXTS[0], files={"a.p7m": b"\x30\x82", "b.eml": ordinary()})
    for message in (
        inner,
        provider.envelope(inner),
        provider.anomaly(inner),
        provider.anomaly(provider.envelope(inner)),
    ):
        yield message
        yield with_lf(message)
    yield mails.delivery_report(("giulia@posta.example", "failed", "5.2.2"), letter=ordinary())
    yield from (small for make in mails.HOSTILE.values() if len(small := make()) < 100_000)


def generated(dice: random.Random) -> bytes:
    """One of the makers' messages."""
    return dice.choice(MAKERS)(dice)


def mutated(message: bytes, dice: random.Random) -> bytes:
    """The message after one to four accidents."""
    for _ in range(dice.randint(1, 4)):
        message = dice.choice(ACCIDENTS)(message, dice)
    return message[:2_000_000]


def _text(dice: random.Random) -> bytes:
    return dice.choice(TEXTS).encode(dice.choice(("utf-8", "utf-16", "cp1252")), "replace")


def _leaf(dice: random.Random) -> bytes:
    kind = dice.choice(("text/plain", "text/html", "application/pdf", "message/rfc822", "text", "image/png", "a/b/c"))
    headers = [f"Content-Transfer-Encoding: {dice.choice(ENCODINGS)}"]
    if dice.random() < 0.4:
        headers.append(f"Content-Disposition: {dice.choice(('attachment', 'inline', ''))}; {_parameter(dice)}")
    return part(f"{kind}; charset={dice.choice(CHARSETS)}", _text(dice), *headers)


def _parameter(dice: random.Random) -> str:
    name = dice.choice(("filename", "filename*", "filename*0*", "filename*1", "FILENAME*99", "*", "name"))
    value = dice.choice(
        ("utf-8''%E2%82%AC.pdf", '"a.pdf', "x''%zz", "'''", "=?utf-8?q?a=C3?=", "../../x", "\\", "a" * 900)
    )
    return f"{name}={value}; {name}={value[::-1]}"


def _tree(dice: random.Random, depth: int = 0) -> bytes:
    if depth > dice.randint(0, 6):
        return _leaf(dice)
    boundary = dice.choice(("b1", "b1", "b", "b1 ", "=_x", "", "--", "é", f"b{dice.random()}"))
    inside = [_tree(dice, depth + 1) for _ in range(dice.randint(0, 3))]
    body = joined(boundary, inside, closed=dice.random() < 0.7)
    return part(f'multipart/{dice.choice(KINDS)}; boundary="{boundary}"', body)


def _tree_mail(dice: random.Random) -> bytes:
    return f"From: {mails.GIULIA}\r\nX-Number: {dice.random()}\r\n".encode() + _tree(dice)


def _header_mail(dice: random.Random) -> bytes:
    name = dice.choice(("From", "To", "Subject", "References", "Message-ID", "Content-Type", "X-Ricevuta", "Date"))
    bit = dice.choice(
        ("(", "<", "=?utf-8?q?=C3?=", "=?x?b?=?=", '"', "a@b,", "\\", ";a=b", "é", "<a@b>", "\0", "\r\n ")
    )
    return raw(f"{name}: {bit * dice.randint(1, 3000)}", f"X-Number: {dice.random()}", "From: a@b.example")


def _charset_mail(dice: random.Random) -> bytes:
    head = f'Content-Type: text/{dice.choice(("plain", "html"))}; charset="{dice.choice(CHARSETS)}"'
    encoding = f"Content-Transfer-Encoding: {dice.choice(ENCODINGS)}"
    return ordinary(head, encoding, body=b"".join(_text(dice) for _ in range(3)), mid=f"<{dice.random()}@x>")


def _report_mail(dice: random.Random) -> bytes:
    actions = [(f"a{n}@b.example", dice.choice(("failed", "delayed", "?")), "5.1.1") for n in range(dice.randint(0, 4))]
    return mails.delivery_report(*actions, letter=_tree_mail(dice), about=f"X: {dice.random()}")


def _certified_mail(dice: random.Random) -> bytes:
    kind = dice.choice(sorted(RECEIPTS)).value.replace("_", "-")
    head = (f"X-Ricevuta: {kind}", f"X-Trasporto: {dice.choice(('errore', 'posta-certificata', ''))}")
    xml = b"<postacert tipo='%s'>%s</postacert>" % (kind.encode(), _text(dice))
    daticert = file_part("application/xml", xml, 'attachment; filename="daticert.xml"')
    signature = file_part("application/pkcs7-signature", dice.randbytes(200), 'attachment; filename="smime.p7s"')
    return mail_of("signed", multipart("mixed", daticert, _leaf(dice), boundary="b2"), signature, headers=head)


MAKERS: tuple[Maker, ...] = (_tree_mail, _tree_mail, _header_mail, _charset_mail, _report_mail, _certified_mail)


def _flip(message: bytes, dice: random.Random) -> bytes:
    data = bytearray(message)
    for _ in range(dice.randint(1, 30)):
        if data:
            data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def _place(message: bytes, dice: random.Random) -> int:
    return dice.randint(0, len(message))


def _cut(message: bytes, dice: random.Random) -> bytes:
    return message[: _place(message, dice)]


def _drop(message: bytes, dice: random.Random) -> bytes:
    at = _place(message, dice)
    return message[:at] + message[at + dice.randint(1, 200) :]


def _double(message: bytes, dice: random.Random) -> bytes:
    at = _place(message, dice)
    return message[:at] + message[max(0, at - 500) : at] * dice.randint(1, 20) + message[at:]


def _insert(message: bytes, dice: random.Random) -> bytes:
    at = _place(message, dice)
    bits = (
        b"\r\n\r\n",
        b"--b1\r\n",
        b"--b1--",
        b"\0" * 9,
        b"\xff\xfe",
        b"=?",
        b"Content-Type: multipart/mixed\r\n",
        b"<!--",
        b"\n.\n",
    )
    return message[:at] + dice.choice(bits) * dice.randint(1, 9) + message[at:]


def _swap_lines(message: bytes, dice: random.Random) -> bytes:
    lines = message.split(b"\n")
    dice.shuffle(lines) if dice.random() < 0.2 else lines.insert(dice.randrange(len(lines)), lines.pop())
    return b"\n".join(lines)


def _other_ends(message: bytes, dice: random.Random) -> bytes:
    return message.replace(b"\r\n", dice.choice((b"\n", b"\r", b"\r\r\n", b"\n\r")))


def _wrap(message: bytes, dice: random.Random) -> bytes:
    return mail_of(dice.choice(KINDS[:6]), part("message/rfc822", message))


ACCIDENTS = (_flip, _flip, _cut, _drop, _double, _insert, _insert, _swap_lines, _other_ends, _wrap)
