"""One child process: in its own group, tied to its parent's life, stopped with all its descendants."""

import ctypes
import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
FINAL = 78  # <sysexits.h> EX_CONFIG: the exit code of a service for which trying again would not help
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Service:
    """What is started, with what, and how it stops: lower waves first, killed after `grace_s`."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    sockets: tuple[int, ...] = ()
    wave: int = 0
    grace_s: float = 3.0
    log: str = ""


def die_with_parent() -> None:
    """Ask the kernel to kill this process when the thread that started it ends (Linux only)."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def tie_forks() -> None:
    """Make every later fork of this process die with it (the wish is not inherited) and share its memory.

    A collector that visits old objects would copy them into each child: freezing them saved 80 MB in the worker.
    """
    os.register_at_fork(before=gc.freeze, after_in_child=die_with_parent)


def start(service: Service) -> subprocess.Popen[bytes]:
    """Start the service in a group of its own; its words, of both kinds, arrive on `stdout`."""
    return subprocess.Popen(
        service.command,
        env={**os.environ, **service.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=service.sockets,
        start_new_session=True,
        preexec_fn=_tie_to(os.getpid()),  # safe: the keeper has no threads
    )


def _tie_to(parent: int) -> Callable[[], None]:
    def tie() -> None:
        die_with_parent()
        if os.getppid() != parent:  # it went before the kernel knew our wish
            os._exit(1)

    return tie


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group; a pool of workers outlives its killed head otherwise."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def drain(stream: IO[bytes]) -> bytes:
    """Everything that can be read now without waiting; the stream must not block."""
    pieces = []
    with suppress(BlockingIOError):
        while piece := os.read(stream.fileno(), 65536):
            pieces.append(piece)
    return b"".join(pieces)
