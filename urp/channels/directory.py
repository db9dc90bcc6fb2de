"""Setting up our mailboxes from office data."""

from collections.abc import Iterable
from typing import Any, Protocol, cast

from sqlalchemy import CursorResult, update

from urp.channels.models import Mailbox
from urp.channels.states import MailboxKind, MailboxState
from urp.foundation.db import db, insert_ignore
from urp.foundation.versions import bump


class MailboxEntry(Protocol):
    """One of our addresses, as the office file gives it."""

    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def display_name(self) -> str: ...


class MailboxFile(Protocol):
    """An office file, as far as this room reads it."""

    @property
    def mailboxes(self) -> Iterable[MailboxEntry]: ...


def store(file: MailboxFile) -> None:
    """Create or change our mailboxes; their state and alarms stay.

    Raises ValueError for a channel that is neither `pec` nor `peo`.
    """
    for entry in file.mailboxes:
        kind = MailboxKind(entry.channel)
        values = {"address": entry.address, "display_name": entry.display_name}
        fresh = {"kind": kind.value, "state": MailboxState.ACTIVE.value, "failures": 0, **values}
        added = cast(CursorResult[Any], db.session.execute(insert_ignore(Mailbox, fresh)))
        if added.rowcount == 0:
            db.session.execute(update(Mailbox).where(Mailbox.kind == kind.value).values(**values))
    bump("channels")
