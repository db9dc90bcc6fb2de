"""Certified data is read as providers really write it, and never with a document type."""

from datetime import UTC, datetime

import pytest

from tests.factories.pec_samples import AT, GIULIA, OUR_PEC, Letter, daticert
from urp.pec.daticert import LONGEST, DaticertError, Recipient, moment, read


def made(head: str = "", data: str = "", tipo: str = 'tipo="accettazione"') -> bytes:
    return f"<postacert {tipo}><intestazione>{head}</intestazione><dati>{data}</dati></postacert>".encode()


def test_everything_certified_is_read() -> None:
    letter = Letter(recipients=(GIULIA, "mario@posta.example"), subject="A & B <c>")

    told = read(
        daticert("avvenuta-consegna", letter, delivered_to=GIULIA, size="breve", external=letter.recipients[1:])
    )

    assert told.tipo == "avvenuta-consegna"
    assert (told.sender, told.reply_to, told.subject) == (OUR_PEC, OUR_PEC, "A & B <c>")
    assert told.recipients == (Recipient(GIULIA, certified=True), Recipient("mario@posta.example", certified=False))
    assert (told.at, told.msgid, told.size, told.delivered_to) == (AT, letter.message_id, "breve", GIULIA)
    assert (told.provider, told.error, told.error_text) == ("Gestore di prova S.p.A.", "nessuno", None)


def test_elements_may_stand_anywhere_with_stray_text_between() -> None:
    xml = made(
        data="stray <msgid> &lt;a@b.it&gt; </msgid> text <oggetto>Uno</oggetto><destinatari>a@b.it</destinatari>",
        head="<ora>10:02:07</ora><giorno>24/11/2026</giorno><data zona='+0100'/>, more",
    )

    told = read(xml)

    assert (told.msgid, told.subject, told.at) == ("<a@b.it>", "Uno", AT)
    assert told.recipients == (Recipient("a@b.it", certified=True),)  # the document type's default


def test_what_is_missing_is_missing() -> None:
    told = read(b"<postacert/>")

    assert (told.tipo, told.error, told.msgid, told.at, told.recipients) == ("", "nessuno", None, None, ())


def test_unknown_words_are_kept() -> None:
    told = read(made('<destinatari tipo="forse">a@b.it</destinatari>', tipo='tipo="Nuovo" errore="quota"'))

    assert (told.tipo, told.error) == ("Nuovo", "quota")
    assert told.recipients == (Recipient("a@b.it", certified=False),)


def test_names_may_have_a_namespace_or_capitals() -> None:
    xml = '<p:PostaCert xmlns:p="urn:x" Tipo="accettazione"><p:Mittente>a@b.it</p:Mittente></p:PostaCert>'

    assert (read(xml.encode()).tipo, read(xml.encode()).sender) == ("accettazione", "a@b.it")


@pytest.mark.parametrize(
    "xml",
    [
        '<?xml version="1.0" encoding="UTF-8"?>{}'.format(made("<oggetto>Perché</oggetto>").decode()).encode("latin-1"),
        '<?xml version="1.0" encoding="ISO-8859-1"?>{}'.format(made("<oggetto>Perché</oggetto>").decode()).encode(
            "latin-1"
        ),
        '<?xml version="1.0" encoding="windows-1252"?>{}'.format(made("<oggetto>Perché</oggetto>").decode()).encode(
            "cp1252"
        ),
        b"\xef\xbb\xbf" + made("<oggetto>Perché</oggetto>"),
        b"\r\n  " + made("<oggetto>Perché</oggetto>"),
        made("<oggetto>=?utf-8?Q?Perch=C3=A9?=</oggetto>"),
    ],
    ids=["says UTF-8, is Latin-1", "Latin-1", "Windows", "with a mark", "blanks first", "encoded word"],
)
def test_its_letters_are_read_whatever_it_says_of_them(xml: bytes) -> None:
    assert read(xml).subject == "Perché"


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        *(("+0100", 9), ("+01:00", 9), ("+2", 8), ("+02", 8), ("-0500", 15), ("Z", 10), ("UTC", 10), ("+0000", 10)),
        *((" +0100 ", 9), ("", 9), ("CET", 9), ("Europe/Rome", 9)),  # who says nothing has the Italian time
    ],
)
def test_a_zone_turns_the_clock_to_utc(zone: str, hour: int) -> None:
    assert moment("24/11/2026", "10:02:07", zone=zone) == datetime(2026, 11, 24, hour, 2, 7, tzinfo=UTC)


