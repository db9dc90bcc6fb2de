"""Finds ready answers by the words people write: no accents, no endings, no extra service."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
_NOISE = frozenset(  # words of every sentence, which point to none
    re.findall(
        "[a-z]+",
        "alla alle allo agli anche cosa come con che chi del della delle dello degli dei dove dal dalla gli "
        "hai per piu non nel nella quando quale quali quanto una uno sono sul sulla vorrei posso devo mio "
        "mia the and for can how what when where who with your you are does have from this that",
    )
)


def words(text: str) -> list[str]:
    """The words of `text` that carry meaning, lower case, without accents; three letters or more."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [word for word in re.findall(r"[a-z0-9]+", bare) if len(word) > 2 and word not in _NOISE]


def best(query: str, candidates: Iterable[tuple[T, str, str]], limit: int) -> list[T]:
    """At most `limit` things whose title or body holds words of `query`, those with most words first.

    Candidates are (thing, title, body); a word in the title counts twice, equals keep their order.
    """
    stems = {_stem(word) for word in words(query)}
    scored = [(_score(stems, title, body), thing) for thing, title, body in candidates]
    ranked = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return [thing for _, thing in ranked[:limit]]


def _score(stems: set[str], title: str, body: str) -> int:
    return sum(
        2 * _holds(title_words, stem) + _holds(body_words, stem)
        for title_words, body_words in [(words(title), words(body))]
        for stem in stems
    )


def _holds(found: list[str], stem: str) -> bool:
    return any(word.startswith(stem) for word in found)


def _stem(word: str) -> str:
    """The word without its last vowel or plural s: «strade» must meet «strada», and "roads" "road"."""
    return word[:-1] if len(word) > 4 and word[-1] in "aeious" else word
