"""Files that citizens send: honest ones of every kind, and dishonest ones."""

import base64
import io
import zipfile

from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from urp.inquiries.file_types import MEDIA_TYPES, SIGNED_DATA

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) + b"\xff\xd9"
P7M = b"\x30\x82\x01\x00" + SIGNED_DATA + bytes(64)
P7M_BASE64 = base64.encodebytes(P7M)
P7M_ARMOURED = b"-----BEGIN PKCS7-----\n" + P7M_BASE64 + b"-----END PKCS7-----\n"


def png(width: int = 800, height: int = 600) -> bytes:
    """A picture, as far as its head tells."""
    size = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + b"\x08\x02\x00\x00\x00" + bytes(40) + b"IEND\xaeB`\x82"


def archive(*entries: tuple[str, bytes], packed: bool = True) -> bytes:
    """A zip with these entries."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return held.getvalue()


def docx(*more: tuple[str, bytes]) -> bytes:
    """A document of a word processor."""
    return archive(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>"), *more)


def odt(manifest: bytes = b"<manifest:manifest/>") -> bytes:
    """An open document."""
    return archive(("mimetype", MEDIA_TYPES["odt"].encode()), ("META-INF/manifest.xml", manifest), packed=False)


WELCOME = {
    "relazione.pdf": PDF,
    "foto.jpg": JPG,
    "foto.jpeg": JPG,
    "mappa.png": png(),
    "lettera.odt": odt(),
    "modulo.docx": docx(),
    "firmato.pdf.p7m": P7M,
}


def multipart(fields: dict[str, object]) -> dict[str, object]:
    """A form with files as one piece of memory: the test client would leave a temporary file open."""
    stream, length, boundary = stream_encode_multipart(fields, use_tempfile=False)
    return {"data": stream.read(length), "content_type": f"multipart/form-data; boundary={boundary}"}


def upload(name: str, data: bytes) -> FileStorage:
    """A file as a browser sends it."""
    return FileStorage(io.BytesIO(data), filename=name)
