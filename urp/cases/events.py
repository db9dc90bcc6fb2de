"""Facts about cases; who listens is in `urp/switchboard.py`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LinkAsked:
    """Somebody asked for a fresh link; nobody knows yet whether the pair is right."""


@dataclass(frozen=True)
class MessageAdded:
    """The citizen, or another person, added words and perhaps files (their row numbers) to an open case."""

    case_id: int
    entry_id: int
    body: str
    files: tuple[int, ...] = ()
    from_other: bool = False


@dataclass(frozen=True)
class CaseWithdrawn:
    """The citizen took the request back."""

    case_id: int


@dataclass(frozen=True)
class CaseAnswered:
    """The office answered in writing; `entry_id` holds the words."""

    case_id: int
    entry_id: int
    body: str
