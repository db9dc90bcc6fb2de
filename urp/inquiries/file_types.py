"""Which files are welcome: known by their content, with a name that says the same."""

import base64
import binascii
import io
import re
import zipfile
from enum import StrEnum

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "p7m": "application/pkcs7-mime",
}
ANY_BYTES = "application/octet-stream"
SIGNED_DATA = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"  # OID 1.2.840.113549.1.7.2 (RFC 5652)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream of a document with a password (MS-OFFCRYPTO)
MOST_ZIP_ENTRIES = 2000
MOST_INFLATION = 200
MOST_PIXELS = 200_000_000
ZIP_BEGINS, ZIP_ENDS = b"PK\x03\x04", b"PK\x05\x06"
ZIP_TAIL = 22
"""Bytes of the record that ends an archive, but for its comment (APPNOTE 4.3.16)."""

ZIP_64 = b"PK\x06\x07"
ZIP_64_TAIL = 20
"""Bytes before that record which, if they begin so, tell where a larger one is (APPNOTE 4.3.15)."""

LARGEST_DIRECTORY = 500_000
"""Bytes: 250 for each of MOST_ZIP_ENTRIES."""


class Fault(StrEnum):
    """Why a file is not welcome; each has its own message."""

    EMPTY = "empty"
    TYPE = "type"
    LOCKED = "locked"


def fault_of(name: str, data: bytes) -> Fault | None:
    """What is wrong with a file, judged by its bytes and its ending; None if it is welcome."""
    if not data:
        return Fault.EMPTY
    _, dot, ending = name.lower().rpartition(".")
    if not dot or ending not in MEDIA_TYPES:
        return Fault.TYPE
    if ending in ("docx", "odt"):
        return _fault_of_document(ending, data)
    if _is_archive_too(data):
        return Fault.TYPE
    if ending == "pdf":
        return _fault_of_pdf(data)
    return None if _looks_like(ending, data) else Fault.TYPE


def media_type(name: str, data: bytes) -> str:
    """The media type of a welcome file; of any other, which only a mail can bring, no more than that it is bytes."""
    return ANY_BYTES if fault_of(name, data) else MEDIA_TYPES[name.rpartition(".")[2].lower()]


def _looks_like(ending: str, data: bytes) -> bool:
    if ending in ("jpg", "jpeg"):
        return data.startswith(b"\xff\xd8\xff")
    if ending == "png":
        return data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and _pixels(data) <= MOST_PIXELS
    return _is_signed(data)


def _pixels(png: bytes) -> int:
    return int.from_bytes(png[16:20]) * int.from_bytes(png[20:24])


def _is_archive_too(data: bytes) -> bool:
    """Whether the file can also be opened as a zip: two files in one are sent to deceive."""
    end = data.rfind(ZIP_ENDS, -(ZIP_TAIL + 0xFFFF))
    return end >= 0 and end + ZIP_TAIL + int.from_bytes(data[end + 20 : end + 22], "little") == len(data)


def _is_signed(data: bytes) -> bool:
    if data[:1] == b"\x30":
        return SIGNED_DATA in data[:40]
    armour = re.match(rb"\s*(?:-----BEGIN (?:PKCS7|CMS)-----\s+)?([A-Za-z0-9+/\s]{40,})", data[:200])
    if armour is None:
        return False
    symbols = b"".join(armour[1].split())
    try:
        return SIGNED_DATA in base64.b64decode(symbols[: len(symbols) // 4 * 4])[:40]
    except binascii.Error:
        return False


def _fault_of_pdf(data: bytes) -> Fault | None:
    if not data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b"\0\t\n\f\r ").startswith(b"%PDF-"):
        return Fault.TYPE
    return Fault.LOCKED if b"/Encrypt" in data else None


def _fault_of_document(ending: str, data: bytes) -> Fault | None:
    if data.startswith(OLE):
        return Fault.LOCKED if ending == "docx" and ENCRYPTED in data else Fault.TYPE
    if not data.startswith(ZIP_BEGINS) or not _has_small_directory(data):
        return Fault.TYPE
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if _is_bomb(archive, len(data)):
                return Fault.TYPE
            if any(entry.flag_bits & 1 for entry in archive.infolist()):
                return Fault.LOCKED
            return _fault_of_docx(archive) if ending == "docx" else _fault_of_odt(archive)
    except Exception:  # a broken archive raises nearly anything: zlib.error, EOFError, struct.error …
        return Fault.TYPE


def _has_small_directory(data: bytes) -> bool:
    """Judged by the record that `zipfile` believes, before it reads the directory: half a million entries take seconds.

    An archive with a comment, behind which another record could hide, is no document of a word processor.
    """
    end, before = data[-ZIP_TAIL:], data[-ZIP_TAIL - ZIP_64_TAIL : -ZIP_TAIL]
    is_last = end.startswith(ZIP_ENDS) and end.endswith(b"\0\0") and not before.startswith(ZIP_64)
    return is_last and int.from_bytes(end[12:16], "little") <= LARGEST_DIRECTORY


def _is_bomb(archive: zipfile.ZipFile, size: int) -> bool:
    """Judged by the directory alone: too many entries, too much in them, or entries that share bytes."""
    entries = archive.infolist()
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    return len(entries) > MOST_ZIP_ENTRIES or packed > size or unpacked > MOST_INFLATION * (packed + 1)


def _fault_of_docx(archive: zipfile.ZipFile) -> Fault | None:
    names = set(archive.namelist())
    macros = any(name.endswith("vbaProject.bin") for name in names)
    return None if {"[Content_Types].xml", "word/document.xml"} <= names and not macros else Fault.TYPE


def _fault_of_odt(archive: zipfile.ZipFile) -> Fault | None:
    with archive.open("mimetype") as entry:
        if entry.read(100).decode("ascii", "replace").strip() != MEDIA_TYPES["odt"]:
            return Fault.TYPE
    with archive.open("META-INF/manifest.xml") as entry:
        return Fault.LOCKED if b"encryption-data" in entry.read(200_000) else None
