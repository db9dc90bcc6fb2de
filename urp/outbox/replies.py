"""What becomes of a letter on an SMTP line, as a type for each way (pure)."""

from dataclasses import dataclass

TEXT_LIMIT = 300


@dataclass(frozen=True)
class Reply:
    """What the server said, or what happened to the line (`code` is None)."""

    code: int | None
    text: str


class Accepted(Reply):
    """The server took the letter over."""


class TryLater(Reply):
    """Not now: a 4xx reply, or the line broke before the marker."""


class Refused(Reply):
    """Never: a 5xx reply."""


class Unknown(Reply):
    """The dot left, no reply came: the server may have the letter, or not."""


class Fenced(Reply):
    """The marker found the letter in other hands; the line was dropped without the dot."""


class NoConnection(Reply):
    """The line cannot be opened now."""


class LoginRefused(Reply):
    """The server does not take our name and password."""


class Untrusted(Reply):
    """The server cannot prove who it is, or offers no encryption; nothing was said to it."""


def clean(words: object, limit: int = TEXT_LIMIT) -> str:
    """A server's words, fit to be stored and shown: one short line without control characters."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    spaced = "".join(char if char.isprintable() else " " for char in text[: limit * 4])
    return " ".join(spaced.split())[:limit]
