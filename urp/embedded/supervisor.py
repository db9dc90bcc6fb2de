"""The keeper of the services: starts them, repeats their words, restarts what dies, stops everything."""

import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

from urp.embedded.processes import FINAL, Service, drain, kill_group, start

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0
STEADY_AFTER_S = 20.0
DEATHS_BEFORE_READY = 3


class CannotStart(Exception):
    """The service cannot come up; the text says in one line why."""


@dataclass
class _Kept:
    """A service under care: its process now, its half-said line, when it may start again."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    unfinished: bytes = b""
    started: float = 0.0
    pause: float = FIRST_PAUSE_S
    due: float | None = None
    deaths: int = 0


@dataclass
class Supervisor:
    """Used as a context: signals are caught inside, and nothing of what it started survives it."""

    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self.stop_asked = 0
        self.ready = False
        self._kept: dict[str, _Kept] = {}
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        self._bell, doorbell = socket.socketpair()
        self._bell.setblocking(False)
        doorbell.setblocking(False)
        self._doorbell = doorbell
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        self._old_wakeup = signal.set_wakeup_fd(doorbell.fileno(), warn_on_full_buffer=False)
        self._old_handlers = {
            signal.SIGINT: signal.signal(signal.SIGINT, self._asked_to_stop),
            signal.SIGTERM: signal.signal(signal.SIGTERM, self._asked_to_stop),
            signal.SIGHUP: signal.signal(signal.SIGHUP, self._asked_to_stop),
            signal.SIGCHLD: signal.signal(signal.SIGCHLD, lambda number, frame: None),
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        self._selector.close()
        self._bell.close()
        self._doorbell.close()

    def add(self, *services: Service) -> None:
        """Start the services and keep them alive from now on."""
        for service in services:
            kept = self._kept[service.name] = _Kept(service)
            self._start(kept)

    def run_once(self, service: Service) -> int | None:
        """Run a job to its end while caring for the others; its exit code, or None if asked to stop."""
        job = _Kept(service)
        self._start(job)
        assert job.process is not None
        process = job.process
        try:
            while process.poll() is None and not self.stop_asked:
                self.attend(0.2)
            return None if self.stop_asked else process.returncode
        finally:
            self._forget(job)

    def attend(self, at_most_s: float) -> None:
        """Wait up to that long for news, pass words on, restart what has died and is due."""
        soonest = min((kept.due for kept in self._kept.values() if kept.due is not None), default=None)
        if soonest is not None:
            at_most_s = max(0.0, min(at_most_s, soonest - time.monotonic()))
        self._listen(at_most_s)
        for kept in self._kept.values():
            if kept.process is not None and kept.process.poll() is not None:
                self._bury(kept)
            elif kept.due is not None and time.monotonic() >= kept.due:
                self._start(kept)

    def stop(self) -> None:
        """Stop all, wave after wave: ask, wait within the grace, then kill. A second signal hurries."""
        impatient_after = self.stop_asked + 1
        for wave in sorted({kept.service.wave for kept in self._kept.values()}):
            group = [kept for kept in self._kept.values() if kept.service.wave == wave and kept.process]
            for kept in group:
                assert kept.process is not None
                with suppress(ProcessLookupError):
                    kept.process.terminate()
            asked = time.monotonic()
            while any(_is_granted(kept, time.monotonic() - asked) for kept in group):
                if self.stop_asked >= impatient_after:
                    break
                self._listen(0.2)
            for kept in group:
                self._forget(kept)
        self._kept.clear()

    def _start(self, kept: _Kept) -> None:
        kept.started, kept.due = time.monotonic(), None
        kept.process = start(kept.service)
        stream = kept.process.stdout
        assert stream is not None
        os.set_blocking(stream.fileno(), False)
        self._selector.register(stream, selectors.EVENT_READ, kept)

    def _listen(self, at_most_s: float) -> None:
        for key, _ in self._selector.select(at_most_s):
            if key.data is not None:
                self._repeat_words(key.data)
            else:
                with suppress(BlockingIOError):
                    self._bell.recv(4096)

    def _repeat_words(self, kept: _Kept) -> None:
        assert kept.process is not None
        assert kept.process.stdout is not None
        words = drain(kept.process.stdout)
        if not words:  # the last writer has closed its end: nothing more will come
            self._selector.unregister(kept.process.stdout)
            kept.process.stdout.close()
        *lines, kept.unfinished = (kept.unfinished + words).split(b"\n")
        if not words and kept.unfinished:
            lines, kept.unfinished = [kept.unfinished], b""
        for line in lines:
            self.say(f"{kept.service.name:>11} | {line.decode(errors='replace')}")

    def _bury(self, kept: _Kept) -> None:
        assert kept.process is not None
        code = kept.process.returncode
        self._forget(kept)
        kept.deaths += 1
        if not self.ready and (code == FINAL or kept.deaths >= DEATHS_BEFORE_READY):
            raise CannotStart(f"{kept.service.name} does not start ({_cause(code)}){kept.service.log}")
        if time.monotonic() - kept.started > STEADY_AFTER_S:
            kept.pause = FIRST_PAUSE_S
        kept.due = time.monotonic() + kept.pause
        self.say(f"{kept.service.name} has died ({_cause(code)}); starting it again in {kept.pause:g} s")
        kept.pause = min(kept.pause * 2, LONGEST_PAUSE_S)

    def _forget(self, kept: _Kept) -> None:
        if kept.process is None:
            return
        kill_group(kept.process)
        kept.process.wait()
        if kept.process.stdout is not None and not kept.process.stdout.closed:
            while not kept.process.stdout.closed:
                self._repeat_words(kept)
        kept.process = None

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_asked += 1


def _is_granted(kept: _Kept, waited_s: float) -> bool:
    return kept.process is not None and kept.process.poll() is None and waited_s < kept.service.grace_s


def _cause(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
