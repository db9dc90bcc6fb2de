"""One process of this host at a time: whoever reads or sends a mailbox holds its lock."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def only_one(name: str, folder: Path) -> Iterator[bool]:
    """Whether this process is the one on this host that holds `name` for the time of the block.

    A mail server that hangs may hold one worker process, not all of them. The kernel frees the lock
    when the process dies, however it dies; between hosts the leases and keys of the database decide.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = True
        except OSError:
            ours = False
        yield ours
    finally:
        os.close(handle)
