"""Reading hostile messages from a safe place: a child process does it, and may die of it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Timer
from types import TracebackType
from typing import Any, BinaryIO, cast

import urp
from urp.inbox import wire
from urp.inbox.content import Reading
from urp.inbox.limits import LARGEST, MOST_PARTS

WALL_S = 30
TOO_LONG, NO_END = "needed more than 10 s", "no answer within 30 s"
DIED = "the reader died"
MOST_ANSWER = 8 * LARGEST
"""Bytes of an answer that we believe: the words of a message grow sixfold at most in JSON, its files do not."""

MOST_WORDS = 1000

_PLACE = Path(urp.__file__).resolve().parents[1]


class Unreadable(Exception):
    """This message cannot be read, now or later; the text is the reason, for an operator."""


class ReaderLost(Unreadable):
    """The reader went away for a reason that may be the machine's: worth another try."""


class NoReader(ReaderLost):
    """There is no reader: its program cannot start here, which says nothing of any message; the text is the reason."""


class Reader:
    """One child process for many messages, started when first needed and again after each death.

    It is given the message and nothing else: no environment, no folder, no open file. `ca_file` holds the
    certificates of PEC providers, `providers` their domains.
    """

    def __init__(self, ca_file: Path | None = None, providers: tuple[str, ...] = ()) -> None:
        trust = ["--ca", str(ca_file.resolve())] if ca_file else []
        self._command = [
            sys.executable,
            "-P",
            "-s",
            "-m",
            "urp.inbox.reader",
            *trust,
            "--providers",
            ",".join(providers),
        ]
        self._child: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The child's process number while there is one."""
        return self._child.pid if self._child else None

    def read(self, raw: bytes) -> Reading:
        """What the message says; raises Unreadable, and ReaderLost where the same bytes may pass next time.

        NoReader where no message at all can be read.
        """
        child = self._ready()
        with _watched(child) as late:
            try:
                found = self._ask(child, raw)
            except (wire.Broken, OSError):
                self.close(kill=True)
                raise _why(child, late) from None
            except BaseException:  # half an answer may be under way: nobody must take it for the next one's
                self.close(kill=True)
                raise
        if isinstance(found, Reading):
            return found
        if found.get("last"):
            self.close()
        raise Unreadable(str(found["refused"])[:300])

    def close(self, *, kill: bool = False) -> None:
        """End the child and wait for it: nothing is left behind."""
        child, self._child = self._child, None
        if child is None:
            return
        if kill:
            child.kill()  # first: what was not written yet would wait for a reader
        with suppress(OSError):
            cast(BinaryIO, child.stdin).close()
        try:
            child.wait(2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        cast(BinaryIO, child.stdout).close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child and self._child.poll() is not None:
            self.close()
        if self._child is None:
            try:
                self._child = self._started()
            except OSError as error:
                raise NoReader(f"the reader cannot be started: {error.strerror}") from None
            self._wait_until_ready(self._child)
        return self._child

    def _wait_until_ready(self, child: subprocess.Popen[bytes]) -> None:
        with _watched(child) as late:
            try:
                said = wire.receive(cast(BinaryIO, child.stdout), MOST_WORDS)
            except (wire.Broken, OSError):
                self.close(kill=True)
                ended = NO_END if late.is_set() else f"it ended with {child.returncode}"
                raise NoReader(f"the reader did not start: {ended}") from None
            except BaseException:
                self.close(kill=True)
                raise
        if said != wire.READY:
            self.close(kill=True)
            raise NoReader(said.decode("utf-8", "replace"))

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the command is ours, the message comes on its input
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(_PLACE)},
        )

    def _ask(self, child: subprocess.Popen[bytes], raw: bytes) -> Reading | dict[str, object]:
        """The whole answer to this message: a reading, or a refusal."""
        self._asked += 1
        number = b"%d" % self._asked
        answers = cast(BinaryIO, child.stdout)
        wire.send(cast(BinaryIO, child.stdin), number, raw)
        if wire.receive(answers, MOST_WORDS) != number:
            raise wire.Broken("the answer to another question")
        frame = wire.receive(answers, MOST_ANSWER)
        plain = _json(frame)
        if "refused" in plain:
            return plain
        reading = plain.get("reading")
        if not isinstance(reading, dict):
            raise wire.Broken("no reading")
        return wire.reading_of(reading, _files(answers, reading, MOST_ANSWER - len(frame)))


def _files(answers: BinaryIO, reading: dict[str, Any], left: int) -> list[bytes]:
    count = len(reading.get("words", {}).get("enclosures", ()))
    if count > MOST_PARTS:
        raise wire.Broken("more files than a message has parts")
    files: list[bytes] = []
    for _ in range(count):
        files.append(wire.receive(answers, left))
        left -= len(files[-1])
    return files


@contextmanager
def _watched(child: subprocess.Popen[bytes]) -> Iterator[Event]:
    """Kill the child when this takes longer than WALL_S; the event says that it did."""
    late = Event()
    watch = Timer(WALL_S, _stop, (child, late))
    watch.start()
    try:
        yield late
    finally:
        watch.cancel()


def _why(child: subprocess.Popen[bytes], late: Event) -> Unreadable:
    """What the end of a child says of the message that it was reading."""
    if late.is_set():
        return ReaderLost(NO_END)
    if child.returncode == -signal.SIGPROF:
        return Unreadable(TOO_LONG)
    if child.returncode in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS):
        return Unreadable(DIED)
    return ReaderLost(DIED)


def _stop(child: subprocess.Popen[bytes], late: Event) -> None:
    late.set()
    child.kill()


def _json(frame: bytes) -> dict[str, object]:
    try:
        plain = json.loads(frame)
    except ValueError:
        raise wire.Broken("no JSON") from None
    if not isinstance(plain, dict):
        raise wire.Broken("no object")
    return plain
