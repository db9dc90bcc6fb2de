"""Names of files that are safe to show, to save and to send (pure)."""

import re
import unicodedata

LONGEST = 120
LONGEST_ENDING = 10


def safe(name: str) -> str:
    """The last part of a path on one line, without control, invisible or direction signs; at most LONGEST long.

    May be empty. The ending survives the cut: it decides what opens the file.
    """
    last = re.split(r"[/\\]", name)[-1]
    short = last if len(last) <= 1100 else last[:1000] + last[-100:]
    spaced = (" " if sign.isspace() else sign for sign in unicodedata.normalize("NFC", short))
    seen = "".join(sign for sign in spaced if sign == " " or unicodedata.category(sign)[0] not in "CZ")
    line = " ".join(seen.split()).strip(" .")
    stem, dot, ending = line.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return line[:LONGEST].rstrip(" .")
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
