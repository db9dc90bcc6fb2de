"""What scripted servers have in common: they listen on loopback, serve each line in a thread, and play faults."""

import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Close:
    """Hang up; at SMTP's `dot` the letter was taken before, unless `accepted` is False."""

    accepted: bool = True


@dataclass(frozen=True)
class Silence:
    """Say nothing more until the client hangs up; at SMTP's `dot` the letter was taken before."""

    accepted: bool = True


@dataclass(frozen=True)
class Drip:
    """Answer as usual, one byte every `pause_s` seconds, until done or the client hangs up."""

    pause_s: float


@dataclass(frozen=True)
class Call:
    """Call this and go on as usual: a place to kill a process or to change the database."""

    act: Callable[[], object]


@dataclass
class _Scene:
    point: str
    fault: Any
    times: int
    when: str


class HangUp(Exception):
    """This session is over."""


class ScriptedServer(ABC):
    """Listens on 127.0.0.1, on a free port unless one is given."""

    def __init__(self, port: int = 0) -> None:
        self.sessions = 0
        self.changed = threading.Condition()
        self.stopping = threading.Event()
        self.lines: set[socket.socket] = set()
        self._scenes: list[_Scene] = []
        self._threads: list[threading.Thread] = []
        self._ear = socket.create_server(("127.0.0.1", port))
        self.port: int = self._ear.getsockname()[1]
        self._start(self._listen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def session(self, line: socket.socket, number: int) -> "Session":
        """The conversation on a new line, the `number`th."""

    def play(self, point: str, fault: Any, *, times: int = 1, when: str = "") -> None:
        """Play `fault` the next `times` that this point is reached with `when` in the client's words."""
        with self.changed:
            self._scenes.append(_Scene(point, fault, times, when))

    def scene(self, point: str, words: str) -> Any:
        """What is to be played here, counted down; None for what is usual."""
        with self.changed:
            for scene in self._scenes:
                if scene.point == point and scene.times > 0 and scene.when.lower() in words.lower():
                    scene.times -= 1
                    return scene.fault
        return None

    def forget_the_script(self) -> None:
        """From now on a server without faults."""
        with self.changed:
            self._scenes.clear()

    def note(self, change: Callable[[], object]) -> None:
        """Change what is told, and wake who waits for it."""
        with self.changed:
            change()
            self.changed.notify_all()

    def stop(self) -> None:
        """Hang up everywhere; no thread and no port stays."""
        self.stopping.set()
        self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()
        with self.changed:
            for line in self.lines:
                _hang_up(line)
        for thread in self._threads:
            thread.join(10)

    def _start(self, act: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=act, args=args, daemon=True, name=type(self).__name__)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self.stopping.is_set():
            try:
                line, _ = self._ear.accept()
            except OSError:
                return
            with self.changed:
                self.sessions += 1
                self.lines.add(line)
            self._start(self._serve, line, self.sessions)

    def _serve(self, line: socket.socket, number: int) -> None:
        session = self.session(line, number)
        with suppress(HangUp, OSError, ValueError):
            session.run()
        _hang_up(session.line)
        self.note(lambda: self.lines.discard(session.line))


class Session(ABC):
    """One conversation: lines are read here, said by who knows the protocol."""

    def __init__(self, server: ScriptedServer, line: socket.socket) -> None:
        self.line = line
        self._stopping = server.stopping
        self._lines = server.lines
        self._note = server.note
        self._heard = b""

    @abstractmethod
    def run(self) -> None:
        """Talk until the line ends."""

    def encrypt(self, context: Any) -> None:
        """Go on under TLS."""
        plain, self.line = self.line, context.wrap_socket(self.line, server_side=True)
        self._note(lambda: self._lines.symmetric_difference_update({plain, self.line}))

    def read_line(self) -> bytes:
        """The client's next line, with its end."""
        while b"\n" not in self._heard:
            more = self.line.recv(65536)
            if not more:
                raise HangUp
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return line + b"\n"

    def drip(self, words: bytes, pause_s: float) -> None:
        """Say it byte by byte."""
        for byte in words:
            self.line.sendall(bytes([byte]))
            if self._stopping.wait(pause_s):
                raise HangUp

    def wait_for_hang_up(self) -> None:
        """Say nothing until the client has enough."""
        while self.line.recv(65536):
            pass
        raise HangUp


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
