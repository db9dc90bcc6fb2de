"""What a message says, as plain values that may cross from the process that reads it (pure)."""

from dataclasses import dataclass
from datetime import datetime

from urp.inbox.states import Kind


@dataclass(frozen=True)
class Enclosure:
    """A file of the message; the name is safe to show and to save, the type only claimed by the sender."""

    filename: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Words:
    """What the person wrote; of a PEC envelope, the message inside it.

    `sender` is a bare address that could be parsed strictly, or None; message ids have their angle brackets.
    """

    sender: str | None
    sender_name: str
    subject: str
    text: str
    enclosures: tuple[Enclosure, ...] = ()
    message_id: str | None = None
    references: tuple[str, ...] = ()  # In-Reply-To first, then References from the last to the first


@dataclass(frozen=True)
class Report:
    """One recipient of a delivery report (RFC 3464): `action` failed, delayed, delivered, relayed or expanded."""

    message_ids: tuple[str, ...]  # of the letter it reports on, as far as it says
    recipient: str | None
    action: str
    status: str | None  # RFC 3463, for example 5.2.2
    diagnostic: str


@dataclass(frozen=True)
class CertifiedReceipt:
    """A PEC receipt, read from the signed `daticert.xml`; times are aware UTC."""

    receipt: str  # kind as in `urp.pec.kinds`, for example avvenuta_consegna
    message_id: str | None
    sender: str | None
    recipients: tuple[tuple[str, bool], ...]  # address, certified
    delivered_to: str | None
    at: datetime | None
    provider: str
    identifier: str
    error: str | None
    error_text: str | None
    size: str | None


@dataclass(frozen=True)
class Reading:
    """A message that was read: its kind, its words, and what else its kind brings.

    `automatic` says why no machine may answer it; None for what a person wrote. `certified` is true only for
    a PEC envelope whose signature is trusted. `distrust` says why a receipt or envelope proves nothing.
    """

    kind: Kind
    words: Words
    automatic: str | None = None
    certified: bool = False
    receipt: CertifiedReceipt | None = None
    reports: tuple[Report, ...] = ()
    distrust: str | None = None
