"""The one gate for header values: nothing passes that could add a header or an address (pure)."""

import re
import secrets
import unicodedata
from binascii import b2a_base64
from email.utils import encode_rfc2231

import idna

from urp.foundation.errors import UrpError

BREAKERS = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories no header may hold: C0 and C1 controls, lone surrogates, U+2028 and U+2029."""

WORD_BYTES = 42
"""Bytes of text in one encoded word: 56 symbols of base64, below the 75 of RFC 2047 §2."""

_PLAIN = re.compile(r"[A-Za-z0-9!#$%&*+/?^_{|}~,.;:()'-][A-Za-z0-9!#$%&*+/?^_{|}~ ,.;:()'-]{0,59}(?<! )")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,49}")
_PLAIN_FILE = re.compile(r"[A-Za-z0-9_()-][A-Za-z0-9_ .()-]{0,59}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_DOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")
_INVITATION = re.compile(r"text/calendar; method=(?:REQUEST|CANCEL|PUBLISH); charset=utf-8")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")


class UnsafeHeader(UrpError):
    """A value that could change the headers of a letter; the text names the header, never the value."""


def safe_header(name: str, value: str) -> str:
    """The value itself, if it may stand in a header or a file name.

    Raises UnsafeHeader for control characters of any kind: one line break makes a header of the rest
    (Flask-Mail 0.10 checks neither extra headers nor file names).
    """
    if not value.isprintable() and any(unicodedata.category(char) in BREAKERS for char in value):
        raise UnsafeHeader(name)
    return value


def unstructured(name: str, value: str) -> str:
    """A header of free text: short plain ASCII as it is, everything else as encoded words (RFC 2047)."""
    safe_header(name, value)
    return value if _PLAIN.fullmatch(value) else _encoded_words(value)


def mailbox(name: str, who: str | tuple[str, str]) -> str:
    """An address, with the name of its owner if there is one; raises UnsafeHeader."""
    title, address = ("", who) if isinstance(who, str) else who
    address = wire_address(name, address)
    if not safe_header(name, title).strip():
        return address
    if _PLAIN_NAME.fullmatch(title) and len(title) + len(address) < 60:
        return f"{title} <{address}>"
    return f"{_encoded_words(title)}\r\n <{address}>"


def wire_address(name: str, address: str) -> str:
    """The address as SMTP carries it: ASCII, the domain in its xn-- form (IDNA 2008, RFC 5891).

    The standard library's codec speaks IDNA 2003: it makes of `faß.example` the domain `fass.example`, which
    is somebody else's. Raises UnsafeHeader for anything but one plain `local@domain`.
    """
    local, _, domain = safe_header(name, address).rpartition("@")
    try:
        domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:
        raise UnsafeHeader(name) from None
    if not (len(local) + len(domain) < 254 and _ATOMS.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise UnsafeHeader(name)
    return f"{local}@{domain}"


def message_id(name: str, value: str) -> str:
    """A Message-ID in angle brackets; raises UnsafeHeader."""
    if not _MESSAGE_ID.fullmatch(value):
        raise UnsafeHeader(name)
    return value


def new_message_id(address: str) -> str:
    """A fresh Message-ID in the domain of our mailbox; nobody can guess it."""
    return f"<{secrets.token_urlsafe(24)}@{address.rpartition('@')[2]}>"


def media_type(value: str) -> str:
    """The type of an attached file, one that base64 may carry (RFC 2046 §5.2.1); raises UnsafeHeader."""
    value = value.lower()
    if not _MEDIA_TYPE.fullmatch(value):
        raise UnsafeHeader("Content-Type")
    return "application/octet-stream" if value.startswith(("message/", "multipart/")) else value


def invitation_type(value: str) -> str:
    """The type of a calendar file that says what to do with it (RFC 6047 §2.4); raises UnsafeHeader."""
    if not _INVITATION.fullmatch(value):
        raise UnsafeHeader("Content-Type")
    return value


def disposition(filename: str) -> str:
    """`attachment` with its file name (RFC 2183), encoded by RFC 2231 where it is not plain."""
    if _PLAIN_FILE.fullmatch(safe_header("filename", filename)):
        return f'attachment;\r\n filename="{filename}"'
    encoded = encode_rfc2231(filename[-150:], "utf-8", "")  # the end keeps the extension
    pieces = [encoded[start : start + 60] for start in range(0, len(encoded), 60)]
    if len(pieces) == 1:
        return f"attachment;\r\n filename*={encoded}"
    return "attachment" + "".join(f";\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces))


def _encoded_words(text: str) -> str:
    words = [""]
    size = 0
    for char in text:
        width = len(char.encode())
        if size + width > WORD_BYTES:
            words.append("")
            size = 0
        words[-1] += char
        size += width
    return "\r\n ".join(f"=?utf-8?b?{b2a_base64(word.encode(), newline=False).decode()}?=" for word in words)
