"""Drainers as real processes, each quickly born from one that has read the program already."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy.ext.compiler import compiles

from tests.factories.running import until
from tests.faults import doomed
from urp.app import create_app
from urp.config import load_settings
from urp.foundation import db as foundation
from urp.foundation.clock import now
from urp.outbox import arrows, send, staged_smtp

BORN_FROM = multiprocessing.get_context("forkserver")
BORN_FROM.set_forkserver_preload(["tests.faults.senders", "sqlite3", "psycopg", "gunicorn.workers.gthread"])
PATIENCE_S = 60


@dataclass(frozen=True)
class Orders:
    """What a drainer is told: where everything is, and how its world differs from ours."""

    database: str
    host: Path  # its data folder: two drainers of one host take turns, of two hosts they do not
    smtp: str
    mailbox: str = "peo"
    points: Path | None = None  # where points of `doomed` are armed
    lease_s: float | None = None
    patience: Mapping[str, float] = field(default_factory=dict)  # of the SMTP line: CONNECT_S, REPLY_S, …
    python_clock: timedelta = timedelta()
    sqlite_clock: timedelta = timedelta()  # SQLite has no clock but the machine's
    trust: Path | None = None  # certificate of the authority
    log: Path | None = None
    fence: bool = True  # False: the marker is believed to have been set, a control of the tests

    def but(self, **changes: Any) -> "Orders":
        """The same orders with changes."""
        return replace(self, **changes)


class Drainer:
    """One `drain` in a process of its own."""

    def __init__(self, orders: Orders) -> None:
        self.process: ForkServerProcess = BORN_FROM.Process(target=_drain, args=(orders,))
        self.process.start()
        assert self.process.pid is not None
        self.pid = self.process.pid

    def end(self, within_s: float = PATIENCE_S) -> int:
        """Wait until it has ended; its exit code, negative for a signal."""
        self.process.join(within_s)
        assert self.process.exitcode is not None, "the drainer still runs"
        return self.process.exitcode

    def stands_still(self) -> bool:
        """Whether it was stopped (SIGSTOP)."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        self.end()

    def wait_until_it_stands_still(self) -> None:
        """Until the signal has come to it."""
        until(self.stands_still, PATIENCE_S)


def drain(orders: Orders) -> int:
    """Let a process drain once, to its end."""
    return Drainer(orders).end()


def _drain(orders: Orders) -> None:
    if orders.log:
        words = os.open(orders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for descriptor in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(words, descriptor)
    if orders.points:
        doomed.install(orders.points)
    if not orders.fence:
        arrows.marked = lambda *_given: True
    if orders.lease_s:
        doomed.shorten_leases(orders.lease_s)
    if orders.trust:
        os.environ["SSL_CERT_FILE"] = str(orders.trust)
    for name, seconds in orders.patience.items():
        assert hasattr(staged_smtp, name)
        setattr(staged_smtp, name, seconds)
    with _another_time(orders):
        app = create_app(
            load_settings(
                {},
                env="test",
                database_url=orders.database,
                data_dir=orders.host,
                peo_smtp=orders.smtp,
                pec_smtp=orders.smtp,
            )
        )
        with app.app_context():
            done = send.drain(orders.mailbox)
        with suppress(OSError):  # the words may go to a full disk
            print(os.getpid(), orders.mailbox, done, flush=True)


@contextmanager
def _another_time(orders: Orders) -> Iterator[None]:
    if orders.sqlite_clock:
        _shift_sqlite(orders.sqlite_clock.total_seconds())
    if not orders.python_clock:
        yield
        return
    with time_machine.travel(now() + orders.python_clock, tick=True):
        yield


def _shift_sqlite(seconds: float) -> None:
    ours = foundation._now_on_sqlite

    @compiles(foundation.db_now, "sqlite")
    def shifted(element: foundation.db_now, compiler: Any, **kw: Any) -> str:
        return f"({ours(element, compiler, **kw)} + {int(seconds * 1_000_000)})"
