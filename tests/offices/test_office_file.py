"""The office file we ship is right, says what the office has published, and reads easily."""

import re
import tomllib
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from tests.house.gulpease import gulpease, words_in
from urp.offices.importer import OfficeFile, read

FILE = Path(__file__).resolve().parents[2] / "office.toml"
WORDS_WORTH_MEASURING = 10
EASY = 60


def italian_texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every Italian sentence with its path; addresses and proper names are no sentences."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not key.endswith(("_en", "_url")) and not (path.startswith("offices") and key == "name"):
                yield from italian_texts(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from italian_texts(inner, f"{path}.{place}")
    elif isinstance(value, str) and words_in(value) > WORDS_WORTH_MEASURING:
        yield path, value


ITALIAN = list(italian_texts(tomllib.loads(FILE.read_text(encoding="utf-8"))))


def test_the_shipped_file_has_no_mistakes(office: OfficeFile) -> None:
    assert office.institution.name == "Città metropolitana di Milano"


def test_the_published_hours_are_the_shipped_ones(office: OfficeFile) -> None:
    hours = {one.channel: (one.rule, one.by_appointment) for one in office.hours}
    assert hours == {
        "telefono": ("Mo-Th 10:00-12:00,14:00-16:00; Fr 10:00-12:00", False),
        "sportello": ("Tu,Th 10:00-12:00,14:00-16:00", True),
    }
    assert office.institution.phone == "800.88.33.11"
    assert office.institution.phone_tel == "800883311"


def test_the_defaults_are_those_of_the_contract(office: OfficeFile) -> None:
    own = office.institution
    assert own.promise.working_days == 3
    assert (own.limits.requests_per_address_per_hour, own.limits.requests_per_email_per_hour) == (30, 5)
    assert (own.limits.max_files, own.limits.max_file_mb, own.limits.max_total_mb) == (5, 10, 20)
    counter = own.counter
    assert (counter.visit_minutes, counter.desks, counter.tick_minutes) == (30, 1, 10)
    assert (counter.hold_minutes, counter.horizon_days, counter.book_until) == (15, 30, time(16))


def test_topics_end_with_the_two_that_fit_everybody(office: OfficeFile) -> None:
    assert 8 <= len(office.topics) <= 10
    assert [topic.title for topic in office.topics[-2:]] == [
        "Relazioni con il pubblico",
        "Non lo so – ti indirizziamo noi all’ufficio giusto",
    ]
    assert {"disservizio", "appuntamento"} <= {topic.slug for topic in office.topics}


def test_topics_reach_offices_by_pec_and_by_peo(office: OfficeFile) -> None:
    assert {topic.channel for topic in office.topics} == {"pec", "peo", None}


def test_no_address_leaves_the_reserved_example_domains() -> None:
    text = FILE.read_text(encoding="utf-8")
    domains = set(re.findall(r"@([a-z.-]+)", text))
    assert domains == {"cittametropolitana.example", "pec.cittametropolitana.example"}


def test_everything_people_read_has_an_english_version(office: OfficeFile) -> None:
    lists = [office.topics, office.request_types, office.faq, office.offices, office.hours, office.closures]
    entries = [office.institution, office.institution.texts, *office.institution.retention]
    entries += [entry for group in lists for entry in group]
    entries += [field for topic in office.topics for field in topic.extra_fields]
    untranslated = [
        (type(entry).__name__, key)
        for entry in entries
        for key in type(entry).model_fields
        if key.endswith("_en") and getattr(entry, key.removesuffix("_en")) and not getattr(entry, key)
    ]
    assert untranslated == []


@pytest.mark.parametrize(("path", "text"), ITALIAN, ids=[path for path, _ in ITALIAN])
def test_every_italian_text_reads_easily(path: str, text: str) -> None:
    assert gulpease(text) >= EASY, f"{path}: {gulpease(text):.0f}"


@pytest.mark.parametrize(("path", "text"), ITALIAN, ids=[path for path, _ in ITALIAN])
def test_no_italian_sentence_is_longer_than_twenty_words(path: str, text: str) -> None:
    for sentence in re.split(r"(?<=[.!?])\s", text):
        assert words_in(sentence) <= 20, f"{path}: {sentence}"


def test_accents_and_apostrophes_are_written_properly() -> None:
    wrong = re.compile(r"\b(?:perche|piu|puo|citta|gia|cosi|e')(?!\w)|\w'\w", re.IGNORECASE)
    values = [text for _, text in all_texts(tomllib.loads(FILE.read_text(encoding="utf-8")))]
    assert [text for text in values if wrong.search(text)] == []
    assert wrong.search("L'ufficio") and wrong.search("perche no")


def all_texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from all_texts(inner, f"{path}.{key}")


@pytest.fixture(scope="module")
def office() -> OfficeFile:
    return read(FILE)
