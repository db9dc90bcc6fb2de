"""Questions about our mailboxes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from urp.channels.models import Mailbox
from urp.channels.states import MailboxKind, MailboxState
from urp.config import MailServer
from urp.foundation.db import db, db_now
from urp.foundation.errors import NotFound
from urp.foundation.settings import settings
from urp.foundation.versions import cached


@dataclass(frozen=True)
class Sender:
    """Who our letters come from: the address is both From and SMTP MAIL FROM."""

    address: str
    display_name: str


@dataclass(frozen=True)
class Condition:
    """Whether a mailbox may be used now; instants are UTC."""

    kind: str
    address: str
    state: MailboxState
    reason: str | None
    failures: int
    retry_at: datetime | None
    is_frozen: bool
    may_try: bool


def sender(kind: str) -> Sender:
    """Address and name of our mailbox; the setting `URP_<KIND>_ADDRESS` wins over office data.

    Raises NotFound when neither knows it.
    """
    found = cached("channels", _senders).get(kind)
    override = getattr(settings(), f"{kind}_address")
    if override:
        return Sender(override, found.display_name if found else "")
    if found is None:
        raise NotFound(f"mailbox {kind}")
    return found


def addresses() -> list[str]:
    """The addresses that we write from, as far as they are known."""
    return [address for kind in MailboxKind if (address := _address(kind))]


def server(kind: str) -> MailServer | None:
    """The SMTP server of this mailbox, from the settings; None where none is set."""
    found: MailServer | None = getattr(settings(), f"{kind}_smtp")
    return found


def condition(kind: str) -> Condition | None:
    """How this mailbox is doing, by the database clock; None when office data does not know it."""
    return next((found for found in conditions() if found.kind == kind), None)


def conditions() -> list[Condition]:
    """How all our mailboxes are doing, PEC first."""
    frozen = Mailbox.frozen_at.is_not(None)
    may_try = ~frozen & (Mailbox.retry_at.is_(None) | (Mailbox.retry_at <= db_now()))
    rows = db.session.execute(
        select(
            Mailbox.kind,
            Mailbox.address,
            Mailbox.state,
            Mailbox.reason,
            Mailbox.failures,
            Mailbox.retry_at,
            frozen.label("frozen"),
            may_try.label("may_try"),
        ).order_by(Mailbox.kind)
    )
    return [
        Condition(kind, address, MailboxState(state), reason, failures, retry_at, bool(still), bool(free))
        for kind, address, state, reason, failures, retry_at, still, free in rows
    ]


def _address(kind: str) -> str | None:
    try:
        return sender(kind).address
    except NotFound:
        return None


def _senders() -> dict[str, Sender]:
    rows = db.session.execute(select(Mailbox.kind, Mailbox.address, Mailbox.display_name))
    return {kind: Sender(address, name) for kind, address, name in rows}
