"""A right office file is read whole; each mistake is told with its line and what to write."""

from pathlib import Path

import pytest

from urp.offices.importer import OfficeFile, parse, read
from urp.offices.problems import OfficeFileError, Problem

SMALL = Path(__file__).with_name("small_office.toml").read_text(encoding="utf-8")
OFFICE, TEXTS = 'office = "tributi"', "[institution.texts]"
VISITS = "\nallows_visit = true\n"
COUNTER = "[institution.counter]\n"
NEED = '[[institution.counter.needs]]\nslug = "lis"  # LIS\ntitle = "Interprete"\n'
# what is written, what somebody writes instead, what stands on the line of the mistake, words of the message
MISTAKES = [
    ('name = "Comune di Pieve"', 'nome = "Pieve"', "nome =", "unknown key «nome»: did you mean «name»?"),
    ('name = "Comune di Pieve"', "", "[institution]", "missing key «name»: write name ="),
    ('city = "Pieve"', 'city = "Pieve"\nxyzzy = 1', "xyzzy", "unknown key «xyzzy»: the keys here are name"),
    ('city = "Pieve"', 'city = "Pie\\u0000ve"', "city =", "write it on one line"),
    ('postcode = "20000"', "postcode = 20000", "postcode", "write text between double quotes"),
    ('postcode = "20000"', 'postcode = "2000"', "postcode", "five digits"),
    ('subdivision = "MI"', 'subdivision = "XX"', "subdivision", "two letters of the province"),
    ('phone = "02 1234567"', 'phone = "chiamaci"', "chiamaci", "write the number as people read it"),
    ('"urp@pieve.example"', '"urp.pieve.example"', "urp.pieve.example", "not an e-mail address"),
    ('"dpo@pieve.example"', '"dpò@pieve.example"', "dpo_email", "not an e-mail address"),
    ('"https://www.pieve.example/"', '"www.pieve.example"', "site_url", "starts with https://"),
    ("form.agid.gov.it/view/1", "www.pieve.example/", "accessibility_url", "only on https://form.agid"),
    ('["modulo", "telefono"]', '[\n  "modulo",\n  "telefax",\n]', "telefax", "write one of 'modulo'"),
    ('["modulo", "telefono"]', '["modulo", "modulo"]', "channels =", "modulo is written twice"),
    ('["modulo", "telefono"]', '["modulo", "sportello"]', "channels =", "sportello has no hours"),
    ("working_days = 5", "", "[institution.promise]", "exactly one of working_days"),
    ("working_days = 5", "working_days = 5\nopen_hours = 6", "[institution.promise]", "exactly one of"),
    ("working_days = 5", "working_days = 0", "working_days", "write 1 or more"),
    ("working_days = 5", "working_days = true", "working_days", "a whole number without quotes"),
    ("working_days = 5", 'working_days = "5"', "working_days", "a whole number without quotes"),
    ("working_days = 5", "working_day = 5", "working_day", "did you mean «working_days»?"),
    ("max_files = 5", "max_files = 0", "max_files", "write 1 or more"),
    ("max_total_mb = 20", "max_total_mb = 5", "[institution.limits]", "one file could never be sent"),
    ("max_total_mb = 20", "max_total_mb = 21", "[institution.limits]", "write max_total_mb = 20 or less"),
    ('channel = "telefono"', 'channel = "telefax"', "telefax", "write one of 'telefono' or 'sportello'"),
    ("valid_from = 2025-01-01", 'valid_from = "2025-01-01"', "valid_from", "a day without quotes"),
    ("first_day = 2026-12-24", "first_day = 2026-12-25", "[[closures]]", "last_day comes before first_day"),
    ('slug = "tributi"', 'slug = "Ufficio Tributi"', "Ufficio Tributi", "lower-case letters"),
    ('pec = "tributi@pec.pieve.example"', "", "[[offices]]", "at least one mailbox"),
    ('"tributi@pec.pieve.example"', '"URP@pec.pieve.example"', "URP@", "would write to itself"),
    ('slug = "segreteria"', 'slug = "tributi"  # again', "# again", "«tributi» is already taken"),
    ('office = "tributi"', 'office = "tributo"', "tributo", "no office «tributo»: did you mean «tributi»?"),
    ('office = "tributi"', "", "[[topics]]", "missing key «office»"),
    ('request_type = "informazioni"', 'request_type = "foia"', "foia", "there is no request type «foia»"),
    ('channel = "pec"', 'channel = "peo"', 'channel = "peo"', "has no peo address"),
    ('channel = "pec"', 'channel = "fax"', "fax", "write one of 'pec' or 'peo'"),
    ('choices = ["Questo", "Prima"]', "", "[[topics.extra_fields]]", "needs choices"),
    ('"Questo", "Prima"', '"Questo"', "[[topics.extra_fields]]", "at least two"),
    ('kind = "choice"', 'kind = "text"', "[[topics.extra_fields]]", "has no choices"),
    ('kind = "choice"', 'kind = "number"', "number", "write one of 'text' or 'choice'"),
    ('title = "Informazioni"', 'title = ""', 'title = ""', "it is empty"),
    ('topics = ["altro"]', 'topics = ["altri"]', "altri", "there is no topic «altri»: did you mean «altro»?"),
    (OFFICE, f"{OFFICE}{VISITS}visit_minutes = 35", "visit_minutes", "write 30 or 40"),
    (OFFICE, f"{OFFICE}{VISITS}visit_minutes = 5", "visit_minutes", "write 10, or change tick_minutes"),
    (OFFICE, f"{OFFICE}{VISITS}visit_minutes = 300", "visit_minutes", "write 240 or less"),
    (OFFICE, f"{OFFICE}\nvisit_minutes = 30", "visit_minutes", "write allows_visit = true"),
    (TEXTS, f"{COUNTER}visit_minutes = 45\n{TEXTS}", "visit_minutes", "write 40 or 50"),
    (TEXTS, f"{COUNTER}tick_minutes = 25\n{TEXTS}", "[institution.counter]", "write a tick_minutes of 5"),
    (TEXTS, f"{NEED}extra_minutes = 15\n{TEXTS}", "extra_minutes", "not a multiple of 10: write 10 or 20"),
    (TEXTS, NEED + NEED.replace("LIS", "again") + TEXTS, "# again", "«lis» is already taken in needs"),
    ("[[faq]]", "[[domande]]", "[[domande]]", "unknown key «domande»"),
    ("[[hours]]", "[hours]", "[hours]", "write [[hours]] with two brackets"),
    ('name = "Segreteria"', "name = Segreteria", "name = Segreteria", "not valid TOML"),
    ('name = "Segreteria"', 'name = "Segreteria"\nname = "Altra"', "Altra", "not valid TOML"),
]


