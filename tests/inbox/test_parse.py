"""What a message says: charsets that lie, texts, names of files, senders that pretend; nothing raises."""

import time
from contextlib import suppress

import pytest

from tests.factories.mails import HOSTILE, file_part, joined, mail_of, multipart, ordinary, part, raw
from urp.inbox import header_words, mime
from urp.inbox.content import Words
from urp.inbox.limits import TooMuch
from urp.inbox.parse import LONGEST_TEXT, words_of

PERCHE = "Perché l’orario è cambiato?"


def words(message: bytes) -> Words:
    return words_of(mime.split(message))


def test_a_plain_message() -> None:
    read = words(ordinary("In-Reply-To: <a@ente>", "References: <x@ente> <a@ente>"))
    assert (read.sender, read.sender_name) == ("giulia.bianchi@posta.example", "Giulia Bianchi")
    assert (read.subject, read.text) == ("Buca", "Buongiorno,\nchi ripara la buca?")
    assert read.message_id == "<g1@posta.example>"
    assert read.references == ("<a@ente>", "<x@ente>")


def test_without_message_id_and_without_headers_the_words_are_read() -> None:
    read = words(b"Solo due parole,\r\nsenza intestazioni.\r\n")
    assert read.text == "Solo due parole,\nsenza intestazioni."
    assert (read.sender, read.subject, read.message_id, read.references) == (None, "", None, ())


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "cp1252"),  # what mail programs call Latin-1
        ("windows-1252", "cp1252"),
        ("us-ascii", "utf-8"),
        ("utf-8", "cp1252"),
        ("utf-16", "utf-8"),
        ("x-unknown", "utf-8"),
        ("zlib", "utf-8"),
        ("idna", "cp1252"),
        ("utf-8\0", "utf-8"),
        ("../../etc", "utf-8"),
        ('"', "cp1252"),
        ("utf-7", "cp1252"),
    ],
)
def test_a_charset_that_lies_loses_no_letter(declared: str, sent: str) -> None:
    header = f'Content-Type: text/plain; charset="{declared}"'
    assert words(ordinary(header, body=PERCHE.encode(sent))).text == PERCHE


def test_broken_utf_8_shows_where_it_is_broken() -> None:
    broken = f"{PERCHE} {PERCHE}".encode().replace("é".encode(), b"\xc3", 1)
    assert words(ordinary("Content-Type: text/plain; charset=utf-8", body=broken)).text == (
        f"Perch\ufffd l’orario è cambiato? {PERCHE}"
    )


def test_every_byte_becomes_a_sign() -> None:
    assert len(words(ordinary(body=bytes(range(0x80, 0x100)))).text) == 128


def test_zeros_and_control_signs_do_not_reach_the_database() -> None:
    read = words(ordinary("Subject: a\0b\x07c\x1b[31m", body=b"uno\0due\x08\x1b[31m tre\x7f"))
    assert read.text == "unodue[31m tre"
    assert "\0" not in read.subject
    assert "\0" not in words(HOSTILE["zeros"]()).text


def test_no_half_character_survives() -> None:
    for name in ("half characters", "digits in an entity"):
        words(HOSTILE[name]()).text.encode("utf-8")


def test_plain_text_comes_before_its_html_twin() -> None:
    read = words(mail_of("alternative", part("text/plain", b"semplice"), part("text/html", b"<p>ricco</p>")))
    assert (read.text, read.enclosures) == ("semplice", ())


def test_html_is_read_where_the_plain_text_says_nothing() -> None:
    page = b"<html><head><title>x</title><style>p{}</style></head><body><p>Uno</p><p>due <a href='https://x.example/'>qui</a>"
    page += b"</p><ul><li>a<li>b</ul><script>alert(1)</script>&egrave; 1 < 2</body></html>"
    read = words(mail_of("alternative", part("text/plain", b" \r\n"), part("text/html", page)))
    assert read.text == "Uno\n\ndue qui <https://x.example/>\n\n- a\n- b\n\nè 1 < 2"


