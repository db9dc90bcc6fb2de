"""A small program in the place of ours, a post office by itself, and ways to wait without sleeping."""

import imaplib
import json
import os
import shutil
import signal
import smtplib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from urp.embedded import ports
from urp.embedded.post_office_door import PASSWORD_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
OWN = ("urp@posta.example", "urp@pec.posta.example")

WSGI = """
import os
import click
from flask import Flask
from flask.cli import AppGroup
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask("standin")
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['URP_DATA_DIR']}/urp.db"
db = SQLAlchemy(app)
Migrate(app, db)
office = AppGroup("office")
app.cli.add_command(office)

@office.command("import")
@click.argument("file")
@click.option("--first", is_flag=True)
def import_(file, first):
    text = open(file).read()
    if "wrong" in text:
        click.echo("office.toml:1: this is wrong", err=True)
        raise SystemExit(1)

@app.get("/healthz")
def healthz():
    return "ok"

@app.get("/environ")
def environ():
    return {name: value for name, value in os.environ.items() if name.startswith("URP_")}

@app.get("/pid")
def pid():
    return str(os.getpid())
"""

WORKER = """
import os
from celery import Celery

celery = Celery("standin", broker=os.environ["URP_REDIS_URL"])
celery.conf.beat_schedule = {"tick": {"task": "worker.tick", "schedule": 0.2, "options": {"queue": "peo"}}}

@celery.task
def tick():
    with open(os.environ["URP_DATA_DIR"] + "/ticks", "a") as ticks:
        ticks.write(f"{os.getpid()} {os.getppid()}\\n")
"""


@pytest.fixture
def until() -> Callable[..., object]:
    """Wait for a condition; the test fails when it does not come true in time."""

    def wait(condition: Callable[[], object], within_s: float = 20) -> object:
        deadline = time.monotonic() + within_s
        while not (answer := condition()):
            assert time.monotonic() < deadline, f"not true within {within_s} s"
            time.sleep(0.02)
        return answer

    return wait


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The runner's own files beside a program of thirty lines that starts quickly."""
    root = tmp_path / "tree"
    shutil.copytree(ROOT / "urp" / "embedded", root / "urp" / "embedded")
    shutil.copytree(ROOT / "templates" / "embedded", root / "templates" / "embedded")
    for name in ("urp/__init__.py", "urp/config.py", "urp/config_checks.py"):
        shutil.copy(ROOT / name, root / name)
    (root / "wsgi.py").write_text(WSGI)
    (root / "worker.py").write_text(WORKER)
    (root / "office.toml").write_text('[institution]\nemail = "urp@posta.example"\npec = "urp@pec.posta.example"\n')
    (root / "migrations").mkdir()
    (root / "migrations" / "env.py").write_text("")
    (root / "migrations" / "script.py.mako").write_text("")
    shutil.copy(ROOT / "migrations" / "alembic.ini", root / "migrations" / "alembic.ini")
    return root


class Runner:
    """One `urp.embedded.run`, its words in a file."""

    def __init__(self, tree: Path, *options: str, **environ: str) -> None:
        self.words_file = tree / f"words-{time.monotonic_ns()}"
        with self.words_file.open("w") as words:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "urp.embedded.run", *options],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": "", **environ},
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    @property
    def words(self) -> str:
        """What it has printed so far."""
        return self.words_file.read_text()

    def line(self, beginning: str) -> str:
        """The value behind a name in what it told, like the address behind «Site»."""
        found = [line for line in self.words.splitlines() if line.strip().startswith(beginning)]
        return found[0].split("  ")[-1].strip() if found else ""

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end."""
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def run(tree: Path) -> Iterator[Callable[..., Runner]]:
    """Start runners in the small tree; whatever a test leaves running is killed."""
    started: list[Runner] = []

    def start(*options: str, **environ: str) -> Runner:
        started.append(Runner(tree, *options, **environ))
        return started[-1]

    yield start
    for runner in started:
        print(runner.words)
        if runner.process.poll() is None:
            runner.process.kill()
            runner.process.wait()


@pytest.fixture
def processes_of(tree: Path) -> Callable[[], list[str]]:
    """The command lines of all living processes that work in the small tree."""

    def find() -> list[str]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if (folder / "cwd").readlink() == tree and (folder / "cmdline").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
        return found

    return find


@dataclass
class Office:
    """Where the running post office answers."""

    smtp: int
    imap: int
    http: int
    password: str
    authority: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def send(self, sender: str, recipients: list[str], content: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp, timeout=20) as line:
            line.login(sender, self.password)
            assert line.sendmail(sender, recipients, content) == {}

    def raw(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=20) as answer:
            return answer.read()

    def page(self, path: str) -> str:
        return self.raw(path).decode()

    def letters(self, path: str = "/messaggi.json") -> list[dict]:
        return json.loads(self.raw(path))

    def mailbox(self, address: str) -> list[bytes]:
        """What IMAP gives of this mailbox, oldest first."""
        with imaplib.IMAP4("127.0.0.1", self.imap, timeout=10) as mailbox:
            mailbox.login(address, self.password)
            mailbox.select("INBOX")
            _, answers = mailbox.fetch("1:*", "(BODY.PEEK[])")
        return [answer[1] for answer in answers if isinstance(answer, tuple)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """A post office on three free ports, stopped at the end."""
    listeners = {name: ports.listen("127.0.0.1", 0) for name in ("smtp", "imap", "page")}
    words = [f"--{name}={listener.fileno()}" for name, listener in listeners.items()]
    authority = tmp_path / "authority.pem"
    process = subprocess.Popen(
        [sys.executable, "-m", "urp.embedded.post_office", "--pec-ca", str(authority), *OWN, *words],
        cwd=ROOT,
        env={**os.environ, PASSWORD_VARIABLE: "segreta"},
        pass_fds=[listener.fileno() for listener in listeners.values()],
    )
    yield Office(*(ports.port_of(listener) for listener in listeners.values()), password="segreta", authority=authority)
    process.terminate()
    assert process.wait(20) == 0
    for listener in listeners.values():
        listener.close()
