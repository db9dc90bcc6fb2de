"""The data folder of a trial: private, and used by one runner at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK_NAME = "runner.lock"


class InUse(Exception):
    """Another runner has this folder; the text says which process."""


@contextmanager
def held(folder: Path) -> Iterator[Path]:
    """Create the folder (mode 0700) and hold it; the lock file is gone afterwards. Raises InUse."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / LOCK_NAME
    lock = _lock(path)
    try:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield folder
    finally:
        path.unlink(missing_ok=True)  # while still holding it: nobody else can hold this very file
        lock.close()


def _lock(path: Path) -> IO[str]:
    while True:
        lock = path.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise InUse(f"{path.parent} is already in use by another run (process {holder})") from None
        if _is_still_there(lock, path):
            return lock
        lock.close()  # the holder before us has just removed it: what we locked has no name any more


def _is_still_there(lock: IO[str], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except FileNotFoundError:
        return False
