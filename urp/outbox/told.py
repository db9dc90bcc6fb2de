"""What others say of a letter of ours, as plain values: a PEC receipt, a delivery report (pure)."""

from dataclasses import dataclass
from datetime import datetime


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
class Status:
    """One recipient of a delivery report (RFC 3464): `action` failed, delayed, delivered, relayed or expanded."""

    recipient: str | None
    action: str
    code: str | None  # RFC 3463, for example 5.2.2
    diagnostic: str


@dataclass(frozen=True)
class Report:
    """A delivery report, standard or not: the letter it is about and, of each recipient named, what became."""

    message_ids: tuple[str, ...]  # that it may mean, the surest first
    statuses: tuple[Status, ...]  # at least one
