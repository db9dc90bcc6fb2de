"""Commands of incoming mail: fetch, import, list, save, read again."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep

import click

from urp.cases import queries as case_queries
from urp.channels.states import MailboxKind
from urp.cli.command_group import NUMBER, CommandGroup, stop
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inbox import fetch, settle
from urp.inbox import queries as inbox_queries
from urp.inbox.imap_line import HEADERS_SIZE
from urp.inbox.limits import LARGEST
from urp.inbox.process import process, process_one, reader
from urp.inbox.reading import Reader
from urp.inbox.states import NEEDING_CARE, State
from urp.inbox.store import store

MOST_LINES = 500
NOT_SETTLED = (State.NEW, *NEEDING_CARE)

PATIENCE_S = 30.0
LOOK_S = 0.1
"""So long a poll beside us may have a message in hand, and so often we look whether it has done."""

inbox = CommandGroup("inbox", help="Incoming mail.")


@dataclass(frozen=True)
class Imported:
    """What became of a file, as `docs/contract.md` §5 says it."""

    file: str
    outcome: str
    case: str | None = None
    reason: str | None = None


@inbox.command("poll")
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each mailbox.")
def poll(as_json: bool) -> None:
    """Fetch and read what is new, from this very process; exit code 1 when a mailbox could not be read."""
    broken = False
    for mailbox in MailboxKind:
        polled = fetch.Polled(more=True)
        while polled.more:
            polled = fetch.poll(mailbox, insist=True)
            outcomes = process(mailbox)
            states = [outcome.state for outcome in outcomes]
            done = {"mailbox": str(mailbox), **polled.as_dict(), "read": {one: states.count(one) for one in states}}
            click.echo(json.dumps(done) if as_json else f"{mailbox}: {polled}{_counted(states)}")
        broken |= polled.broken
    if broken:
        sys.exit(1)


@inbox.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--mailbox", required=True, type=click.Choice([*map(str, MailboxKind)]))
def import_(files: tuple[Path, ...], mailbox: str) -> None:
    """Take raw messages as if they had arrived in this mailbox now; one JSON line for each."""
    unread = False
    with reader() as child:
        for file in files:
            try:
                done = _imported(file, mailbox, child)
            except OSError as error:
                done, unread = Imported(str(file), State.FAILED, reason=error.strerror or type(error).__name__), True
            except Exception as error:
                done, unread = Imported(str(file), State.FAILED, reason=type(error).__name__), True
            click.echo(json.dumps(asdict(done)))
    if unread:
        sys.exit(1)


@inbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([*map(str, State)]),
    default=[*map(str, NOT_SETTLED)],
)
@click.option("--json", "as_json", is_flag=True, help="One JSON line for each message.")
def list_(states: tuple[str, ...], as_json: bool) -> None:
    """List the oldest messages in the given states, without a word of their content."""
    rows = inbox_queries.listing(states, limit=MOST_LINES + 1)
    codes = case_queries.codes({number for row in rows if (number := row.case_id or row.guess_case_id)})
    for row in rows[:MOST_LINES]:
        code = codes.get(row.case_id or row.guess_case_id or 0)
        click.echo(json.dumps({**row.as_dict(), "code": code}) if as_json else row.as_line(code))
    if len(rows) > MOST_LINES:
        click.echo(f"only the oldest {MOST_LINES} are listed: choose with --state", err=True)


@inbox.command("save")
@click.argument("incoming_id", metavar="ID", type=NUMBER)
@click.argument("file", type=click.Path(path_type=Path))
def save(incoming_id: int, file: Path) -> None:
    """Write a message into a new file, byte for byte as its mailbox gave it."""
    raw = inbox_queries.raw(incoming_id)
    try:
        with file.open("xb") as being_written:
            being_written.write(raw)
    except OSError as error:
        stop(f"{file}: {error.strerror}")
    click.echo(f"{file}: {len(raw)} bytes")


@inbox.command("retry")
@click.argument("incoming_id", metavar="ID", type=NUMBER)
def retry(incoming_id: int) -> None:
    """Read a message again that could not be read, or that somebody took for spam."""
    if inbox_queries.row(incoming_id).size > LARGEST:
        stop(f"incoming message {incoming_id}: only its headers were fetched, there is nothing more to read")
    with transaction():
        settle.retried(incoming_id)
    process_one(incoming_id)
    _wait_for(incoming_id)
    row = inbox_queries.row(incoming_id)
    click.echo(row.as_line())
    if row.state in (State.NEW, State.FAILED):
        sys.exit(1)


def _imported(file: Path, mailbox: str, child: Reader) -> Imported:
    with file.open("rb") as being_read:
        raw = being_read.read(LARGEST + 1)
    size = None if len(raw) <= LARGEST else file.stat().st_size
    if size is not None:
        raw = _headers(raw)
    with transaction():
        stored = store(mailbox, raw, received_at=now(), size=size)
    if size is None:
        process_one(stored.id, child)  # a known message too, if it was stored once and never read
        _wait_for(stored.id)
    row = inbox_queries.row(stored.id)
    case = case_queries.case_by_id(row.case_id) if row.case_id else None
    code = case.code if case else None
    if stored.known:
        return Imported(str(file), "known", code, f"already here as number {row.id}: {row.state}")
    why = ": ".join(word for word in (row.reason, row.note) if word) or None
    if row.state == State.NEW:
        return Imported(str(file), State.FAILED, None, f"not read yet, tried again later: {why or 'in other hands'}")
    return Imported(str(file), row.state, code, why)


def _wait_for(incoming_id: int) -> None:
    until = monotonic() + PATIENCE_S
    while inbox_queries.is_in_hand(incoming_id) and monotonic() < until:
        db.session.rollback()  # to see what others have done since
        sleep(LOOK_S)
    db.session.rollback()


def _headers(raw: bytes) -> bytes:
    ends = [end + len(gap) for gap in (b"\r\n\r\n", b"\n\n") if (end := raw.find(gap)) >= 0]
    return raw[: min(ends, default=0) or HEADERS_SIZE]


def _counted(states: Iterable[str]) -> str:
    found = sorted(states)
    said = ", ".join(f"{found.count(state)} {state}" for state in dict.fromkeys(found))
    return f"; read: {said}" if said else ""
