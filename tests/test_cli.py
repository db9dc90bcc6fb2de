"""The commands of an administrator: what they say, what they change, how they end."""

import itertools
import json
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.databases import ROOT
from tests.factories.outbox import posted, put, states
from tests.factories.snapshots import all_rows
from tests.smtp_scripted import ScriptedSMTP
from urp.channels import alarms
from urp.cli import outbox as outbox_commands
from urp.config import parse_mail_server
from urp.foundation.db import transaction
from urp.offices import queries as offices
from urp.outbox import send
from urp.outbox.states import Stage, State

SMALL = ROOT / "tests/offices/small_office.toml"
CHANNEL_COUNTER = 'channel = "sportello"'


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


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"Mo-Th 10:00-12:00,14:00-16:00; Fr 10:00-12:00"', '"Mo-Fr 09:00-12:00"', "1 changed (hours telefono from "),
        ('email = "urp@', 'email = "sportello@', "2 changed (institution, mailbox peo)"),
        ('subdivision = "MI"', 'subdivision = "TO"', "2 changed (institution, patron saint)"),
        ("", '\n[[closures]]\nchannels = ["telefono"]\nfirst_day = 2026-12-31\nlast_day = 2026-12-31\nreason = "x"\n',
         "1 added (closure 2026-12-31 telefono)"),
    ],
)  # fmt: skip
def test_importing_tells_what_changed_in_hours_and_mailboxes_too(
    app: Flask, tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = (ROOT / "office.toml").read_text()
    changed = tmp_path / "office.toml"
    changed.write_text(text.replace(old, new) if old else text + new)

    code, said, complained = _run(app, "office", "import", str(changed))

    assert (code, complained) == (0, "")
    assert told in said
    assert _run(app, "office", "import", str(changed))[1] == f"{changed}: nothing changed\n"


def test_the_first_import_is_made_once(app: Flask) -> None:
    before = all_rows(app)

    assert _run(app, "office", "import", "--first", str(SMALL)) == (0, "", "")

    assert all_rows(app) == before


def test_a_later_mistake_in_the_file_does_not_stop_an_office_that_is_there(app: Flask, tmp_path: Path) -> None:
    wrong = tmp_path / "office.toml"
    wrong.write_text("wrong")

    assert _run(app, "office", "import", "--first", str(wrong)) == (0, "", "")
    assert _run(app, "office", "import", str(wrong))[0] == 1


@pytest.mark.parametrize(
    ("promise", "rule", "place", "told"),
    [
        ("working_days = 5", None, "hours", 'with channel = "telefono"'),
        ("working_days = 5", "off", "hours.0.rule", "write the days and hours"),
        ("working_days = 60", "We 10:00-11:00", None, ""),
        ("open_hours = 200", "We 10:00-11:00", "hours.0.rule", "write more hours, or a shorter promise"),
    ],
)
def test_an_office_that_could_not_keep_its_promise_is_told_what_to_write(
    app: Flask, tmp_path: Path, promise: str, rule: str | None, place: str | None, told: str
) -> None:
    text = SMALL.read_text().replace("working_days = 5", promise)
    if rule is None:
        text = text.replace('["modulo", "telefono"]', '["modulo"]').replace('channel = "telefono"', CHANNEL_COUNTER)
    file = tmp_path / "office.toml"
    file.write_text(text.replace("Mo-Fr 09:00-12:00", rule or "Mo-Fr 09:00-12:00"))

    code, _said, complained = _run(app, "office", "check", str(file))

    if place is None:
        assert (code, complained) == (0, "")
        return
    (line,) = complained.splitlines()
    number = file.read_text().splitlines().index("[[hours]]") + (1 if place == "hours" else 3)
    assert (code, line.partition(f"{file}:{number}: {place}: ")[0]) == (1, "")
    assert told in line


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


def test_the_outbox_lists_by_itself_all_that_is_not_settled(app: Flask) -> None:
    with app.app_context():
        for letter, state in zip(posted(len(State)), State, strict=True):
            put(letter, state)

    said = _run(app, "outbox", "list", "--json")[1].splitlines()

    settled = {"sent", "accepted", "delivered", "cancelled"}
    assert {json.loads(line)["state"] for line in said} == {*map(str, State)} - settled


def test_a_list_that_is_cut_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        posted(2)

    monkeypatch.setattr(outbox_commands, "MOST_LINES", 1)
    code, said, complained = _run(app, "outbox", "list")

    assert (code, len(said.splitlines())) == (0, 1)
    assert complained == "only the oldest 1 are listed: choose with --state\n"
    monkeypatch.setattr(outbox_commands, "MOST_LINES", 2)
    assert _run(app, "outbox", "list")[2] == ""


def test_a_state_that_does_not_exist_is_wrong_use(app: Flask) -> None:
    code, _said, complained = _run(app, "outbox", "list", "--state", "lost")

    assert code == 2
    assert "uncertain" in complained


def test_the_list_tells_alarms_and_causes(app: Flask) -> None:
    with app.app_context():
        late, failed = posted(2)
        put(late, State.SENT, alarm="no_acceptance")
        put(failed, State.FAILED, cause="mailbox_full")

    first, second = _run(app, "outbox", "list")[1].splitlines()
    told = [json.loads(line) for line in _run(app, "outbox", "list", "--json")[1].splitlines()]

    assert first.endswith("alarm no_acceptance")
    assert second.endswith("cause mailbox_full")
    assert [(row["alarm"], row["cause"]) for row in told] == [("no_acceptance", None), (None, "mailbox_full")]
    assert _run(app, "outbox", "list", "--state", "sending")[1] == ""


def test_a_letter_is_sent_again_once_however_often_it_is_asked_for(app: Flask) -> None:
    with app.app_context():
        (letter,) = posted()
        put(letter, State.DEAD)

    first = _run(app, "outbox", "resend", str(letter))

    assert first == (0, f"{letter}: sent again as {letter + 1}\n", "")
    assert _run(app, "outbox", "resend", str(letter)) == first
    assert [json.loads(line)["id"] for line in _run(app, "outbox", "list", "--json")[1].splitlines()] == [letter + 1]


def test_a_person_says_that_a_letter_left(app: Flask) -> None:
    with app.app_context():
        (letter,) = posted()
        put(letter, State.UNCERTAIN)

    assert _run(app, "outbox", "mark-sent", str(letter)) == (0, f"{letter}: sent\n", "")
    with app.app_context():
        assert states([letter]) == ["sent"]


def test_frozen_letters_leave_only_when_somebody_says_so(app: Flask) -> None:
    with app.app_context():
        waiting, doubtful = posted(2)
        put(doubtful, State.SENDING, Stage.DOT)

    assert _run(app, "outbox", "freeze") == (0, "2 frozen\n", "")
    assert _run(app, "outbox", "drain")[0] == 0
    with app.app_context():
        assert states([waiting, doubtful]) == ["frozen", "frozen"]
        (later,) = posted(1)
    code, said, _ = _run(app, "outbox", "drain")
    assert (code, said.count("stopped: frozen: this database is a copy")) == (1, 2)
    with app.app_context():
        assert states([later]) == ["queued"]
        put(later, State.DEAD)
    assert _run(app, "outbox", "thaw") == (0, "1 queued, 1 uncertain\n", "")
    with app.app_context():
        assert states([waiting, doubtful]) == ["queued", "uncertain"]
    assert _run(app, "outbox", "thaw") == (0, "0 queued, 0 uncertain\n", "")


@pytest.mark.parametrize("command", ["resend", "mark-sent"])
@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        ("999", 1, "letter 999"),
        ("1", 1, "letter 1 is queued"),
        ("0", 2, "not in the range"),
        ("99999999999999999999", 2, "not in the range"),
        ("one", 2, "not a valid integer"),
    ],
)
def test_a_number_that_does_not_serve_is_a_line_and_not_a_trace(
    app: Flask, command: str, number: str, code: int, told: str
) -> None:
    with app.app_context():
        assert posted() == [1]

    ended, said, complained = _run(app, "outbox", command, number)

    assert (ended, said) == (code, "")
    assert told in complained
    assert "Traceback" not in complained


