"""What an act changed in the data, to be told to whoever did it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Named = tuple[str, Any]
"""A thing by the name that people know it by, and everything about it."""


@dataclass(frozen=True)
class Changes:
    """The names of what was added, changed and retired; false when everything already was like this."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.added + other.added, self.changed + other.changed, self.retired + other.retired)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)

    def __str__(self) -> str:
        groups = {"added": self.added, "changed": self.changed, "retired": self.retired}
        said = [f"{len(things)} {word} ({', '.join(things)})" for word, things in groups.items() if things]
        return "; ".join(said) or "nothing changed"


def between(before: Iterable[Named], after: Iterable[Named]) -> Changes:
    """What leads from one state to the other; several things may have the same name, in any order."""
    old, new = _by_name(before), _by_name(after)
    return Changes(
        added=tuple(name for name in new if name not in old),
        changed=tuple(name for name in new if name in old and new[name] != old[name]),
        retired=tuple(name for name in old if name not in new),
    )


def _by_name(things: Iterable[Named]) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = {}
    for name, thing in things:
        found.setdefault(name, Counter())[thing] += 1
    return found
