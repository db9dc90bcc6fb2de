"""What one poll of a mailbox did (pure)."""

from dataclasses import asdict, dataclass, field


@dataclass
class Polled:
    """What a poll did; `more` when it stopped only because its time was over.

    `stopped` says why it did not read to the end, `broken` whether that counts as a failure of the mailbox.
    """

    stored: int = 0
    known: int = 0
    too_large: int = 0
    vanished: int = 0
    refused: int = 0
    more: bool = False
    broken: bool = False
    stopped: str | None = None
    uidvalidity: int = 0
    shown: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, int | bool | str | None]:
        """Plain values for JSON."""
        return {name: value for name, value in asdict(self).items() if name not in ("uidvalidity", "shown")}

    def __str__(self) -> str:
        done = f"{self.stored} stored, {self.known} known"
        for number, word in ((self.too_large, "too large"), (self.vanished, "gone"), (self.refused, "not given")):
            done += f", {number} {word}" if number else ""
        return f"{done}; stopped: {self.stopped}" if self.stopped else done
