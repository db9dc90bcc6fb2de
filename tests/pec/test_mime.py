"""Parts are exact slices, headers are read in any dress, and hostile messages cost little time."""

import time
from collections.abc import Callable

import pytest

from tests.factories.pec_samples import GIULIA, OUR_PEC, mail, multipart
from urp.pec import header_text
from urp.pec.header_text import address, decode, parameters, plain
from urp.pec.mime import MOST_PARTS, Part, canonical
from urp.pec.reading import read
from urp.pec.signature import Trust

TWO = b"Subject: x\r\n\r\nhead\r\n--b\r\nA: 1\r\n\r\none\r\n--b  \r\n\r\ntwo\r\n--b--\r\nfoot"
HEAD = b'Content-Type: multipart/mixed; boundary="b"\r\n'


def bodies(raw: bytes) -> list[bytes]:
    return [part.body for part in Part.whole(raw).parts]


@pytest.mark.parametrize("form", [bytes, lambda raw: raw.replace(b"\r\n", b"\n")], ids=["CR LF", "LF"])
def test_parts_are_exactly_what_stands_between_the_boundaries(form: Callable[[bytes], bytes]) -> None:
    message = Part.whole(form(HEAD + TWO))

    assert [part.raw for part in message.parts] == [form(b"A: 1\r\n\r\none"), form(b"\r\ntwo")]
    assert [part.value("a") for part in message.parts] == ["1", None]
    assert message.value("SUBJECT") == "x"


def test_a_boundary_is_a_line_of_its_own() -> None:
    assert bodies(HEAD + b"\r\n--b\r\n\r\nsee --b and\r\n--bc\r\n--b--") == [b"see --b and\r\n--bc"]


def test_a_message_cut_off_on_its_way_is_read_as_far_as_it_goes() -> None:
    assert bodies(HEAD + b"\r\n--b\r\n\r\none\r\n--b\r\n\r\ntw") == [b"one", b"tw"]


@pytest.mark.parametrize(
    "head", [b"", b"Content-Type: multipart/mixed\r\n", b'Content-Type: text/plain; boundary="b"\r\n']
)
def test_without_a_boundary_there_are_no_parts(head: bytes) -> None:
    assert Part.whole(head + b"\r\n--b\r\n\r\none\r\n--b--").parts == ()


def test_empty_parts_are_parts() -> None:
    assert bodies(HEAD + b"\r\n--b\r\n--b\r\n\r\n--b--") == [b"", b""]


@pytest.mark.parametrize(
    ("encoding", "body", "content"),
    [
        *(("base64", b"Y2lhbw==", b"ciao"), ("BASE64", b"Y2l\r\nh bw", b"ciao"), ("base64", b"Y2lhb", b"cia")),
        *(("base64", b"*", b""), ("quoted-printable", b"perch=C3=A9=\r\n!", b"perch\xc3\xa9!")),
        *(("8bit", b"perch\xe9", b"perch\xe9"), ("x-unknown", b"ciao", b"ciao")),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_possible(encoding: str, body: bytes, content: bytes) -> None:
    part = Part.whole(f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body)

    assert part.content() == content


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?iso-8859-1?Q?Perch=E9_no=3F?=", "Perché no?"),
        ("=?utf-8?B?UGVyY2jDqQ==?= (resto)", "Perché (resto)"),
        ("=?utf-8?B?UGVyY2jD?= =?utf-8?B?qQ==?=", "Perché"),  # a letter cut in two
        ("è =?utf-8?B?UGVyY2jDqQ==?=", "è Perché"),
        ("=?zlib?B?eJw=?=", "x\x9c"),
        ("=?utf-8?B?x?=", "=?utf-8?B?x?="),
        ("  tanti\t spazi ", "tanti spazi"),
        ("=?utf-7?Q?+2AA-?=", "?"),
    ],
)
def test_words_of_a_header(value: str, text: str) -> None:
    assert plain(value) == text


