"""The whole service as real processes, as `dev.py run` starts it, on a database of the test's own."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.factories.http_browser import HttpBrowser

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 90
SERVICE = ("urp.embedded.run",)


@dataclass
class Running:
    """A service under test: where it answers, and ways to look at and disturb it."""

    process: subprocess.Popen[bytes]
    site: str
    database_url: str
    data: Path
    log: Path

    def browser(self) -> HttpBrowser:
        """A fresh visitor."""
        return HttpBrowser(self.site)

    def settings(self) -> dict[str, str]:
        """The settings of this run, as its own note says them."""
        words = shlex.split((self.data / "running.env").read_text())
        return {name: value for name, _, value in (word.partition("=") for word in words)}

    def letters(self, recipient: str | None = None, *, made_by: str = "sender") -> list[dict[str, Any]]:
        """What was handed in at the built-in post office, newest first; `provider` for what that one made of it."""
        query = {"made_by": made_by, **({"per": recipient} if recipient else {})}
        url = f"{self.post_office()}messaggi.json?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def wait_for_letter(self, recipient: str, subject: str) -> dict[str, Any]:
        """The letter to this address whose subject holds these words, once it is there."""
        return until(lambda: next((one for one in self.letters(recipient) if subject in one["subject"]), None))

    def source(self, letter: dict[str, Any]) -> bytes:
        """The bytes of a letter as they were sent."""
        url = f"{self.post_office()}messaggi/{letter['number']}/sorgente"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()

    def write(
        self, sender: str, recipient: str, *, subject: str, text: str, answers: dict[str, Any] | None = None
    ) -> None:
        """Write on the page of the post office, as a citizen with a mail program would."""
        page = self.post_office()
        with urllib.request.urlopen(f"{page}scrivi", timeout=10) as form:
            token = re.search(r'name="token" value="([^"]+)"', form.read().decode())
        assert token
        words = {"token": token[1], "from": sender, "to": recipient, "subject": subject, "text": text}
        if answers:
            words["answers"] = answers["number"]
        request = urllib.request.Request(
            f"{page}scrivi", urllib.parse.urlencode(words).encode(), {"Origin": page.removesuffix("/")}
        )
        with urllib.request.urlopen(request, timeout=10) as shown:
            assert "/messaggi/" in shown.url, shown.read()

    def pids(self, words: str) -> list[int]:
        """Processes of this run whose command line holds these words."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and words in _command(folder) and _is_below(int(folder.name), self.process.pid):
                found.append(int(folder.name))
        return found

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(40)

    def post_office(self) -> str:
        """Where the pages of the built-in post office begin."""
        found = re.search(r"Post office.*?(http://\S+)", self.log.read_text())
        assert found, self.log.read_text()
        return found[1]


def start(data: Path, database_url: str, program: Sequence[str] = SERVICE, **settings: str) -> Running:
    """Start web, worker, beat, Redis and post office; waits until they are ready."""
    data.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    log = data.parent / f"{data.name}.log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("URP_", "PYTHONDONT"))}
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, "-m", *program, "--bind", f"127.0.0.1:{port}", "--data", str(data)],
            cwd=ROOT,
            env={**environ, "URP_DATABASE_URL": database_url, **settings},
            stdout=words,
            stderr=subprocess.STDOUT,
        )
    running = Running(process, f"http://127.0.0.1:{port}", database_url, data, log)

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        return "Ready after" in log.read_text()

    until(ready)
    return running


def until(condition: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Wait for a condition and return its value; the test fails when it does not come true."""
    deadline = time.monotonic() + within_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not true within {within_s} s"
        time.sleep(0.05)
    return answer


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _is_below(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False
