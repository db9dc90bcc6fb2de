"""The `.venv` beside the code: filled from hash-locked requirements, left alone when nothing changed."""

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
TRIAL = "requirements-trial.txt"
DEVELOPMENT = "requirements-dev.txt"

Purpose = Literal["run", "test"]


class EnvironmentProblem(Exception):
    """The environment cannot be prepared; the text says in one line what to do."""


def prepare(purpose: Purpose, root: Path = ROOT) -> Path:
    """Return the Python of `<root>/.venv`, after creating and filling it where needed.

    An environment made for `test` serves `run` too. An interrupted or failed installation leaves no stamp,
    so the next call repeats it. Raises EnvironmentProblem.
    """
    python = root / ".venv" / "bin" / "python"
    if _is_ready(root, purpose):
        return python
    with _one_at_a_time(root):
        if not _is_ready(root, purpose):
            _install(root, purpose, python)
    return python


def _is_ready(root: Path, purpose: Purpose) -> bool:
    accepted: tuple[Purpose, ...] = ("run", "test") if purpose == "run" else ("test",)
    for kind in accepted:
        with suppress(OSError):
            if _stamp(root, kind).read_text() == _fingerprint(root, kind):
                return True
    return False


def _stamp(root: Path, purpose: Purpose) -> Path:
    return root / ".venv" / f"stamp-{purpose}"


def _fingerprint(root: Path, purpose: Purpose) -> str:
    # Both locks are hashed for `test`, so that its stamp may vouch for `run` as well.
    locks = [TRIAL] if purpose == "run" else [TRIAL, DEVELOPMENT]
    digest = hashlib.sha256(f"{sys.version} {sys.base_prefix} {root}".encode())
    for lock in locks:
        digest.update((root / lock).read_bytes())
    return digest.hexdigest()


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    with (root / TRIAL).open("rb") as file:
        with suppress(OSError):  # a file system without locks: two installations at once are then the user's care
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(root: Path, purpose: Purpose, python: Path) -> None:
    uv = shutil.which("uv")
    if not uv and importlib.util.find_spec("ensurepip") is None:
        raise EnvironmentProblem("this Python cannot create environments: apt install python3-venv")
    print(
        f"Preparing {root / '.venv'} (the first time this takes about half a minute) …",
        file=sys.stderr,
        flush=True,
    )
    for kind in ("run", "test"):
        _stamp(root, kind).unlink(missing_ok=True)
    if not _is_usable(root, python):
        _create(root, uv)
    lock = str(root / (TRIAL if purpose == "run" else DEVELOPMENT))
    if uv:
        words = [uv, "pip", "install", "--python", str(python), "--require-hashes", "-r", lock]
        words += ["--compile-bytecode"]  # as pip does; else the first start takes a quarter of a minute
    else:
        if subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) != 0:
            _call([str(python), "-m", "ensurepip"], "pip could not be added to .venv: see above")
        words = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        words += ["--require-hashes", "-r", lock]
    if not sys.stderr.isatty():
        words.append("--quiet")
    _call(words, f"the packages of {lock} could not be installed: see above, then try again")
    _stamp(root, purpose).write_text(_fingerprint(root, purpose))


def _is_usable(root: Path, python: Path) -> bool:
    """Whether it answers, is of this very Python and was not moved (its scripts name their folder)."""
    with suppress(OSError):
        if _birthplace(root).read_text() != str(root):
            return False
    question = [str(python), "-c", "import sys; print(sys.version, sys.base_prefix, sep='|')"]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.rstrip("\n") == f"{sys.version}|{sys.base_prefix}"


def _birthplace(root: Path) -> Path:
    return root / ".venv" / "made-in"


def _create(root: Path, uv: str | None) -> None:
    folder = root / ".venv"
    # Not sys.executable: dev.py may have been started by the very environment that is thrown away here.
    base = getattr(sys, "_base_executable", sys.executable)
    shutil.rmtree(folder, ignore_errors=True)
    if uv:
        words = [uv, "venv", "--quiet", "--no-python-downloads", "--python", base, str(folder)]
    else:
        words = [base, "-m", "venv", str(folder)]
    _call(words, f"{folder} could not be created: see above (on Debian: apt install python3-venv)")
    _birthplace(root).write_text(str(root))


def _call(words: list[str], complaint: str) -> None:
    if subprocess.call(words, stdout=sys.stderr) != 0:
        raise EnvironmentProblem(complaint)