def test_a_header_longer_than_any_stays_as_it_came() -> None:
    value = "=?utf-8?Q?a?= " * 40_000

    assert plain(value) == value.strip()


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        ("text/plain; charset=utf-8", {"charset": "utf-8"}),
        ('a/b; Name="uno; \\"due\\".pdf"', {"name": 'uno; "due".pdf'}),
        ("a/b; name*=utf-8''perch%C3%A9.pdf", {"name": "perché.pdf"}),
        ("a/b; name*1=due.pdf; name*0=uno-", {"name": "uno-due.pdf"}),
        ("a/b; name*0*=iso-8859-1''perch%E9; name*1=-2.pdf", {"name": "perché-2.pdf"}),
        ('a/b; name="=?iso-8859-1?Q?perch=E9.pdf?="', {"name": "perché.pdf"}),
        ("a/b; name*=x; name=y; ; =z;", {"name": "xy"}),
        ('a/b; name="open', {"name": "open"}),
        ("", {}),
    ],
)
def test_parameters_of_a_header(value: str, read_as: dict[str, str]) -> None:
    assert parameters(value) == read_as


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("mario@Posta.Example", "mario@posta.example"),
        ('"Per conto di: <a@b.it>" <posta-certificata@gestore.example>', "posta-certificata@gestore.example"),
        ("Mario Rossi <mario@posta.example> ", "mario@posta.example"),
        ("<mario@posta.example>, <anna@posta.example>", None),
        ("a@b.it, c@d.it", None),
        ("alice@ok.it)<bob@evil.it>", "bob@evil.it"),
        *(
            ("mario@rossi@posta.example", None),
            ("<mario>", None),
            ("", None),
            ("(" * 5_000, None),
            ('"' * 16_000, None),
        ),
    ],
)
def test_the_one_address_of_a_header(value: str, bare: str | None) -> None:
    assert address(value) == bare


@pytest.mark.parametrize(
    "charset", [None, "zlib", "rot13", "punycode", "undefined", "\x00", "utf-8 ", "latin-1", "x" * 999]
)
def test_any_charset_gives_text(charset: str | None) -> None:
    assert decode("perché".encode("latin-1"), charset) == "perché"


def test_canonical_lines_end_with_both() -> None:
    assert canonical(b"a\nb\r\nc\rd") == b"a\r\nb\r\nc\rd"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "1,000 nested multiparts": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(1_000)
    ),
    "100,000 empty parts": lambda: HEAD + b"\r\n" + b"--b\r\n\r\n" * 100_000,
    "100,000 boundaries in a line": lambda: HEAD + b"\r\n" + b"--b" * 100_000,
    "32,000 encoded words": lambda: b"Subject: " + b"=?utf-8?Q?a?= " * 32_000 + b"\r\n\r\n",
    "20,000 parameters": lambda: b"Content-Type: text/plain" + b"; a=b" * 20_000 + b"\r\n\r\n",
    "open brackets": lambda: b"From: " + b"(" * 60_000 + b"<" * 60_000 + b"\r\n\r\n",
    "100,000 headers": lambda: b"a: b\r\n" * 100_000 + b"\r\n",
    "a header without end": lambda: b"Subject: " + b"a\r\n " * 1_000_000,
    "one line of 20 MB": lambda: b"x" * 20_000_000,
    "20 MB of base64": lambda: b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUFB" * 5_000_000,
    "tags that never close": lambda: b"Content-Type: text/html\r\n\r\n" + b"<" * 1_000_000,
    "punycode": lambda: b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-" + b"9" * 300_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_time(name: str) -> None:
    raw = HOSTILE[name]()
    wrapped = b"X-Trasporto: errore\r\n" + multipart("multipart/mixed", b"Content-Type: message/rfc822\r\n\r\n" + raw)

    for message in (raw, b"X-Ricevuta: accettazione\r\n" + raw, wrapped):
        begun = time.process_time()
        read(message, Trust())
        assert time.process_time() - begun < 3


def test_no_more_parts_are_read_than_an_honest_message_has() -> None:
    assert len(Part.whole(HOSTILE["100,000 empty parts"]()).parts) == MOST_PARTS


def test_an_honest_attachment_keeps_its_bytes() -> None:
    data = bytes(range(256)) * 1_000

    leaves = list(Part.whole(mail(GIULIA, OUR_PEC, "x", files={"dati.bin": data})).leaves())

    assert [(leaf.filename, leaf.content() == data) for leaf in leaves] == [(None, False), ("dati.bin", True)]
    assert header_text.LONGEST > 10_000
