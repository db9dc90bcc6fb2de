"""What a message is, from its headers and what the PEC reader found, never from its subject (pure)."""

import re
from collections.abc import Iterator

from urp.inbox import addresses, charsets, header_words, mime
from urp.inbox.content import CALENDAR_REPLY, Envelope, Reading, Words
from urp.inbox.mime import MESSAGES, Part
from urp.inbox.parse import words_of
from urp.inbox.reports import DAEMONS, report_in
from urp.inbox.states import Kind
from urp.outbox.told import CertifiedReceipt
from urp.pec import kinds
from urp.pec.reading import PecMessage, read
from urp.pec.signature import Trust

MACHINES = DAEMONS | {
    "posta-certificata", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "non-rispondere",
    "nonrispondere", "bounce", "bounces", "listserv", "majordomo",
}  # fmt: skip

_COMMENT = re.compile(rb"^COMMENT(?:;[^:\r\n]*)?:(?:\\n|[ \t])*+\S", re.MULTILINE | re.IGNORECASE)
"""A note that somebody wrote beside their Yes or No; Exchange writes an empty one where nobody did."""

LONGEST_ADDRESS, LONGEST_NAME, LONGEST_WORD, LONGEST_ERROR = 254, 200, 20, 500
"""What a receipt says is kept on one line and so long at most; the receipt itself is kept whole."""


def read_message(raw: bytes, trust: Trust) -> Reading:
    """The whole reading of a message; raises TooMuch beyond the limits."""
    message = mime.split(raw)
    pec = read(raw, trust)
    if pec.kind in kinds.RECEIPTS:
        return Reading(
            Kind.PEC_RECEIPT, words_of(message), "a PEC receipt", receipt=_receipt(pec), distrust=pec.distrust
        )
    if pec.kind == kinds.Kind.BUSTA_DI_TRASPORTO:
        return _envelope(message, pec)
    if pec.kind == kinds.Kind.BUSTA_DI_ANOMALIA:
        return _anomaly(message, pec)
    return _ordinary(message)


def automatic_reason(message: Part) -> str | None:
    """Why no machine may answer this message; None when a person wrote it, as far as headers tell."""
    submitted = message.word("auto-submitted")
    if submitted and submitted.split()[0] != "no":
        return "Auto-Submitted"
    if message.text("precedence").lower() in ("bulk", "list", "junk", "auto_reply"):
        return "Precedence"
    returns = message.first("return-path")
    if returns is not None and returns.strip() in (b"", b"<>"):
        return "empty Return-Path"
    if message.media_type == "multipart/report":
        return "multipart/report"
    names = {name for name, _ in message.headers}
    for telling in ("x-ricevuta", "x-failed-recipients", "x-autoreply", "x-autorespond"):
        if telling in names:
            return telling
    if any(name.startswith("list-") for name in names):
        return "List headers"
    if any(_is_calendar_reply(part) for part in _own_parts(message)):
        return CALENDAR_REPLY
    return _written_by_a_machine(message)


def _is_calendar_reply(part: Part) -> bool:
    """Whether somebody only pressed Yes or No in a calendar program (RFC 6047 §2.4); with a note it is their letter."""
    if part.media_type != "text/calendar" or part.params.get("method", "").lower() != "reply":
        return False
    return _COMMENT.search(part.content) is None


def _own_parts(part: Part) -> Iterator[Part]:
    """All parts but those of messages inside: what is only forwarded says nothing of the sender."""
    yield part
    for inner in () if part.media_type in MESSAGES else part.parts:
        yield from _own_parts(inner)


def _written_by_a_machine(message: Part) -> str | None:
    for name in ("from", "sender"):
        sender, _ = addresses.sender(message.all(name))
        local = (sender or "").partition("@")[0].lower()
        if local in MACHINES or local.startswith(("noreply", "no-reply", "mailer-daemon")):
            return f"{name} {local}"
    return None


def _ordinary(message: Part) -> Reading:
    words = words_of(message)
    if report := report_in(message):
        return Reading(Kind.BOUNCE, words, "a delivery report", report=report)
    automatic = automatic_reason(message)
    return Reading(Kind.AUTOMATIC if automatic else Kind.ORDINARY, words, automatic)


def _envelope(outer: Part, pec: PecMessage) -> Reading:
    """The person's message out of its envelope, sent by whom `daticert.xml` names."""
    distrust = pec.distrust
    if pec.inner_raw is None:
        inner, distrust = outer, distrust or "the envelope holds no postacert.eml"
    else:
        inner = mime.split(pec.inner_raw)
    words = _with_sender(words_of(inner), pec.sender)
    automatic = automatic_reason(inner) if inner is not outer else None
    envelope = Envelope(
        provider=charsets.one_line(pec.provider, LONGEST_NAME),
        identifier=charsets.one_line(pec.identifier, LONGEST_NAME),
        recipients=tuple(charsets.one_line(one.address, LONGEST_ADDRESS) for one in pec.recipients),
    )
    certified = distrust is None
    return Reading(Kind.PEC_ENVELOPE, words, automatic, certified, distrust=distrust, envelope=envelope)


def _anomaly(outer: Part, pec: PecMessage) -> Reading:
    """An ordinary message that a PEC provider wrapped: what it wraps decides."""
    if pec.inner_raw is None:
        words = words_of(outer)
        return Reading(Kind.PEC_ANOMALY, _with_sender(words, None), None)
    inner = mime.split(pec.inner_raw)
    found = _ordinary(inner)
    kind = Kind.BOUNCE if found.kind == Kind.BOUNCE else Kind.PEC_ANOMALY
    return Reading(kind, found.words, found.automatic, report=found.report)


def _with_sender(words: Words, sender: str | None) -> Words:
    known = addresses.strict(sender)
    name = words.sender_name if known else ""
    return Words(known, name, words.subject, words.text, words.enclosures, words.message_id, words.references)


def _receipt(pec: PecMessage) -> CertifiedReceipt | None:
    """What the receipt certifies, whether or not it can be trusted."""
    if pec.msgid is None and pec.at is None and not pec.identifier:
        return None  # only headers said that it is a receipt
    return CertifiedReceipt(
        receipt=pec.kind.value,
        message_id=_line(pec.msgid, header_words.LONGEST_ID),
        sender=_line(pec.sender, LONGEST_ADDRESS),
        recipients=tuple((charsets.one_line(one.address, LONGEST_ADDRESS), one.certified) for one in pec.recipients),
        delivered_to=_line(pec.delivered_to, LONGEST_ADDRESS),
        at=pec.at,
        provider=charsets.one_line(pec.provider, LONGEST_NAME),
        identifier=charsets.one_line(pec.identifier, LONGEST_NAME),
        error=_line(pec.error, LONGEST_WORD),
        error_text=_line(pec.error_text, LONGEST_ERROR),
        size=_line(pec.size, LONGEST_WORD),
    )


def _line(text: str | None, longest: int) -> str | None:
    return None if text is None else charsets.one_line(text, longest)
