"""Files are welcome for what they hold, and their names say the same."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories.files import JPG, P7M, P7M_ARMOURED, P7M_BASE64, PDF, WELCOME, archive, docx, odt, png
from urp.inquiries.file_types import MEDIA_TYPES, Fault, fault_of, media_type

ENCRYPTED_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le")
ZIP = archive(("a.txt", b"a"))


@pytest.mark.parametrize("name", WELCOME)
def test_every_kind_on_the_list_is_welcome_in_any_case(name: str) -> None:
    assert fault_of(name, WELCOME[name]) is None
    assert fault_of(name.upper(), WELCOME[name]) is None
    assert media_type(name.upper(), WELCOME[name]) == MEDIA_TYPES[name.rpartition(".")[2]]


@pytest.mark.parametrize(("name", "data"), [("a.exe", b"MZ"), ("relazione.pdf", b"<script>"), ("senza", b"x")])
def test_of_what_only_a_mail_brings_nothing_is_believed(name: str, data: bytes) -> None:
    assert media_type(name, data) == "application/octet-stream"


def test_the_list_is_the_one_on_the_page() -> None:
    assert {name.rpartition(".")[2] for name in WELCOME} == set(MEDIA_TYPES)


@pytest.mark.parametrize("data", [P7M_BASE64, P7M_ARMOURED, b"\n" + P7M_BASE64])
def test_a_signed_file_is_known_in_its_written_forms_too(data: bytes) -> None:
    assert fault_of("firmato.p7m", data) is None


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b"\n", b"\r\n  ", b"\0\0"])
def test_a_pdf_may_begin_with_a_blank(lead: bytes) -> None:
    assert fault_of("a.pdf", lead + PDF) is None


@pytest.mark.parametrize("name", [*WELCOME, "a.exe"])
def test_an_empty_file_is_empty_whatever_its_name(name: str) -> None:
    assert fault_of(name, b"") is Fault.EMPTY


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("piano.exe", b"MZ" + bytes(100)),
        ("pdf", PDF),
        ("", PDF),
        (".", PDF),
        ("senza-punto", PDF),
        ("relazione.pdf.exe", PDF),
        ("relazione.exe.pdf", b"MZ" + bytes(100)),
        ("foto.jpg", png()),
        ("foto.png", JPG),
        ("pagina.pdf", b"<script>alert(1)</script>%PDF-1.7"),
        ("pagina.pdf", b"GIF89a" + PDF),
        ("pagina.html", b"<html>"),
        ("disegno.svg", b"<svg/>"),
        ("archivio.zip", ZIP),
        ("relazione.pdf", PDF + ZIP),  # two files in one
        ("foto.jpg", JPG + ZIP),
        ("mappa.png", png() + ZIP),
        ("firmato.p7m", P7M + ZIP),
        ("modulo.docx", b"<script>" + docx()),
        ("modulo.docx", b"MZ" + bytes(50) + docx()),
        ("modulo.docx", ZIP),
        ("modulo.docx", odt()),
        ("lettera.odt", docx()),
        ("lettera.odt", ZIP),
        ("modulo.docx", docx(("word/vbaProject.bin", b"macro"))),
        ("modulo.docx", OLD_WORD),
        ("lettera.odt", OLD_WORD),
        ("modulo.docx", docx()[:-30]),
        ("modulo.docx", b"PK\x03\x04" + bytes(100)),
        ("firmato.p7m", b"MIIao, questa e una lettera qualunque che comincia come un file firmato"),
        ("firmato.p7m", b"-----BEGIN PKCS7-----\nnot base64 at all\n"),
        ("firmato.p7m", b"\x30\x82" + bytes(60)),
        ("firmato.p7m", PDF),
        ("mappa.png", png(30_000, 30_000)),  # 900 million points from a few bytes
        ("mappa.png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, data: bytes) -> None:
    assert fault_of(name, data) is Fault.TYPE


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PDF.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt 2 0 R")),
        ("a.docx", ENCRYPTED_OFFICE),
        ("a.odt", odt(b"<manifest:encryption-data/>")),
    ],
)
def test_a_file_with_a_password_is_told_apart(name: str, data: bytes) -> None:
    assert fault_of(name, data) is Fault.LOCKED


def test_a_zip_with_a_password_is_told_apart() -> None:
    data = bytearray(docx())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(signature, place + 1)

    assert fault_of("a.docx", bytes(data)) is Fault.LOCKED


def test_a_bomb_is_refused_by_its_directory_alone() -> None:
    inflating = docx(("word/media/a.bmp", bytes(20_000_000)))
    crowded = docx(*((f"word/{number}.xml", b"") for number in range(2001)))

    assert len(inflating) < 50_000
    assert fault_of("a.docx", inflating) is Fault.TYPE
    assert fault_of("a.docx", crowded) is Fault.TYPE


def test_a_directory_larger_than_any_document_needs_is_not_even_read(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = docx()
    start = honest.rfind(b"PK\x01\x02")
    entry, end = honest[start:-22], bytearray(honest[-22:])
    end[12:16] = (len(entry) * 9000).to_bytes(4, "little")
    crowded = honest[:start] + entry * 9000 + bytes(end)
    elsewhere = honest[:-22] + b"PK\x06\x06" + bytes(52) + b"PK\x06\x07" + bytes(16) + honest[-22:]
    read: list[int] = []

    class Read(zipfile.ZipFile):
        def __init__(self, file: io.BytesIO) -> None:
            read.append(len(file.getvalue()))
            super().__init__(file)

    monkeypatch.setattr(zipfile, "ZipFile", Read)
    faults = [fault_of("a.docx", data) for data in (honest, crowded, elsewhere)]

    assert faults == [None, Fault.TYPE, Fault.TYPE]
    assert read == [len(honest)]


def test_an_archive_with_a_comment_is_no_document() -> None:
    held = io.BytesIO(docx())
    with zipfile.ZipFile(held, "a") as made:
        made.comment = b"x"

    assert fault_of("a.docx", held.getvalue()) is Fault.TYPE


def test_a_document_with_ordinary_pictures_is_no_bomb() -> None:
    assert fault_of("a.docx", docx(("word/media/a.bmp", bytes(range(256)) * 40))) is None


@given(st.sampled_from(sorted(WELCOME)), st.data())
def test_no_damage_to_a_file_is_more_than_a_refusal(name: str, data: st.DataObject) -> None:
    broken = bytearray(WELCOME[name])
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(broken)))

    assert fault_of(name, bytes(broken)) in (None, *Fault)
    assert fault_of(name, bytes(broken[:cut])) in (None, *Fault)
