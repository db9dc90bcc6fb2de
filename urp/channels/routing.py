"""Which of our mailboxes writes to an office, and to which of its addresses (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from urp.foundation.errors import UrpError

Kind = Literal["pec", "peo"]

PEC_LIMIT = 30_000_000
"""Bytes after base64, times recipients, that every PEC provider must carry (RFC 6109 §3.1.1: 30 MB)."""

LETTER_OVERHEAD = 20_000
"""Headers, boundaries and the two texts around the attachments, generously."""


class NoRoute(UrpError):
    """Neither the office nor the fallback has an address to write to."""


class TooLargeForPec(UrpError):
    """The letter exceeds what PEC carries and the office has no ordinary mailbox."""


@dataclass(frozen=True)
class Addresses:
    """Where an office can be reached; either may be missing."""

    pec: str | None = None
    peo: str | None = None

    def of(self, kind: Kind) -> str | None:
        """The address of this kind."""
        return self.pec if kind == "pec" else self.peo


@dataclass(frozen=True)
class Route:
    """Our mailbox that writes, and the address it writes to."""

    mailbox: Kind
    recipient: str


def route(
    channel: Kind | None,
    office: Addresses,
    fallback: Addresses | None = None,
    *,
    size_bytes: int = 0,
    recipients: int = 1,
) -> Route:
    """Choose mailbox and address for a letter to an office.

    The topic's `channel` wins where the office has such an address; without a wish, or without that
    address, PEC comes first. `fallback` (the institution's own addresses) serves an office that has
    none. A letter above the PEC limit (`size_bytes` as `encoded_size` gives it) goes to the office's
    ordinary mailbox. Raises TooLargeForPec when there is none, NoRoute without any address.
    """
    for place in (office, fallback or Addresses()):
        kinds = [kind for kind in _preference(channel) if place.of(kind)]
        if not kinds:
            continue
        fitting = [kind for kind in kinds if kind == "peo" or fits_pec(size_bytes, recipients)]
        if not fitting:
            raise TooLargeForPec(f"{size_bytes} bytes to {recipients} recipients")
        return Route(fitting[0], place.of(fitting[0]) or "")
    raise NoRoute("no address to write to")


def fits_pec(size_bytes: int, recipients: int = 1) -> bool:
    """Whether PEC carries a letter of this encoded size to this many recipients."""
    return size_bytes * recipients <= PEC_LIMIT


def encoded_size(attachment_sizes: Iterable[int]) -> int:
    """Bytes of a letter on the wire with attachments of these sizes: base64, 76 symbols a line."""
    return LETTER_OVERHEAD + sum(-(-size // 57) * 78 for size in attachment_sizes)


def _preference(channel: Kind | None) -> tuple[Kind, Kind]:
    return ("peo", "pec") if channel == "peo" else ("pec", "peo")
