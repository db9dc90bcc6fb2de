"""The oracle: what clients were told, what the database says and what the mail server took, side by side."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.faults import campaign
from tests.smtp_scripted import ScriptedSMTP

GONE = {"sent", "accepted", "delivered"}
OPEN = {"queued", "sending", "frozen"}


@dataclass(frozen=True)
class Verdict:
    """The three accounts compared; `lost` and `doubled` name what they concern."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    uncertain: tuple[str, ...]
    waiting: int
    cases: tuple[str, ...]

    def note(
        self, fault: str, database: str, repetitions: int = 1, *, uncertain: int | None = None, resolved: int = 0
    ) -> None:
        """Write it into the campaign's ledger and fail where something was lost or doubled.

        `uncertain` says how many were in doubt where that is not what the database says now.
        """
        doubts = len(self.uncertain) if uncertain is None else uncertain
        campaign.note(fault, database, repetitions, len(self.lost), len(self.doubled), doubts, resolved)
        assert (self.lost, self.doubled) == ((), ())


def compare(database: str, server: ScriptedSMTP, codes: Sequence[str] = (), *, refused: int = 0) -> Verdict:
    """Compare; `codes` are the answers clients saw, `refused` letters the server refused for good.

    Lost: a code without its case; a case without letters; a letter said to be sent that the server never
    took; a letter that is neither gone, nor waiting, nor in doubt, nor refused. Doubled: a letter taken
    twice (but for a confirmation by ordinary mail that the rule repeats once) or unknown to us; a case that nobody was told of (the same question asked again); an answer given for two cases.
    """
    rows = _rows(database, "SELECT message_id, state, repeats FROM outbox_message")
    cases = {code: letters for code, letters in _rows(database, _CASES)}
    taken = Counter(letter.message_id for letter in server.journal)
    states = {one: state for one, state, _repeats in rows}
    allowed = {one: 1 + int(str(repeats)) for one, _state, repeats in rows}
    lost = [code for code in codes if code not in cases or not cases[code]]
    lost += [one for one, state in states.items() if state in GONE and one not in taken]
    lost += [one for one, state in states.items() if state in ("dead", "failed", "cancelled")][refused:]
    doubled = [one for one, times in taken.items() if times > allowed.get(one, 0)]
    doubled += [one for one in taken if states.get(one) in OPEN]  # it would leave a second time
    doubled += [code for code in cases if codes and code not in codes]
    doubled += [code for code, times in Counter(codes).items() if times > 1]
    uncertain = [one for one, state in states.items() if state == "uncertain"]
    waiting = sum(state in OPEN for state in states.values())
    return Verdict(tuple(lost), tuple(doubled), tuple(uncertain), waiting, tuple(cases))


def states(database: str) -> Counter[str]:
    """How many letters are in each state."""
    return Counter(str(state) for (state,) in _rows(database, "SELECT state FROM outbox_message"))


def waiting(database: str) -> bool:
    """Whether a letter has still to leave."""
    return bool(OPEN & set(states(database)))


def kinds(database: str) -> Counter[str]:
    """How many letters there are of each kind."""
    return Counter(str(kind) for (kind,) in _rows(database, "SELECT kind FROM outbox_message"))


def count(database: str, table: str) -> int:
    """How many rows a table has."""
    ((number,),) = _rows(database, f"SELECT count(*) FROM {table}")
    return int(str(number))


def integrity(database: str) -> list[str]:
    """What SQLite finds when it checks a database: `ok`, or what is wrong with it."""
    found = _rows(database, "PRAGMA integrity_check") + _rows(database, "PRAGMA foreign_key_check")
    return [" ".join(map(str, line)) for line in found]


def empty_log(database: str) -> None:
    """SQLite: move all of its write-ahead log into the database."""
    if database.startswith("sqlite"):
        _rows(database, "PRAGMA wal_checkpoint(TRUNCATE)")


def change(database: str, statement: str, **names: object) -> int:
    """Change rows behind the program's back: a test's way to let time pass."""
    engine = create_engine(database, poolclass=NullPool, connect_args=_patience(database))
    with engine.begin() as connection:
        return connection.execute(text(statement), names).rowcount


_CASES = """
    SELECT code, (SELECT count(*) FROM outbox_message WHERE case_id = cases.id) FROM cases
"""


def _rows(database: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(database, poolclass=NullPool, connect_args=_patience(database))
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def _patience(database: str) -> dict[str, object]:
    return {"timeout": 20} if database.startswith("sqlite") else {}
