"""Read any message: what kind of certified mail it is, what its provider certifies, and whether that counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from urp.pec import daticert, envelope, signature
from urp.pec.daticert import Daticert, DaticertError, Recipient
from urp.pec.envelope import Inner
from urp.pec.kinds import RECEIPTS, Kind, by_tipo
from urp.pec.mime import Part, header, sole_address
from urp.pec.signature import LOCAL_PART, Status, Trust


@dataclass(frozen=True)
class PecMessage:
    """What a message says and how far it can be believed.

    It counts as evidence only while `distrust` is None; all other fields tell what it claims. They come from
    `daticert.xml` where there is one. Ordinary mail has the sender, subject and Message-ID of its own headers.
    """

    kind: Kind
    signature: Status
    tipo: str | None = None  # as daticert.xml writes it, known or not
    distrust: str | None = None  # a sentence for each reason; None also for ordinary mail
    remark: str | None = None  # worth a line in a log, no reason for distrust
    msgid: str | None = None  # of the message that was sent, with angle brackets
    sender: str | None = None
    recipients: tuple[Recipient, ...] = ()
    reply_to: str | None = None
    delivered_to: str | None = None
    subject: str | None = None
    at: datetime | None = None  # aware UTC
    signed_at: datetime | None = None  # aware UTC
    error: str | None = None
    error_text: str | None = None
    size: str | None = None
    provider: str = ""
    identifier: str = ""
    inner_raw: bytes | None = None
    inner: Inner | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields of `pec show`, ready for JSON."""
        inner = self.inner
        return {
            "kind": self.kind.value,
            "msgid": self.msgid,
            "sender": self.sender,
            "recipients": [{"address": one.address, "certified": one.certified} for one in self.recipients],
            "delivered_to": self.delivered_to,
            "subject": self.subject,
            "at": self.at.isoformat().replace("+00:00", "Z") if self.at else None,
            "error": self.error,
            "error_text": self.error_text,
            "size": self.size,
            "signature": self.signature.value,
            "inner": inner
            and {
                "sender": inner.sender,
                "subject": inner.subject,
                "text": inner.text,
                "attachments": list(inner.attachments),
            },
        }


def read(raw: bytes, trust: Trust) -> PecMessage:
    """Read one message, whatever its bytes are: this function always returns.

    The outer headers only make a message a candidate, for no signature covers them. What it is, a
    `daticert.xml` decides; where the two disagree, the message does not count.
    """
    message = Part.whole(raw)
    claimed = envelope.claimed(message)
    if claimed is Kind.NONE and not _is_by_provider(message):
        return _ordinary(message)
    found = envelope.contents(message)
    certified, unread = _certified(found.daticerts)
    kind = (by_tipo(certified.tipo) if certified else None) or claimed
    if kind is Kind.NONE and not certified:
        return _ordinary(message)
    verdict = signature.verify(
        message, trust, only_listed=kind in RECEIPTS, otherwise_at=certified.at if certified else None
    )
    reasons = [verdict.reason, *_doubts(message, kind, len(found.daticerts), certified), unread]
    distrust = " ".join(reason for reason in reasons if reason)
    inner_raw = found.postacert
    if inner_raw is not None and kind is Kind.BUSTA_DI_ANOMALIA:
        inner_raw = envelope.innermost(inner_raw)
    told = vars(certified) if certified else _untold(message, kind, inner_raw)
    return PecMessage(
        kind=kind,
        signature=verdict.status,
        signed_at=verdict.signed_at,
        distrust=distrust or None,
        remark=verdict.remark,
        inner_raw=inner_raw,
        inner=None if inner_raw is None else envelope.written(inner_raw),
        **told,
    )


def _is_by_provider(message: Part) -> bool:
    """Whether a message may be certified although its headers, which may be lost on the way, do not say so."""
    sender = sole_address(message, "From") or ""
    return message.media_type == "multipart/signed" and sender.lower().startswith(f"{LOCAL_PART}@")


def _ordinary(message: Part) -> PecMessage:
    return PecMessage(Kind.NONE, Status.ABSENT, **_headers(message))


def _certified(found: tuple[bytes, ...]) -> tuple[Daticert | None, str | None]:
    """The first `daticert.xml` and why it could not be read."""
    try:
        return (daticert.read(found[0]), None) if found else (None, None)
    except DaticertError as error:
        return None, f"daticert.xml cannot be read: {error}."


def _doubts(message: Part, kind: Kind, daticerts: int, certified: Daticert | None) -> Iterator[str]:
    if daticerts > 1:
        yield f"There are {daticerts} daticert.xml in the signed part, not one."
    elif not daticerts and kind is not Kind.BUSTA_DI_ANOMALIA:
        yield "There is no daticert.xml in the signed part."
    if certified and kind is not Kind.BUSTA_DI_ANOMALIA and envelope.claims(message) != {by_tipo(certified.tipo)}:
        words = ", ".join(sorted(message.values("X-Ricevuta") + message.values("X-Trasporto"))) or "nothing"
        yield f"The headers say {words}, daticert.xml says {certified.tipo or 'nothing'}."
    elif kind is Kind.NONE:
        yield "Headers and daticert.xml name a kind that is not known."


def _untold(message: Part, kind: Kind, inner_raw: bytes | None) -> dict[str, Any]:
    """Without `daticert.xml` an envelope has the headers of the message in it, a receipt has but its subject."""
    if kind in RECEIPTS or inner_raw is None:
        return {"subject": header(message, "Subject")}
    return _headers(Part.whole(inner_raw))


def _headers(message: Part) -> dict[str, Any]:
    return {
        "msgid": header(message, "Message-ID"),
        "sender": sole_address(message, "From"),
        "subject": header(message, "Subject"),
    }