def test_without_a_zone_summer_is_summer() -> None:
    assert moment("1/7/2026", "10:00", zone="") == datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


def test_days_and_hours_in_other_dress() -> None:
    assert moment("24-11-2026", "10.02.07", zone="+0100") == AT
    assert moment("24/11/2026", "10:02:60", zone="+0100") == AT.replace(second=59)


@pytest.mark.parametrize(
    ("day", "hour", "zone"),
    [
        *(("31/02/2026", "10:00:00", "+0100"), ("2026-11-24", "10:00:00", "+0100"), ("", "", "")),
        *(("24/11/2026", "25:00:00", "+0100"), ("24/11/2026", "10:00:00", "+99"), ("01/01/0000", "00:00:00", "Z")),
        ("01/01/0001", "00:00:00", "+0100"),
    ],
)
def test_what_is_no_time_is_none(day: str, hour: str, zone: str) -> None:
    assert moment(day, hour, zone=zone) is None


LAUGHS = b"<!DOCTYPE postacert [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]>" + made("<oggetto>&b;</oggetto>")
FETCHING = b"<!DOCTYPE postacert [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + made("<oggetto>&x;</oggetto>")
NAMING = b"<!DOCTYPE postacert SYSTEM 'http://127.0.0.1:9/daticert.dtd'>" + made()


@pytest.mark.parametrize("xml", [LAUGHS, FETCHING, NAMING], ids=["expanding", "fetching", "naming"])
def test_a_document_type_is_refused(xml: bytes) -> None:
    with pytest.raises(DaticertError, match="it brings a document type"):
        read(xml)


def test_an_entity_without_a_document_type_is_no_xml() -> None:
    with pytest.raises(DaticertError, match="undefined entity"):
        read(made("<oggetto>&x;</oggetto>"))


@pytest.mark.parametrize(
    "xml",
    [
        *(b"", b"   ", b"<postacert", b"\x00" * 100, b"<a>\x00</a>", b"\xff\xfe<", b"<postacert><a></postacert>"),
        b'<?xml version="1.0" encoding="zlib"?><postacert',
        b'<?xml version="1.0" encoding="klingon"?><postacert><',
        b'<?xml version="1.0" encoding="utf-7"?><postacert/>\xff',
    ],
)
def test_what_is_no_xml_is_told(xml: bytes) -> None:
    with pytest.raises(DaticertError, match="not well-formed"):
        read(xml)


def test_other_xml_is_not_certified_data() -> None:
    with pytest.raises(DaticertError, match="it has no element postacert"):
        read(b"<fattura><postacert/></fattura>")


def test_two_answers_to_one_question_are_refused() -> None:
    with pytest.raises(DaticertError, match="it says 'msgid' twice, in different words"):
        read(made(data="<msgid>&lt;a@b&gt;</msgid><msgid>&lt;c@d&gt;</msgid>"))

    assert read(made(data="<msgid>&lt;a@b&gt;</msgid><msgid>&lt;a@b&gt;</msgid>")).msgid == "<a@b>"


def test_deep_and_wide_xml_is_read_in_time() -> None:
    deep = b"<postacert>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</postacert>"

    assert read(deep).tipo == ""
    with pytest.raises(DaticertError, match="larger than any honest one"):
        read(b" " * (LONGEST + 1))
