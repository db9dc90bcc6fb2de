"""How easy an Italian text reads: the Gulpease index, from 0 (nobody) to 100 (everybody)."""

import re

_PIECE = re.compile(r"[^\W_]+")
_END = re.compile(r"[.!?…]+(?=[\s»”\")]|$)|\n\s*\n|\n(?=\s*[-*•\d])")
_BLANK = re.compile(r"[^\S\n]+")


def gulpease(text: str) -> float:
    """89 + (300 · sentences - 10 · letters) / words, kept between 0 and 100; no words at all read as 100.

    Below 60 a text is hard for who has finished middle school. «L’ufficio» is two words, a code or a
    number is one letter group, a sentence ends at a stop followed by a blank, at an empty line or before
    the next entry of a list.
    """
    words = _PIECE.findall(text)
    if not words:
        return 100.0
    letters = sum(map(len, words))
    return max(0.0, min(100.0, 89 + (300 * _sentences(text) - 10 * letters) / len(words)))


def words_in(text: str) -> int:
    """How many words the index counts; under ten it says nothing of a text."""
    return len(_PIECE.findall(text))


def _sentences(text: str) -> int:
    pieces = _END.split(_BLANK.sub(" ", text))
    return max(1, sum(1 for piece in pieces if _PIECE.search(piece)))
