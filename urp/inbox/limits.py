"""What a message may contain before anybody looks at what it says (pure)."""

from collections.abc import Sequence

LARGEST = 35 * 1024 * 1024
"""Bytes of a message that is kept whole: the 30 MB that PEC carries, after base64, and some more."""

MOST_PARTS = 200
DEEPEST = 20
LONGEST_HEADER = 64 * 1024
MOST_HEADERS = 1000
MOST_ADDRESSES = 100
ADDRESS_HEADERS = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc", "resent-to", "resent-cc"})

Header = tuple[str, bytes]
"""Name in lower case, and the value as it came, its lines joined."""


class TooMuch(Exception):
    """The message is beyond a limit; the text is the reason, for an operator."""


class Budget:
    """Counts the parts of one message, whatever they are nested in."""

    def __init__(self) -> None:
        self._parts = 0

    def spend(self, parts: int, depth: int) -> None:
        """Count parts at this depth; raises TooMuch."""
        self._parts += parts
        if self._parts > MOST_PARTS:
            raise TooMuch(f"more than {MOST_PARTS} parts")
        if depth > DEEPEST:
            raise TooMuch(f"parts nested deeper than {DEEPEST}")


def check_size(raw: bytes) -> None:
    """Raises TooMuch for a message that no mailbox should have taken."""
    if len(raw) > LARGEST:
        raise TooMuch(f"larger than {LARGEST // 1024 // 1024} MB")


def check_header(length: int, count: int) -> None:
    """Raises TooMuch for the header number `count`, of `length` bytes with its line ends."""
    if length > LONGEST_HEADER:
        raise TooMuch(f"a header longer than {LONGEST_HEADER // 1024} kB")
    if count > MOST_HEADERS:
        raise TooMuch(f"more than {MOST_HEADERS} headers")


def check_addresses(headers: Sequence[Header]) -> None:
    """Raises TooMuch when a header names more people than a person writes to."""
    for name, value in headers:
        # names may hold one of the two signs, an address list has both
        if name in ADDRESS_HEADERS and min(value.count(b"@"), value.count(b",") + 1) > MOST_ADDRESSES:
            raise TooMuch(f"more than {MOST_ADDRESSES} addresses in a header")
