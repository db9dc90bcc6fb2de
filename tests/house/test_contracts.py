"""Rooms import only from floors below, and nothing reaches around that rule."""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.sources import ROOT, URP, Module, modules, read

CELERY_HAS_A_ROOM = ("tasks", "background")
UPSIDE_DOWN = """
[importlinter]
root_package = urp

[importlinter:contract:upside-down]
name = The cellar above the roof
type = layers
layers =
    urp.foundation
    urp.cases
"""


def lint_imports(*options: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    words = [tool, "--no-cache", *options]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_contracts_between_rooms_are_kept() -> None:
    answer = lint_imports()

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_a_broken_contract_would_be_told(tmp_path: Path) -> None:
    upside_down = tmp_path / "upside-down.ini"
    upside_down.write_text(UPSIDE_DOWN)

    answer = lint_imports("--config", str(upside_down))

    assert answer.returncode == 1
    assert "The cellar above the roof BROKEN" in answer.stdout


def test_every_room_has_chosen_its_floor() -> None:
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (floors,) = [one for one in contracts if one["type"] == "layers"]
    chosen = {room.strip() for floor in floors["layers"] for room in floor.replace("|", ":").split(":")}

    assert floors["exhaustive"] is True
    assert chosen == {path.stem for path in URP.iterdir() if path.suffix == ".py" or is_room(path)} - {"__init__"}


def is_room(path: Path) -> bool:
    return (path / "__init__.py").is_file()


def knowing_celery(found: Iterable[Module]) -> list[str]:
    return [
        f"{module.name}:{line}"
        for module in found
        if module.stem not in CELERY_HAS_A_ROOM
        for line, source, _name in module.imports
        if source.split(".")[0] == "celery"
    ]


def test_only_tasks_and_background_know_celery() -> None:
    assert knowing_celery(modules()) == []


def test_a_verb_that_knows_celery_would_be_told() -> None:
    verb = Module("urp/cases/close.py", '"""Closing."""\n\nfrom celery import shared_task\n')

    assert knowing_celery([verb]) == ["urp/cases/close.py:3"]


@pytest.mark.parametrize("door", ["wsgi.py", "worker.py"])
def test_the_two_doors_know_the_app_and_its_settings_only(door: str) -> None:
    known = {source for _line, source, _name in Module(door, read(door)).imports}

    assert known == {"sys", "urp.app", "urp.config"}
