"""The ledger of the fault campaign: how often each fault was played here, and what it cost."""

import os
import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

THOROUGH = "URP_TEST_THOROUGH"
MANY = 50
HEAD = ("fault", "database", "repetitions", "lost", "doubled", "uncertain", "resolved")


@dataclass(frozen=True)
class Row:
    """What one fault did on one database, over all its repetitions."""

    fault: str
    database: str
    repetitions: int
    lost: int
    doubled: int
    uncertain: int
    resolved: int

    def __add__(self, other: "Row") -> "Row":
        return replace(
            self,
            repetitions=self.repetitions + other.repetitions,
            lost=self.lost + other.lost,
            doubled=self.doubled + other.doubled,
            uncertain=self.uncertain + other.uncertain,
            resolved=self.resolved + other.resolved,
        )


ROWS: dict[tuple[str, str], Row] = {}
MEASURED: list[str] = []


def repetitions(few: int) -> int:
    """How often to play a fault: a few times, fifty with `dev.py test --thorough`."""
    return MANY if os.environ.get(THOROUGH) == "1" else few


def note(
    fault: str,
    database: str,
    repetitions: int,
    lost: int = 0,
    doubled: int = 0,
    uncertain: int = 0,
    resolved: int = 0,
) -> None:
    """Write down what a fault did («F6 killed after the marker», «sqlite», …); the same fault again is added up.

    `uncertain` were in doubt at some time, `resolved` of them no longer are. Judging is the test's own work.
    """
    row = Row(fault, kind(database), repetitions, lost, doubled, uncertain, resolved)
    known = ROWS.get((row.fault, row.database))
    ROWS[row.fault, row.database] = known + row if known else row


def measured(line: str) -> None:
    """A figure to print below the table; nothing asserts it."""
    MEASURED.append(line)


def kind(database: str) -> str:
    """`sqlite` or `postgresql`, of an address too."""
    return database.partition(":")[0].partition("+")[0]


def written() -> dict[str, Any]:
    """The ledger of this process, as plain values for another one."""
    return {"rows": [astuple(row) for row in ROWS.values()], "measured": list(MEASURED)}


def add(rows: Sequence[Sequence[Any]], measured: Sequence[str]) -> None:
    """Take in what another process has `written`."""
    for row in rows:
        note(*row)
    MEASURED.extend(measured)


def table() -> list[str]:
    """The lines to print; none when no fault was played."""
    if not ROWS:
        return []
    cells = [HEAD, *(tuple(str(cell) for cell in astuple(row)) for row in sorted(ROWS.values(), key=_place))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    played = [
        " · ".join(cell.ljust(width) if column < 2 else cell.rjust(width) for column, (cell, width) in pairs)
        for pairs in ([*enumerate(zip(line, widths, strict=True))] for line in cells)
    ]
    return played + MEASURED


def _place(row: Row) -> tuple[int, str, str]:
    number = re.match(r"F(\d+)", row.fault)
    return (int(number[1]) if number else 999, row.fault, row.database)
