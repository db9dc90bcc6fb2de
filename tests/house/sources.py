"""The program's own files as the guards read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
URP = ROOT / "urp"
TEMPLATES = ROOT / "templates"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One Python file: its name inside the program, its text and its tree."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file as Python understands it."""
        return ast.parse(self.text)

    @property
    def stem(self) -> str:
        """The word the file is called by."""
        return Path(self.name).stem

    @property
    def length(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    @property
    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    @property
    def imports(self) -> Iterator[tuple[int, str, str]]:
        """What it imports: line, module, name (empty for a whole module)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, node.module or "", one.name) for one in node.names)
            elif isinstance(node, ast.Import):
                yield from ((node.lineno, one.name, "") for one in node.names)


def modules(folder: Path = URP) -> list[Module]:
    """The Python files below a folder, by name."""
    files = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    return [Module(str(path.relative_to(ROOT)), path.read_text("utf-8")) for path in files]


def template_files(*endings: str) -> dict[str, str]:
    """The templates with these endings: name below `templates/` and text."""
    found = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in endings)
    return {str(path.relative_to(TEMPLATES)): path.read_text("utf-8") for path in found}


def read(name: str) -> str:
    """A file of the repository, by its path from the top."""
    return (ROOT / name).read_text("utf-8")
