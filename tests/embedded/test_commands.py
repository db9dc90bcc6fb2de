"""`dev.py`: what it understands, what it starts, what it says to an old Python."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from urp.embedded import chromium, commands
from urp.embedded.chromium import NoChromium
from urp.embedded.environment import EnvironmentProblem

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path("/env/bin/python")
TOO_NEW = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_gets_one_clear_line(version) -> None:
    said = ".".join(map(str, version))
    code = (
        f"import sys; sys.version_info = {(*version, 'final', 0)}; sys.version = '{said} (fake)'; "
        "exec(compile(open('dev.py').read(), 'dev.py', 'exec'))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stderr == f"dev.py: needs Python 3.11 or newer, this is {said}\n"


def test_its_text_uses_nothing_an_old_python_cannot_read() -> None:
    assert newer_than_old((ROOT / "dev.py").read_text()) == []
    assert newer_than_old('print(f"{1}")') == ["JoinedStr"]
    assert newer_than_old("x: int = 1\nprint(a := 2)") == ["AnnAssign", "NamedExpr"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], ["--bind", "127.0.0.1:8000"]),
        (["--demo"], ["--bind", "127.0.0.1:8000", "--demo"]),
        (["--bind", "0.0.0.0:80", "--data", "/srv/urp"], ["--bind", "0.0.0.0:80", "--data", "/srv/urp"]),
        (["--data", "here"], ["--bind", "127.0.0.1:8000", "--data", f"{Path.cwd()}/here"]),
    ],
)
def test_run_becomes_the_runner(become, given, expected) -> None:
    commands.main(["run", *given])
    assert become == [("run", ["-m", "urp.embedded.run", *expected])]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], []),
        (["-k", "mail and not pec"], ["-k", "mail and not pec"]),
        (["--fast", "-x", "tests/pec"], ["-x", "tests/pec", "-m", "not browser and not faults"]),
    ],
)
def test_test_becomes_pytest(become, given, expected) -> None:
    commands.main(["test", *given])
    assert become == [("test", ["-m", "pytest", *commands.SIDE_BY_SIDE, *expected])]


def test_thorough_is_told_to_the_tests(become, monkeypatch) -> None:
    monkeypatch.setenv("URP_TEST_THOROUGH", "")
    commands.main(["test", "--thorough"])
    assert os.environ["URP_TEST_THOROUGH"] == "1"


@pytest.mark.parametrize("given", [[], ["fly"], ["run", "--fly"], ["run", "stray"], ["sure", "--fly"]])
def test_nonsense_is_wrong_use(become, given, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        commands.main(given)
    assert end.value.code == 2
    assert become == []


def test_a_problem_with_the_environment_is_one_line(monkeypatch, capsys) -> None:
    def fail(purpose: str) -> Path:
        raise EnvironmentProblem("this Python cannot create environments: apt install python3-venv")

    monkeypatch.setattr(commands, "prepare", fail)
    assert commands.main(["run"]) == 1
    assert capsys.readouterr().err == ("dev.py: this Python cannot create environments: apt install python3-venv\n")


def test_sure_tries_everything_and_names_what_failed(monkeypatch, capsys) -> None:
    tried = []

    def call(words: list[str], cwd: Path) -> int:
        tried.append(Path(words[0]).name)
        return int(tried[-1] == "mypy")

    monkeypatch.setattr(commands, "prepare", lambda purpose: PYTHON)
    monkeypatch.setattr(commands.subprocess, "call", call)
    assert commands.main(["sure"]) == 1
    assert tried == ["ruff", "ruff", "lint-imports", "mypy", "pytest"]
    assert capsys.readouterr().out == "sure: mypy failed\n"


def test_a_missing_browser_is_said_with_its_cure(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("URP_TEST_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoChromium, match="apt-get install chromium"):
        chromium.find()
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "chromium").chmod(0o755)
    assert chromium.find() == str(tmp_path / "chromium")


def newer_than_old(source: str) -> list[str]:
    """Names of constructs in the text that Python 2.7 or 3.5 does not know."""
    return sorted({type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, TOO_NEW)})


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What the process would have become: for which purpose, with which words."""
    became: list[tuple[str, list[str]]] = []
    asked: list[str] = []

    def prepare(purpose: str) -> Path:
        asked.append(purpose)
        return PYTHON

    monkeypatch.setattr(commands, "prepare", prepare)
    monkeypatch.setattr(commands, "_become", lambda python, words: became.append((asked[-1], list(words))))
    return became
