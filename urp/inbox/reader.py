"""The process that reads messages, `python -m urp.inbox.reader`: what it is given may break it, and only it.

It says READY first, or why it cannot be. Each message comes as two frames on its input: a number, and the bytes;
each answer is the same number, a frame of JSON, and one frame for each enclosed file. It has no settings, no
database and no secrets; one message may cost it CPU_S of work and MEMORY of space.
"""

import argparse
import gc
import json
import os
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import BinaryIO

from urp.inbox import wire
from urp.inbox.classify import read_message
from urp.inbox.limits import TooMuch
from urp.pec.signature import Trust, TrustError

CPU_S = 10
MEMORY = 512 * 1024 * 1024
OUT_OF_MEMORY = "needed more than 512 MB"
MOST_FILES = 16
"""Open at once: its three lines, and the modules that it loads late."""


def main() -> int:
    """Answer messages until the input ends."""
    options = argparse.ArgumentParser()
    options.add_argument("--ca", type=Path)
    options.add_argument("--providers", default="")
    given = options.parse_args()
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not speak in between
    try:
        trust = Trust.from_file(given.ca, tuple(filter(None, given.providers.split(","))))
    except (TrustError, OSError) as error:
        wire.send(answers, f"the file of PEC certificates: {error}".encode())
        return 1
    _limit_memory()
    _forbid_files_and_processes()
    wire.send(answers, wire.READY)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    while True:
        try:
            number, raw = wire.receive(sys.stdin.buffer), wire.receive(sys.stdin.buffer)
        except wire.Broken:
            return 0
        signal.setitimer(signal.ITIMER_PROF, CPU_S)
        wire.send(answers, number)
        alive = _answer(raw, trust, answers)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if not alive:
            return 1


def _answer(raw: bytes, trust: Trust, answers: BinaryIO) -> bool:
    """Read one message and answer; False when this process should not read another."""
    try:
        frames = wire.frames_of(read_message(raw, trust))
    except TooMuch as reason:
        frames = [_refusal(str(reason))]
    except MemoryError:
        del raw
        gc.collect()
        wire.send(answers, _refusal(OUT_OF_MEMORY, last=True))
        return False
    except Exception as error:  # a fault of ours: the message waits for a person, the next one is read
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        frames = [_refusal(f"the reader failed: {type(error).__name__} at {where}")]
    wire.send(answers, *frames)
    return True


def _refusal(reason: str, *, last: bool = False) -> bytes:
    return json.dumps({"refused": reason, "last": last}).encode("ascii")


def _limit_memory() -> None:
    """Leave so much address space that the resident memory can never pass MEMORY."""
    gc.collect()
    try:
        size, resident = (int(pages) for pages in Path("/proc/self/statm").read_text("ascii").split()[:2])
    except OSError:
        return  # no such file outside Linux, where this limit is not kept either
    space = size * os.sysconf("SC_PAGE_SIZE") + MEMORY - resident * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _forbid_files_and_processes() -> None:
    """Not a byte into a file, few files open, no process beside (of root the kernel takes the last one lightly)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_FILES, MOST_FILES))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
