"""The commands of an administrator: what they say, what they change, how they end."""

import json
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.databases import ROOT
from tests.factories.outbox import posted, put
from tests.factories.snapshots import all_rows
from urp.offices import queries as offices
from urp.outbox.states import State

SMALL = ROOT / "tests/offices/small_office.toml"


def test_checking_the_office_file_says_so_and_changes_nothing(app: Flask) -> None:
    before = all_rows(app)

    code, said, complained = _run(app, "office", "check", str(ROOT / "office.toml"))

    assert (code, complained) == (0, "")
    assert "no mistakes found" in said
    assert all_rows(app) == before


@pytest.mark.parametrize("command", ["check", "import"])
def test_mistakes_are_told_with_their_lines_and_nothing_is_changed(app: Flask, tmp_path: Path, command: str) -> None:
    wrong = tmp_path / "office.toml"
    text = (ROOT / "office.toml").read_text().replace('office = "ambiente"', 'office = "nowhere"')
    wrong.write_text(text.replace("Mo-Th 10:00-12:00", "Mo-Th 12:00-10:00"))
    before = all_rows(app)

    code, said, complained = _run(app, "office", command, str(wrong))

    assert (code, said) == (1, "")
    assert complained.splitlines()
    for line in complained.splitlines():
        place, number, _words = line.split(":", 2)
        assert place == str(wrong)
        assert int(number) > 0
    assert all_rows(app) == before


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[institution", b"a = 1\n"])
def test_a_file_that_cannot_be_read_is_a_line_and_not_a_trace(
    app: Flask, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "office.toml"
    if content is not None:
        file.write_bytes(content)

    code, _said, complained = _run(app, "office", "check", str(file))

    assert code == 1
    assert str(file) in complained
    assert "Traceback" not in complained


def test_importing_again_merges_and_the_running_program_sees_it(app: Flask, tmp_path: Path) -> None:
    changed = tmp_path / "office.toml"
    changed.write_text((ROOT / "office.toml").read_text().replace('city = "Milano"', 'city = "Lodi"', 1))
    with app.app_context():
        assert offices.institution().city == "Milano"

    assert _run(app, "office", "import", str(changed))[0] == 0

    with app.app_context():
        assert offices.institution().city == "Lodi"


def test_the_first_import_is_made_once(app: Flask) -> None:
    before = all_rows(app)

    assert _run(app, "office", "import", "--first", str(SMALL)) == (0, "", "")

    assert all_rows(app) == before


def test_the_outbox_is_listed_by_state_without_a_word_of_its_content(app: Flask) -> None:
    with app.app_context():
        one, _other = posted(2)
        put(one, State.DEAD)

    code, said, _complained = _run(app, "outbox", "list", "--state", "dead", "--json")
    (row,) = map(json.loads, said.splitlines())

    assert code == 0
    assert (row["id"], row["state"], row["recipient"]) == (one, "dead", "giulia.bianchi@posta.example")
    assert "Gentile" not in said
    assert len(_run(app, "outbox", "list")[1].splitlines()) == 2


def test_a_state_that_does_not_exist_is_wrong_use(app: Flask) -> None:
    code, _said, complained = _run(app, "outbox", "list", "--state", "lost")

    assert code == 2
    assert "uncertain" in complained


def test_draining_an_empty_outbox_says_that_nothing_left(app: Flask) -> None:
    code, said, _complained = _run(app, "outbox", "drain")

    assert code == 0
    assert [line.split(":")[0] for line in said.splitlines()] == ["pec", "peo"]


def _run(app: Flask, *words: str) -> tuple[int, str, str]:
    ended = app.test_cli_runner().invoke(args=words)
    return ended.exit_code, ended.stdout, ended.stderr
