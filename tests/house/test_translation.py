"""English says everything that Italian says: no sentence is missing, doubtful or left over."""

import gettext
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from tests.house.sources import ROOT, read

FOLDER = ROOT / "urp/translations/en/LC_MESSAGES"
MADE_WITH = "pybabel extract -F pyproject.toml -k _l -o messages.pot ."
SAMPLE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Ciao %(name)s"
msgstr "Hello %(name)s"
"""


def faults(catalog: Catalog, wanted: Catalog) -> list[str]:
    """What is wrong with a translation of the wanted sentences."""
    found = [f"{message.id}: doubtful" for message in catalog if message.id and message.fuzzy]
    found += [f"{message.id}: not translated" for message in catalog if message.id and not _is_full(message.string)]
    found += [f"{message.id}: {error}" for message in catalog if message.id for error in message.check()]
    found += [f"{key}: missing" for key in keys(wanted) - keys(catalog)]
    found += [f"{key}: nobody says it any more" for key in keys(catalog) - keys(wanted)]
    return sorted(found + [f"{key}: nobody says it any more" for key in catalog.obsolete])


def _is_full(string: str | tuple[str, ...]) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def keys(catalog: Catalog) -> set[str]:
    return {str(message.id) for message in catalog if message.id}


def test_every_sentence_is_translated_and_no_other(english: Catalog, said_in_the_program: Catalog) -> None:
    assert len(said_in_the_program) > 150
    assert faults(english, said_in_the_program) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda text: text.replace("Hello %(name)s", ""), "Ciao %(name)s: not translated"),
        (
            lambda text: text.replace('%(name)s"\n', '%(surname)s"\n').replace("Ciao %(surname)s", "Ciao %(name)s"),
            "placeholder",
        ),
        (lambda text: text.replace('msgid "Ciao', '#, fuzzy\nmsgid "Ciao'), "Ciao %(name)s: doubtful"),
        (lambda text: text + '\nmsgid "Addio"\nmsgstr "Farewell"\n', "Addio: nobody says it any more"),
        (lambda text: text.partition('msgid "Ciao')[0], "Ciao %(name)s: missing"),
    ],
)
def test_a_faulty_translation_would_be_told(harm: Callable[[str], str], told: str) -> None:
    python = SAMPLE.replace('msgid "Ciao', '#, python-format\nmsgid "Ciao')
    wanted = read_po(io.BytesIO(python.encode()))
    harmed = read_po(io.BytesIO(harm(python).encode()))

    assert faults(wanted, wanted) == []
    assert any(told in fault for fault in faults(harmed, wanted))


def test_the_compiled_file_says_the_same(english: Catalog) -> None:
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    fresh = io.BytesIO()
    write_mo(fresh, english)
    fresh.seek(0)

    assert compiled._catalog == gettext.GNUTranslations(fresh)._catalog  # type: ignore[attr-defined]


def test_the_compiled_file_is_part_of_the_repository() -> None:
    assert "*.mo" not in read(".gitignore").split()  # a fresh clone has no compiler before its first start


@pytest.fixture
def english() -> Catalog:
    """The translation as it is kept."""
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def said_in_the_program(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every sentence that templates and code would translate."""
    pot = tmp_path_factory.mktemp("said") / "messages.pot"
    tool = str(Path(sys.executable).with_name(MADE_WITH.split()[0]))
    words = [str(pot) if word == "messages.pot" else word for word in MADE_WITH.split()[1:]]
    done = subprocess.run([tool, *words], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    with pot.open("rb") as file:
        return read_po(file)
