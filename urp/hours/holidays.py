"""The days on which Italy rests: national holidays and the patron saint of the office's own town."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from holidays import country_holidays, list_supported_countries

Language = Literal["it", "en"]
DEFAULT_SUBDIVISION = "MI"

# The library answers an unknown language such as «it» in English, without a word.
LIBRARY_LANGUAGES = ("it_IT", "en_US")


class DayName(NamedTuple):
    """Why a day is special, in the words of each language."""

    it: str
    en: str

    def spoken(self, language: Language) -> str:
        """The name in the given language."""
        return self.it if language == "it" else self.en


Holidays = Mapping[date, DayName]


@dataclass(frozen=True, slots=True)
class Override:
    """The office's own word on a holiday: `is_open` works on it, otherwise rests on a day of its own."""

    day: date
    is_open: bool
    reason: str = ""


@cache
def national(first_year: int, last_year: int, subdivision: str = DEFAULT_SUBDIVISION) -> Holidays:
    """Holidays from `first_year` to `last_year`, both included, with the patron of the province's chief town.

    L. 260/1949 as amended, last by L. 151/2025 (4 October, from 2026); `subdivision` is the
    province's two-letter code. Raises ValueError for a subdivision without a known patron.
    """
    if subdivision not in list_supported_countries()["IT"]:
        raise ValueError(f"no patron saint is known for {subdivision!r}: write a province code such as MI")
    years = range(first_year, last_year + 1)
    italian, english = (
        country_holidays("IT", subdiv=subdivision, years=years, language=language) for language in LIBRARY_LANGUAGES
    )
    names = {day: DayName(_tidy(name, "e"), _tidy(english[day], "and")) for day, name in sorted(italian.items())}
    return MappingProxyType(names)


def apply(overrides: Iterable[Override], found: Holidays) -> Holidays:
    """The holidays as the office keeps them: opened ones left out, its own added or renamed."""
    kept = dict(found)
    for override in overrides:
        if override.is_open:
            kept.pop(override.day, None)
        else:
            kept[override.day] = DayName(override.reason, override.reason)
    return kept


def _tidy(name: str, conjunction: str) -> str:
    return name.replace("'", "’").replace("; ", f" {conjunction} ")
