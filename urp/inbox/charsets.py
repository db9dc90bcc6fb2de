"""Bytes to text, whatever they claim to be: never an exception, never a sign lost in silence (pure)."""

import codecs
import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
_TRUSTED = re.compile(
    r"utf-(?:7|8|8-sig|16|16-be|16-le|32|32-be|32-le)|iso8859-\d+|cp\d{3,4}|koi8-[rtu]|mac-\w+|tis-620|kz1048|ptcp154|"
    r"hp-roman8|gb2312|gbk|gb18030|hz|big5(?:hkscs)?|shift_jis(?:x0213|_2004)?|euc_(?:jp|kr|jis_2004|jisx0213)|johab|"
    r"iso2022_(?:jp(?:_(?:1|2|2004|3|ext))?|kr)"
)
"""Codecs of human text: others unpack archives, run for minutes (idna) or make text of escape signs."""

_ALSO_WINDOWS = frozenset({"ascii", "iso8859-1"})
"""Labels under which mail programs send Windows text; where the two differ Latin-1 has control characters only."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_ABROAD = re.compile(r"[^\x00-\x7f]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")
_BROKEN = re.compile(r"[\x80-\x9f\ud800-\udfff]")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"\s+")


def decode(data: bytes, declared: str | None) -> str:
    """The text: as declared, else as UTF-8, else as Windows-1252, else as Latin-1, which takes every byte.

    UTF-8 with some broken letters stays UTF-8, each broken one as U+FFFD.
    """
    for name in (_codec(declared), "utf-8"):
        if name is not None:
            try:
                return data.decode(name)
            except (UnicodeError, ValueError, OverflowError):
                continue
    patched = data.decode("utf-8", "replace")
    broken = patched.count(REPLACEMENT)
    if len(_ABROAD.findall(patched)) > 2 * broken:
        return patched
    try:
        return data.decode("cp1252")
    except UnicodeError:
        return data.decode("latin-1")


def clean(text: str) -> str:
    """Text that any page and database can hold: control characters removed, half characters as U+FFFD."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _BROKEN.sub(REPLACEMENT, _INVISIBLE.sub("", lines))


def one_line(text: str, longest: int) -> str:
    """Clean text on one line without signs that turn its direction, cut at `longest` with an ellipsis."""
    line = _SPACES.sub(" ", _DIRECTIONS.sub("", clean(text))).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _codec(declared: str | None) -> str | None:
    if declared is None or not _NAME.fullmatch(declared):
        return None
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    if name in _ALSO_WINDOWS:
        return "cp1252" if name == "iso8859-1" else None
    return name if _TRUSTED.fullmatch(name) else None
