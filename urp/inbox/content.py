"""What a message says, as plain values that may cross from the process that reads it (pure)."""

from dataclasses import dataclass

from urp.inbox.states import Kind
from urp.outbox.told import CertifiedReceipt, Report

CALENDAR_REPLY = "calendar reply"
"""Why no machine answers a Yes or No pressed in a calendar program: nobody has to look at it either."""


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
class Envelope:
    """What `daticert.xml` says of a PEC envelope besides its sender: who named it, how, and whom it was sent to."""

    provider: str
    identifier: str
    recipients: tuple[str, ...]


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
    report: Report | None = None
    distrust: str | None = None
    envelope: Envelope | None = None