def test_a_right_file_is_read_whole(small: OfficeFile) -> None:
    assert small.institution.name == "Comune di Pieve"
    assert [office.slug for office in small.offices] == ["tributi", "segreteria"]
    assert [topic.slug for topic in small.topics] == ["tasse", "altro"]
    assert small.topics[0].extra_fields[0].choice_pairs("it") == (("Questo", "Questo"), ("Prima", "Prima"))
    assert small.closures[0].ranges == ""
    assert small.institution.counter.visit_minutes == 30


def test_our_mailboxes_have_address_and_display_name(small: OfficeFile) -> None:
    assert [(box.channel, box.address, box.display_name) for box in small.mailboxes] == [
        ("peo", "urp@pieve.example", "URP Pieve"),
        ("pec", "urp@pec.pieve.example", "URP Pieve (PEC)"),
    ]


@pytest.mark.parametrize(("written", "instead", "on_line", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_line(written: str, instead: str, on_line: str, words: str) -> None:
    assert written in SMALL
    text = SMALL.replace(written, instead, 1)
    lines = [problem.line for problem in problems_of(text) if words in problem.message]
    assert lines == [line_with(text, on_line)]


def test_every_mistake_is_told_at_once() -> None:
    text = SMALL.replace('postcode = "20000"', "postcode = 20000").replace("working_days = 5", "working_days = 0")
    text = text.replace('office = "tributi"', 'office = "x"').replace('topics = ["altro"]', 'topics = ["y"]')
    found = problems_of(text)
    assert len(found) == 4
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


def test_a_broken_office_does_not_make_its_topics_look_wrong() -> None:
    text = SMALL.replace('pec = "tributi@pec.pieve.example"', 'pec = "tributi"')
    assert [problem.path for problem in problems_of(text)] == ["offices.0.pec"]


def test_two_topics_with_one_slug_name_the_second() -> None:
    text = SMALL.replace('slug = "altro"', 'slug = "tasse"').replace('["altro"]', '["tasse"]')
    assert problems_of(text)[0].path == "topics.1.slug"


def test_a_missing_institution_is_one_problem_and_not_thirty() -> None:
    text = "[[hours]]" + SMALL.split("[[hours]]")[1]
    assert [one.path for one in problems_of(text)].count("institution") == 1
    assert not [one for one in problems_of(text) if one.path.startswith("institution.")]


def test_a_missing_section_says_which_table_to_add() -> None:
    head, _, rest = SMALL.partition("[[hours]]")
    text = head.replace('["modulo", "telefono"]', '["modulo"]') + "[[closures]]" + rest.split("[[closures]]")[1]
    assert [one.message for one in problems_of(text)] == [
        "nothing is written in hours: add at least one table [[hours]]"
    ]


def test_a_missing_file_is_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(OfficeFileError) as caught:
        read(tmp_path / "nessuno.toml")
    assert "cannot read" in caught.value.problems[0].message


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(SMALL.replace("Siamo in piazza", "È in piazza").encode("latin-1"))
    with pytest.raises(OfficeFileError) as caught:
        read(path)
    assert caught.value.problems[0].line == line_with(SMALL, "Siamo in piazza")


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "office.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read(path).line_of("hours.0.rule") == line_with(SMALL, "rule =")


def test_the_line_of_a_key_that_is_not_written_is_its_table(small: OfficeFile) -> None:
    assert small.line_of("hours.0.note") == line_with(SMALL, "[[hours]]")


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(OfficeFileError) as caught:
        parse(text)
    return caught.value.problems


def line_with(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.fixture(scope="module")
def small() -> OfficeFile:
    return parse(SMALL)
