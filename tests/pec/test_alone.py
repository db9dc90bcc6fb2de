"""The library stands alone: it knows nothing of this program, fetches nothing, and loads lightly where it can."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

FILES = sorted((ROOT / "urp/pec").glob("*.py"))
NETWORK = {"socket", "http", "urllib.request", "requests", "aiohttp", "smtplib", "imaplib"}


def imported(text: str) -> set[str]:
    nodes = list(ast.walk(ast.parse(text)))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def foreign(text: str) -> list[str]:
    ours = [name for name in imported(text) if name.split(".")[0] == "urp" and not name.startswith("urp.pec")]
    return ours + sorted(NETWORK & imported(text))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_nothing_of_ours_and_no_network(file: Path) -> None:
    assert foreign(file.read_text()) == []


def test_a_foreign_import_would_be_told() -> None:
    assert foreign("from urp.foundation import db\nimport smtplib\n") == ["urp.foundation", "smtplib"]


@pytest.mark.parametrize("module", ["kinds", "mime", "daticert", "envelope"])
def test_only_signatures_load_the_heavy_libraries(module: str) -> None:
    program = f"import sys, urp.pec.{module}; print('pyhanko' in sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"
