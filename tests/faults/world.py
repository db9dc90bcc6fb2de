"""A whole service with points at which it can die, its mail server, and what its citizens were told."""

import http.client
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.factories.citizens import Citizen
from tests.factories.running import Running, start, until
from tests.faults import doomed, oracle
from tests.smtp_scripted import ScriptedSMTP

BROKEN = (ConnectionError, http.client.HTTPException, TimeoutError)
SOON = {doomed.LEASE: "3", doomed.TICK: "2"}
"""Leases and timetable of a service under test: a tenth of the real ones, so that fifty times take no day."""


@dataclass
class World:
    """What a test of faults has in hand."""

    service: Running
    smtp: ScriptedSMTP
    points: Path
    codes: list[str] = field(default_factory=list)
    doubts: int = 0
    asked: int = 0

    @property
    def database(self) -> str:
        return self.service.database_url

    def citizen(self) -> Citizen:
        """Somebody new."""
        self.asked += 1
        citizen = Citizen(self.service.browser())
        citizen.contacts["email"] = f"cittadino{self.asked}@posta.example"
        return citizen

    def ask(self) -> str:
        """A question by somebody new; its code."""
        code = self.citizen().send_question()
        self.codes.append(code)
        return code

    def settle(self, within_s: float = 60) -> None:
        """Wait until no letter waits any more."""
        until(lambda: not oracle.waiting(self.database), within_s)

    def judge(self, fault: str, repetitions: int = 1, *, within_s: float = 60) -> None:
        """Wait until all letters have come somewhere, compare the three accounts, write them down."""
        self.settle(within_s)
        verdict = oracle.compare(self.database, self.smtp, self.codes)
        new, self.doubts = len(verdict.uncertain) - self.doubts, len(verdict.uncertain)
        self.codes = list(verdict.cases)  # what went wrong is told once
        verdict.note(fault, self.database, repetitions, uncertain=new)

    def kill(self, words: str, number: int = signal.SIGKILL) -> list[int]:
        """Send a signal to the processes of that name; their ids."""
        pids = self.service.pids(words)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        return pids

    def arm(self, point: str, *, skip: int = 0, number: signal.Signals = signal.SIGKILL) -> None:
        """A process of the web, or of the worker, dies at this point."""
        doomed.arm(self.points / ("gunicorn" if point in doomed.WEB else "celery"), point, skip=skip, number=number)

    def sleepers(self) -> list[int]:
        """Processes of the web that stand still (SIGSTOP)."""
        return [pid for pid in self.service.pids("gunicorn") if " T " in Path(f"/proc/{pid}/stat").read_text()]

    def head(self, words: str) -> int:
        """The first of the processes of that name: the one that started the others."""
        return min(until(lambda: self.service.pids(words)))


@contextmanager
def a_world(folder: Path, database: str, **settings: str) -> Iterator[World]:
    """Start it, and stop it at the end."""
    points = folder / "points"
    points.mkdir(parents=True)
    with ScriptedSMTP() as smtp:
        mail = {"URP_PEO_SMTP": smtp.url(), "URP_PEC_SMTP": smtp.url()}
        program = ("tests.faults.doomed", str(points), "service")
        running = start(folder / "var", database, program, **{"URP_RATE_LIMITS": "off", **SOON, **mail, **settings})
        try:
            yield World(running, smtp, points)
        finally:
            running.stop()


class Crowd:
    """Citizens who ask all the time, and write down every answer: used as a context."""

    def __init__(self, world: World, people: int = 3) -> None:
        self.world = world
        self.slow: list[float] = []
        self.statuses: list[int] = []
        self.broken: list[str] = []
        self.errors: list[BaseException] = []
        self._home = threading.Event()
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._go, name=f"citizen-{one}") for one in range(people)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._home.set()
        for thread in self._threads:
            thread.join(120)

    @property
    def sent(self) -> int:
        """How many questions were sent so far."""
        return len(self.slow)

    def wait_for(self, more: int) -> None:
        """Until so many more questions were sent."""
        goal = self.sent + more
        until(lambda: self.sent >= goal or self.errors)
        assert not self.errors, self.errors

    def p95(self) -> float:
        """Milliseconds of the sending POST."""
        return 1000 * sorted(self.slow)[int(len(self.slow) * 0.95)] if self.slow else 0.0

    def _go(self) -> None:
        while not self._home.is_set():
            try:
                self._ask()
            except BaseException as error:  # kept for the test to see
                self.errors.append(error)
                return

    def _ask(self) -> None:
        with self._guard:
            citizen = self.world.citizen()
        page = patiently(citizen.reach_summary, self.broken)
        began = time.monotonic()
        code = patiently(lambda: send(citizen, page, self.statuses), self.broken)
        with self._guard:
            self.slow.append(time.monotonic() - began)
            self.world.codes.append(code)


def send(citizen: Citizen, page: str, statuses: list[int]) -> str:
    """Step 3, which is safe to repeat; the code."""
    answer = citizen.send(page)
    statuses.append(answer.status_code)
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def patiently(act, broken: list[str]):
    """Do it, again while the line breaks."""

    def tried():
        try:
            return (act(),)
        except BROKEN as error:
            broken.append(type(error).__name__)
            return None

    return until(tried)[0]
