"""Every key of a TOML document is found on the line where it stands."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from urp.offices.lines import Path as Keys
from urp.offices.lines import locate, nearest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "office.toml", ROOT / "pyproject.toml", Path(__file__).with_name("small_office.toml")]

AWKWARD = '''
# a = 1
plain = 1            # line 3
"quoted key" = 2
dotted.name = "x"    # line 5
text = """first
still = "text"
[not.a.table]
""""                 # ends with one quote more
after = 'a # b'      # line 10
list = [
  1,                 # line 12
  # not this
  { in = "x", two = [3, 4] },
  ["]", '}'],
]
[table]              # line 17
key = {}
[[many]]             # line 19
a = 1
[many.below]
b = 2
[[many.deep]]
c = 3
[[many]]             # line 25
[[many.deep]]
c = 4                # line 27
[[many.deep]]
'c' = 5
day = 2026-12-24
'''
PLACES: dict[Keys, int] = {
    ("plain",): 3,
    ("quoted key",): 4,
    ("dotted", "name"): 5,
    ("text",): 6,
    ("after",): 10,
    ("list",): 11,
    ("list", 0): 12,
    ("list", 1): 14,
    ("list", 1, "in"): 14,
    ("list", 1, "two", 1): 14,
    ("list", 2): 15,
    ("list", 2, 1): 15,
    ("table",): 17,
    ("table", "key"): 18,
    ("many", 0): 19,
    ("many", 0, "below", "b"): 22,
    ("many", 0, "deep", 0, "c"): 24,
    ("many", 1): 25,
    ("many", 1, "deep", 0, "c"): 27,
    ("many", 1, "deep", 1, "c"): 29,
    ("many", 1, "deep", 1, "day"): 30,
}


@pytest.mark.parametrize(("path", "line"), PLACES.items())
def test_awkward_toml_is_located(path: Keys, line: int) -> None:
    assert locate(AWKWARD)[path] == line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_key_that_tomllib_reads_has_a_line_that_shows_it(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    lines, found = text.splitlines(), locate(text)
    for path in paths(tomllib.loads(text)):
        keys = [part for part in path if isinstance(part, str)]
        if isinstance(path[-1], str):
            assert keys[-1] in lines[found[path] - 1], path
        assert path in found


def test_the_awkward_document_is_the_one_tomllib_reads() -> None:
    assert set(PLACES) <= set(paths(tomllib.loads(AWKWARD)))


def test_a_key_that_is_not_written_is_on_the_line_of_its_table() -> None:
    found = locate("a = 1\n[table]\nb = 2\n")
    assert nearest(found, ("table", "missing")) == 2
    assert nearest(found, ("nothing", 3, "here")) == 1


def test_a_document_without_a_last_line_end_is_located() -> None:
    assert locate("a = 1\nb = 2")[("b",)] == 2


def test_an_empty_document_has_no_keys() -> None:
    assert locate("") == {}


def paths(value: Any, path: Keys = ()) -> Iterator[Keys]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from paths(inner, (*path, key))