def test_draining_an_empty_outbox_says_that_nothing_left(app: Flask) -> None:
    code, said, _complained = _run(app, "outbox", "drain")

    assert code == 0
    assert [line.split(":")[0] for line in said.splitlines()] == ["pec", "peo"]


def test_draining_ends_with_one_when_letters_that_are_due_stay(app: Flask) -> None:
    with app.app_context():
        posted(1)

    code, said, _complained = _run(app, "outbox", "drain")

    assert code == 1
    assert said.splitlines()[0] == "pec: 0 sent, 0 postponed, 0 dead, 0 uncertain"
    assert "peo: 0 sent" in said
    assert "stopped: no SMTP server is set" in said


def test_a_mailbox_that_stopped_without_letters_due_is_no_failure(app: Flask) -> None:
    with app.app_context(), transaction():
        alarms.stop("peo", "535 no")

    code, said, _complained = _run(app, "outbox", "drain")

    assert code == 0
    assert "stopped: 535 no" in said


def test_draining_goes_on_when_only_its_time_was_over(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        letters = posted(3)
    with ScriptedSMTP() as server:
        app.config["URP"] = app.config["URP"].model_copy(
            update={"peo_smtp": parse_mail_server(server.url(), ("smtp",))}
        )
        ticks = itertools.count(0, send.WORK_S / 3)
        monkeypatch.setattr(send, "monotonic", lambda: next(ticks))

        code, said, _complained = _run(app, "outbox", "drain")

    assert code == 0
    assert len(said.splitlines()) > 2
    assert len(server.journal) == len(letters)


def _run(app: Flask, *words: str) -> tuple[int, str, str]:
    ended = app.test_cli_runner().invoke(args=words)
    return ended.exit_code, ended.stdout, ended.stderr
