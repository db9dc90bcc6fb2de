"""Counting what a request asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, event


@dataclass
class Counted:
    """The statements and commits seen."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@contextmanager
def counted(engine: Engine) -> Iterator[Counted]:
    """Count statements and commits on an engine; BEGIN and PRAGMA are not work and are left out."""
    seen = Counted()

    def statement(_conn, _cursor, text, _parameters, _context, _many) -> None:
        if not text.startswith(("BEGIN", "PRAGMA")):
            seen.statements.append(" ".join(text.split()))

    def commit(_conn) -> None:
        seen.commits += 1

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)
