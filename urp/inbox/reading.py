"""Reading hostile messages from a safe place: a child process does it, and may die of it."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event, Timer
from types import TracebackType
from typing import BinaryIO, cast

import urp
from urp.inbox import wire
from urp.inbox.content import Reading

WALL_S = 30
TOO_LONG, NO_END = "needed more than 10 s", "no answer within 30 s"
DIED = "the reader died"
_PLACE = Path(urp.__file__).resolve().parents[1]


class Unreadable(Exception):
    """This message cannot be read, now or later; the text is the reason, for an operator."""


class ReaderLost(Unreadable):
    """The reader went away for a reason that may be the machine's: worth another try."""


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
        """What the message says; raises Unreadable, and ReaderLost where the same bytes may pass next time."""
        if self._child and self._child.poll() is not None:
            self.close()
        child = self._child = self._child or self._started()
        late = Event()
        watch = Timer(WALL_S, _stop, (child, late))
        watch.start()
        try:
            return self._ask(child, raw)
        except (wire.Broken, OSError):
            self.close(kill=True)
            if late.is_set():
                raise ReaderLost(NO_END) from None
            if child.returncode == -signal.SIGPROF:
                raise Unreadable(TOO_LONG) from None
            if child.returncode in (-signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS):
                raise Unreadable(DIED) from None
            raise ReaderLost(DIED) from None
        finally:
            watch.cancel()

    def close(self, *, kill: bool = False) -> None:
        """End the child and wait for it: nothing is left behind."""
        child, self._child = self._child, None
        if child is None:
            return
        with suppress(OSError):
            cast(BinaryIO, child.stdin).close()
        try:
            child.wait(0 if kill else 2)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        cast(BinaryIO, child.stdout).close()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the command is ours, the message comes on its input
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"PYTHONPATH": str(_PLACE)},
        )

    def _ask(self, child: subprocess.Popen[bytes], raw: bytes) -> Reading:
        answers = cast(BinaryIO, child.stdout)
        wire.send(cast(BinaryIO, child.stdin), raw)
        plain = _json(wire.receive(answers))
        if "refused" in plain:
            if plain.get("last"):
                self.close()
            raise Unreadable(str(plain["refused"])[:300])
        reading = plain.get("reading")
        if not isinstance(reading, dict):
            raise wire.Broken("no reading")
        count = len(reading.get("words", {}).get("enclosures", ()))
        return wire.reading_of(reading, [wire.receive(answers) for _ in range(count)])


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
