"""The environment beside the code: made once, repaired when half made; no package is downloaded here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from urp.embedded import environment
from urp.embedded.environment import EnvironmentProblem, prepare

WITHOUT_HASH = "chiedilo-urp-does-not-exist==1\n"


def test_a_second_start_does_nothing(root, counted) -> None:
    assert prepare("run", root) == root / ".venv/bin/python"
    first = list(counted)
    prepare("run", root)
    assert counted == first
    assert first[0] == "create"
    assert len(first) == 2


def test_an_environment_for_tests_serves_run_but_not_the_other_way_round(root, counted) -> None:
    prepare("test", root)
    done = len(counted)
    prepare("run", root)
    assert len(counted) == done
    (root / ".venv/stamp-test").unlink()
    prepare("run", root)
    prepare("test", root)
    assert len(counted) == done + 2


@pytest.mark.parametrize("lock", ["requirements-trial.txt", "requirements-dev.txt"])
def test_a_changed_lock_is_installed_again_into_the_same_environment(root, counted, lock) -> None:
    prepare("test", root)
    (root / lock).write_text("# changed\n")
    prepare("test", root)
    assert counted.count("create") == 1
    assert len(counted) == 3


def test_a_failed_installation_leaves_no_stamp_and_is_tried_again(root, counted, monkeypatch) -> None:
    prepare("run", root)
    (root / "requirements-trial.txt").write_text("# changed\n")

    def fail(words: list[str], complaint: str) -> None:
        raise EnvironmentProblem(complaint)

    with monkeypatch.context() as broken:
        broken.setattr(environment, "_call", fail)
        with pytest.raises(EnvironmentProblem, match="could not be installed"):
            prepare("run", root)
    assert not list((root / ".venv").glob("stamp-*"))
    prepare("run", root)
    assert (root / ".venv/stamp-run").exists()


@pytest.mark.parametrize("harm", ["gone", "does not run", "another python", "moved"])
def test_a_broken_environment_is_made_anew(root, counted, harm) -> None:
    prepare("run", root)
    (root / ".venv/stamp-run").unlink()
    python = root / ".venv/bin/python"
    if harm == "gone":
        python.unlink()
    elif harm == "does not run":
        python.write_text("half a file")
    elif harm == "another python":
        python.write_text("#!/bin/sh\necho '3.11.0 (other)|/usr'\n")
    else:
        (root / ".venv/made-in").write_text("/somewhere/else")
    prepare("run", root)
    assert counted.count("create") == 2


def test_a_python_that_cannot_make_environments_gets_one_line(root, monkeypatch) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EnvironmentProblem, match="apt install python3-venv") as problem:
        prepare("run", root)
    assert "\n" not in str(problem.value)
    assert not (root / ".venv").exists()


def test_the_real_tools_make_a_python_that_answers_and_refuse_what_has_no_hash(root) -> None:
    python = prepare("run", root)
    answer = subprocess.check_output([python, "-c", "import sys; print(sys.prefix)"], text=True)
    assert Path(answer.strip()) == root / ".venv"
    (root / "requirements-trial.txt").write_text(WITHOUT_HASH)
    with pytest.raises(EnvironmentProblem):
        prepare("run", root)


def test_an_interrupted_installation_is_finished_by_the_next_start(root) -> None:
    (root / ".venv/bin").mkdir(parents=True)
    os.symlink("/nowhere", root / ".venv/bin/python")
    assert subprocess.check_output([prepare("run", root), "-c", "print('here')"]) == b"here\n"


def test_nothing_but_the_standard_library_is_needed_before_the_environment_exists() -> None:
    """Also a guard for commands.py: `-I -S` hides every installed package."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import urp.embedded.commands"
    words = [sys.executable, "-I", "-S", "-c"]
    assert subprocess.call([*words, code, str(environment.ROOT)]) == 0
    control = subprocess.run([*words, code.replace("commands", "run"), str(environment.ROOT)], stderr=subprocess.PIPE)
    assert b"ModuleNotFoundError" in control.stderr


def lock_in(words: list[str]) -> str:
    """The lock that a command installs."""
    return Path(words[words.index("-r") + 1]).name


@pytest.fixture(autouse=True)
def without_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip is the tool every Python has; uv only makes it faster."""
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with two empty locks."""
    for lock in ("requirements-trial.txt", "requirements-dev.txt"):
        (tmp_path / lock).write_text("")
    return tmp_path


@pytest.fixture
def counted(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, without doing it: environments created, locks installed."""
    done: list[str] = []

    def create(where: Path, uv: str | None) -> None:
        (where / ".venv/bin").mkdir(parents=True, exist_ok=True)
        answer = f"case $2 in 'import pip') exit;; esac; exec {sys.executable} \"$@\""
        (where / ".venv/bin/python").write_text(f"#!/bin/sh\n{answer}\n")
        (where / ".venv/bin/python").chmod(0o755)
        (where / ".venv/made-in").write_text(str(where))
        done.append("create")

    monkeypatch.setattr(environment, "_create", create)
    monkeypatch.setattr(environment, "_call", lambda words, complaint: done.append(lock_in(words)))
    return done
