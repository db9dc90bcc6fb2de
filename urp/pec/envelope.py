"""What stands inside: the certified data, the wrapped message, and what a person wrote in it."""

import html
import re
from dataclasses import dataclass

from urp.pec.kinds import ENVELOPES, Kind, by_x_ricevuta, by_x_trasporto
from urp.pec.mime import DEEPEST, Part, header, sole_address

_TAG = re.compile(r"<[^<>]*>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
"""Numbers of any length would be too much for `html.unescape`."""


@dataclass(frozen=True)
class Contents:
    """What a provider put beside its own words: `daticert.xml`, normally once, and the message it wraps."""

    daticerts: tuple[bytes, ...]
    postacert: bytes | None


@dataclass(frozen=True)
class Inner:
    """What a person wrote, as its own headers tell; attachments are names as they came."""

    sender: str | None
    subject: str
    text: str
    attachments: tuple[str, ...]


def claims(message: Part) -> set[Kind | None]:
    """What the headers of a message claim, which anybody can write; None for a word that the rules do not know."""
    receipts = {by_x_ricevuta(value) for value in message.values("X-Ricevuta")}
    return receipts | {by_x_trasporto(value) for value in message.values("X-Trasporto")}


def claimed(message: Part) -> Kind:
    """The first known kind among the claims, in the order of `Kind`; `NONE` without any."""
    said = claims(message)
    return next((kind for kind in Kind if kind in said), Kind.NONE)


def signed_part(message: Part) -> Part | None:
    """The part that the signature of a message covers; None where the message is not signed."""
    return message.parts[0] if message.media_type == "multipart/signed" and message.parts else None


def contents(message: Part) -> Contents:
    """Find `daticert.xml` and the wrapped message by name, in either order; messages inside stay closed."""
    leaves = list((signed_part(message) or message).leaves())
    daticerts = [leaf.content() for leaf in leaves if _is_named(leaf, "daticert.xml")]
    wrapped = [leaf for leaf in leaves if _is_named(leaf, "postacert.eml")]
    wrapped += [leaf for leaf in leaves if leaf.media_type == "message/rfc822"]
    return Contents(tuple(daticerts), wrapped[0].content() if wrapped else None)


def innermost(raw: bytes) -> bytes:
    """What a person wrote, of a message that may be an envelope, or several around each other.

    A provider that cannot verify the signature of an envelope wraps it in an anomaly like ordinary mail. What
    is inside then proves nothing, as nothing inside an anomaly does, but it is what there is to answer.
    """
    for _ in range(DEEPEST):
        message = Part.whole(raw)
        wrapped = contents(message).postacert if claimed(message) in ENVELOPES else None
        if wrapped is None:
            break
        raw = wrapped
    return raw


def written(raw: bytes) -> Inner:
    """Read what a person wrote: every plain text in it, else every HTML without its tags."""
    message = Part.whole(raw)
    leaves = list(message.leaves())
    texts = [leaf for leaf in leaves if _is_text(leaf)]
    plain_texts = [leaf for leaf in texts if leaf.media_type == "text/plain"]
    return Inner(
        sender=sole_address(message, "From"),
        subject=header(message, "Subject") or "",
        text="\n".join(_words(leaf) for leaf in plain_texts or texts),
        attachments=tuple(_name(leaf) for leaf in leaves if not _is_text(leaf)),
    )


def _is_named(leaf: Part, name: str) -> bool:
    return (leaf.filename or "").strip().lower() == name


def _is_text(leaf: Part) -> bool:
    disposition = (leaf.value("Content-Disposition") or "").partition(";")[0].strip().lower()
    return leaf.media_type in ("text/plain", "text/html") and disposition != "attachment" and not leaf.filename


def _name(leaf: Part) -> str:
    if leaf.filename:
        return leaf.filename
    return "message.eml" if leaf.media_type == "message/rfc822" else leaf.media_type.replace("/", ".")


def _words(body: Part) -> str:
    text = body.text()
    if body.media_type != "text/html":
        return text
    return _ENTITY.sub(lambda match: html.unescape(match[0]), _TAG.sub(" ", text))
