"""Setting up our mailboxes from office data."""

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import or_, update

from urp.channels.models import Mailbox
from urp.channels.states import MailboxKind, MailboxState
from urp.foundation.changes import Changes
from urp.foundation.db import insert_ignore, rows_changed
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


def store(file: MailboxFile) -> Changes:
    """Create or change our mailboxes and tell which; their state and alarms stay.

    Raises ValueError for a channel that is neither `pec` nor `peo`.
    """
    changes = sum((_merge(entry) for entry in file.mailboxes), Changes())
    if changes:
        bump("channels")
    return changes


def _merge(entry: MailboxEntry) -> Changes:
    kind = MailboxKind(entry.channel)
    name = (f"mailbox {kind}",)
    values = {"address": entry.address, "display_name": entry.display_name}
    fresh = {"kind": kind.value, "state": MailboxState.ACTIVE.value, "failures": 0, **values}
    if rows_changed(insert_ignore(Mailbox, fresh)):
        return Changes(added=name)
    differs = or_(Mailbox.address != entry.address, Mailbox.display_name != entry.display_name)
    changed = rows_changed(update(Mailbox).where(Mailbox.kind == kind.value, differs).values(**values))
    return Changes(changed=name) if changed else Changes()
