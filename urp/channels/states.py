"""What a mailbox is, and whether it works."""

from enum import StrEnum


class MailboxKind(StrEnum):
    """Certified or ordinary; also the name of the worker queue that serves it."""

    PEC = "pec"
    PEO = "peo"


class MailboxState(StrEnum):
    """A stopped mailbox needs a person (wrong password, wrong certificate) but heals by itself."""

    ACTIVE = "active"
    STOPPED = "stopped"