def test_what_is_hidden_and_never_closed_is_still_read() -> None:
    assert words(ordinary("Content-Type: text/html", body="<select><p>Non perdermi</p>")).text == "Non perdermi"
    assert words(ordinary("Content-Type: text/html", body="<!-- <p>Non perdermi</p>")).text == "Non perdermi"


def test_several_texts_are_joined_in_order() -> None:
    read = words(
        mail_of("mixed", part("text/plain", b"uno"), part("text/html", b"<b>due</b>"), part("text/plain", b"tre"))
    )
    assert read.text == "uno\n\ndue\n\ntre"


def test_what_follows_the_closing_line_is_read_too() -> None:
    body = joined("b1", [part("text/plain", b"dentro")]) + b"dopo la fine\r\n"
    assert words(ordinary('Content-Type: multipart/mixed; boundary="b1"', body=body)).text == "dentro\n\ndopo la fine"


@pytest.mark.parametrize(
    "header", ["multipart/mixed", 'multipart/mixed; boundary="other"', "multipart/mixed; boundary="]
)
def test_a_multipart_without_parts_is_text(header: str) -> None:
    assert (
        "dentro" in words(ordinary(f"Content-Type: {header}", body=joined("b1", [part("text/plain", b"dentro")]))).text
    )


def test_a_message_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = mail_of(
        "mixed", part("text/plain", b"uno"), file_part("application/pdf", b"%PDF" * 900, 'attachment; filename="a.pdf"')
    )
    for length in range(0, len(whole), 37):
        words(whole[:length])
    read = words(whole[: len(whole) // 2])
    assert read.text == "uno"
    assert read.enclosures[0].data.startswith(b"%PDF%PDF")


def test_a_text_too_long_to_show_is_enclosed_whole() -> None:
    read = words(ordinary(body="parola " * 30_000))
    assert len(read.text) == LONGEST_TEXT
    assert (read.enclosures[0].filename, len(read.enclosures[0].data)) == ("testo-completo.txt", 210_000)


def test_encoded_words_are_read_together_even_when_cut_in_a_letter() -> None:
    subject = "=?utf-8?b?UGVyY2jD?=\r\n =?UTF-8?b?qQ==?= e =?iso-8859-1*it?q?perch=E9_no?= =?x?z?y?="
    assert words(raw(f"Subject: {subject}")).subject == "Perché e perché no =?x?z?y?="
    assert words(raw(b"Subject: Perch\xe9 no")).subject == "Perché no"
    assert len(words(raw("Subject: " + "a b " * 200)).subject) == 300


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="piano.pdf"', "piano.pdf"),
        ("filename*=utf-8''perch%C3%A9.pdf", "perché.pdf"),
        ('filename*0="pia"; filename*1*=n%6F; filename*2=".pdf"', "piano.pdf"),
        ("filename*0*=iso-8859-1'it'perch%E9; filename*1=\".pdf\"", "perché.pdf"),
        ('filename="=?utf-8?q?perch=C3=A9=2Epdf?="', "perché.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\Documenti\\\\a.pdf"', "a.pdf"),
        ('filename="fatt\u202efdp.exe"', "fattfdp.exe"),
        ('filename="a\0b\x01.pdf"', "ab.pdf"),
        ('filename=" . . "', "allegato-1.pdf"),
        ("filename=", "allegato-1.pdf"),
        ('filename="' + "a" * 400 + '.pdf"', "a" * 116 + ".pdf"),
        ("filename*=bogus'%E9.pdf", "bogus'é.pdf"),
    ],
)
def test_the_name_of_a_file_is_safe(parameter: str, name: str) -> None:
    read = words(mail_of("mixed", file_part("application/pdf", b"%PDF", f"attachment; {parameter}")))
    assert (read.enclosures[0].filename, read.enclosures[0].data) == (name, b"%PDF")


def test_pictures_and_messages_inside_are_files() -> None:
    inside = ordinary("X-A: b")
    picture = file_part("image/png", b"\x89PNG", "inline")
    related = multipart(
        "related", part("text/html", b"<p>ciao<img src='cid:1' alt='logo'></p>"), picture, boundary="b2"
    )
    read = words(
        mail_of(
            "mixed",
            related,
            part("message/rfc822", inside),
            part("application/ms-tnef", b"x", "Content-Disposition: attachment; filename=winmail.dat"),
        )
    )
    assert read.text == "ciaologo"
    assert [one.filename for one in read.enclosures] == ["allegato-1.png", "Buca.eml", "winmail.dat"]
    assert read.enclosures[1].data == inside


def test_base64_that_is_none_stays_as_it_is() -> None:
    assert words(ordinary("Content-Transfer-Encoding: base64", body=PERCHE.encode())).text == PERCHE
    twice = "Y2lhbw==\r\nLCBtb25kbw==\r\n"
    assert words(ordinary("Content-Transfer-Encoding: base64", body=twice)).text == "ciao, mondo"
    assert (
        words(ordinary("Content-Transfer-Encoding: quoted-printable", body="=C3=A8 =zz =\r\nqui")).text == "è =zz qui"
    )


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("giulia@posta.example", "giulia@posta.example"),
        ("<giulia@posta.example>", "giulia@posta.example"),
        ("giulia@posta.example (Giulia)", "giulia@posta.example"),
        ('"Bianchi, Giulia" <giulia@Posta.example>', "giulia@posta.example"),
        ('"alice@ok.example" <bob@evil.example>', "bob@evil.example"),
        ("bob@evil.example <bob@evil.example>", "bob@evil.example"),
        ("=?utf-8?q?alice=40ok=2Eexample?= <bob@evil.example>", "bob@evil.example"),
        ("alice@ok.example)<bob@evil.example>", None),
        ("alice@ok.example <bob@evil.example>", None),
        ("alice@ok.example, bob@evil.example", None),
        ("<alice@ok.example><bob@evil.example>", None),
        ("<alice@ok.example> bob", None),
        ("alice@ok.example(<bob@evil.example>", None),
        ('"alice@ok.example <bob@evil.example>', None),
        ("alice@ok.example\0<bob@evil.example>", None),
        ("<@evil.example:alice@ok.example>", None),
        ("team: alice@ok.example;", None),
        ("undisclosed-recipients:;", None),
        ("alice@ok.example@evil.example", None),
        ("=?utf-8?q?alice=40ok=2Eexample?=", None),
        ("<=?utf-8?q?alice?=@ok.example>", None),
        ("alice", None),
        ("", None),
        ("(" * 1000, None),
    ],
)
def test_a_sender_is_one_address_or_none(header: str, sender: str | None) -> None:
    assert words(raw(f"From: {header}")).sender == sender


def test_two_from_headers_name_nobody() -> None:
    assert words(raw("From: alice@ok.example", "From: bob@evil.example")).sender is None


def test_ids_are_bounded() -> None:
    many = " ".join(f"<{n}@x>" for n in range(500))
    read = words(raw(f"References: {many}", "In-Reply-To: senza@parentesi", "Message-ID: <" + "a" * 900 + "@x>"))
    assert len(read.references) == 50
    assert read.references[0] == "<senza@parentesi>"
    assert read.message_id is None


@pytest.mark.parametrize("value", ["@" * 60_000 + "\x01", "a@" * 30_000 + "\x01", "a" * 60_000 + "@"])
def test_an_id_without_brackets_is_looked_for_in_no_time(value: str) -> None:
    begun = time.process_time()
    assert header_words.message_ids([value.encode(), value[:1000].encode()]) == ()
    assert time.process_time() - begun < 0.1


@pytest.mark.parametrize("name", HOSTILE)
def test_what_breaks_other_readers_takes_no_time_here(name: str) -> None:
    message = HOSTILE[name]()
    begun = time.process_time()
    with suppress(TooMuch):
        words(message)
    assert time.process_time() - begun < 2
