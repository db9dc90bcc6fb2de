"""On which line of a TOML document each key stands: `tomllib` reads values and forgets places."""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")
_KEY_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"""{1,3}|\'\'\'.*?\'\'\'{1,3}|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def locate(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and array element of `text`, which must be valid TOML.

    A path is made of keys and array positions: ("topics", 2, "office") is the third topic's office.
    """
    return _Scanner(text).document()


def nearest(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the closest table around it when the key itself is not written."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    """Walks through a document that `tomllib` has accepted, so every token is where it should be."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = [end.start() for end in re.finditer("\n", text)]
        self._lines: dict[Path, int] = {}
        self._elements: dict[Path, int] = {}  # how many times each [[table]] has been opened

    def document(self) -> dict[Path, int]:
        table: Path = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table)
            self._take(_BLANK)
        return self._lines

    def _header(self) -> Path:
        array = self._text.startswith("[[", self._at)
        line = self._line()
        self._at += 2 if array else 1
        path: Path = ()
        keys = self._dotted_key()
        for place, key in enumerate(keys, 1):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if array and place == len(keys):
                self._elements[path] = self._elements.get(path, 0) + 1
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
                self._lines.setdefault(path, line)
        self._at += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._dotted_key():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._take(_BLANK)
        if self._text[self._at] == "[":
            self._inside("]", path)
        elif self._text[self._at] == "{":
            self._inside("}", path)
        elif not self._take(_STRING):
            self._take(_SCALAR)

    def _inside(self, end: str, path: Path) -> None:
        self._at += 1
        place = 0
        self._take(_BLANK)
        while self._text[self._at] != end:
            if end == "}":
                self._pair(path)
            else:
                self._lines[(*path, place)] = self._line()
                self._value((*path, place))
            place += 1
            self._take(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._take(_BLANK)
        self._at += 1

    def _dotted_key(self) -> list[str]:
        keys = []
        while True:
            self._take(_BLANK)
            token = self._take(_KEY_PART)
            keys.append(next(iter(tomllib.loads(f"{token} = 0"))))  # undoes quotes and escapes
            self._take(_BLANK)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _take(self, token: re.Pattern[str]) -> str:
        found = token.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_right(self._ends, self._at - 1) + 1
