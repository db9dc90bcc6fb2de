"""Files can be read in one breath: short, named, with a plate on the door and nothing hidden."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.sources import ROOT, Function, Module, modules

LONGEST_MODULE = 250
LONGEST_FUNCTION = 40
LONGEST_TEST_FILE = 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "service", "base", "types", "core"}
SQL_WORDS = {"select", "insert", "update", "delete", "text", "insert_ignore"}
WITHOUT_SQL = {
    "views",
    "public_views",
    "desk_views",
    "forms",
    "tasks",
    "letters",
    "listeners",
    "cli",
    "switchboard",
    "background",
}
COMMITTING = {"urp/foundation/db.py"}
TESTS = ROOT / "tests"

Guard = Callable[[Module], Iterator[str]]


def length_of_module(module: Module) -> Iterator[str]:
    if module.length > LONGEST_MODULE:
        yield f"{module.name} has {module.length} lines: it holds two ideas, name the second"


def length_of_functions(module: Module) -> Iterator[str]:
    for function in module.functions:
        length = (function.end_lineno or 0) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{module.name}:{function.lineno} {function.name} has {length} lines"


def plate(module: Module) -> Iterator[str]:
    words = (ast.get_docstring(module.tree) or "").partition("\n\n")[0]
    sentence = " ".join(words.split())
    if not sentence.endswith(".") or re.search(r"[.!?] [A-ZÀ-Ù]", sentence):
        yield f"{module.name} has no plate of one sentence: {sentence!r}"


def promises(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{module.name}:{node.lineno} {node.name} promises nothing"


def hidden_imports(module: Module) -> Iterator[str]:
    for function in module.functions:
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{module.name}:{node.lineno} hides an import in {function.name}"


def forbidden_name(module: Module) -> Iterator[str]:
    if module.stem in FORBIDDEN_NAMES:
        yield f"{module.name}: name what it does"


def old_queries(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "query":
            asked = ast.unparse(node.value)
            if asked == "db" or asked[:1].isupper():
                yield f"{module.name}:{node.lineno} asks {asked}.query"


def stray_commits(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == "commit" and module.name not in COMMITTING:
            yield f"{module.name}:{node.lineno} commits: only doors do, with transaction()"


def sql_at_the_door(module: Module) -> Iterator[str]:
    if module.stem not in WITHOUT_SQL:
        return
    for line, source, name in module.imports:
        if name in SQL_WORDS and source.split(".")[0] in ("sqlalchemy", "urp"):
            yield f"{module.name}:{line} imports {name}: SQL has one address"


def careless_relationships(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "relationship":
            words = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if words.get("lazy") != "'raise'":
                yield f"{module.name}:{node.lineno} a relationship that may load by itself"


def unfinished(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.text.splitlines(), 1):
        if re.search(r"#.*\b(TODO|FIXME|XXX)\b", line):
            yield f"{module.name}:{number} is unfinished"


def in_a_module(text: str, name: str = "urp/cases/views.py") -> Module:
    return Module(name, text)


LONG_BODY = "def f():\n" + "    pass\n" * LONGEST_FUNCTION
GUARDS: dict[Guard, Module] = {
    length_of_module: in_a_module("x = 1\n" * (LONGEST_MODULE + 1)),
    length_of_functions: in_a_module(LONG_BODY),
    plate: in_a_module('"""Two. Sentences."""\n'),
    promises: in_a_module("def public():\n    return 1\n"),
    hidden_imports: in_a_module("def f():\n    import os\n"),
    forbidden_name: in_a_module("", "urp/cases/utils.py"),
    old_queries: in_a_module("Case.query.all()\n"),
    stray_commits: in_a_module("db.session.commit()\n"),
    sql_at_the_door: in_a_module("from sqlalchemy import select\n"),
    careless_relationships: in_a_module("relationship('Case')\n"),
    unfinished: in_a_module("x = 1  # TODO think\n"),
}
"""Each guard with a file it must refuse."""


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.__name__)
def test_no_file_of_the_program_breaks(guard: Guard) -> None:
    assert [fault for module in modules() for fault in guard(module)] == []


@pytest.mark.parametrize(("guard", "wrong"), GUARDS.items(), ids=lambda one: getattr(one, "__name__", ""))
def test_a_wrong_file_is_told_by(guard: Guard, wrong: Module) -> None:
    assert len(list(guard(wrong))) == 1


def test_the_guards_see_the_whole_program() -> None:
    names = {module.name for module in modules()}

    assert {"urp/app.py", "urp/cases/withdraw.py", "urp/hours/calendar.py", "urp/outbox/send.py"} <= names


def test_tests_are_short_too_and_have_a_plate() -> None:
    long = [module.name for module in modules(TESTS) if module.length > LONGEST_TEST_FILE]
    bare = [module.name for module in modules(TESTS) if not ast.get_docstring(module.tree)]

    assert (long, bare) == ([], [])


def test_no_test_sleeps_but_between_two_looks_at_a_condition() -> None:
    assert [fault for module in modules(TESTS) for fault in blind_sleeps(module)] == []


def test_a_blind_sleep_would_be_told() -> None:
    patient = "while not done():\n    time.sleep(0.1)\n"

    assert list(blind_sleeps(in_a_module(patient))) == []
    assert list(blind_sleeps(in_a_module("time.sleep(1)\n", "tests/x.py"))) == ["tests/x.py:1 sleeps"]


def blind_sleeps(module: Module) -> Iterator[str]:
    loops = [node for node in ast.walk(module.tree) if isinstance(node, ast.While | ast.For)]
    patient = {id(inner) for loop in loops for inner in ast.walk(loop)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sleep", "time.sleep") and id(node) not in patient:
            yield f"{module.name}:{node.lineno} sleeps"
