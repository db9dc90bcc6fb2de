"""The commands of incoming mail say what the contract says, and never end with a traceback."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.factories.inbox import incoming, kept, message, wait_no_longer
from tests.factories.incoming import mail
from tests.imap_scripted import No, ScriptedIMAP
from urp.cli import inbox as commands
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.inbox import arrows, settle
from urp.inbox.store import store

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url(), "pec_imap": imap.url()}


def flask(app: Flask, *words: object) -> Result:
    done = app.test_cli_runner().invoke(args=["inbox", *map(str, words)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def imported(app: Flask, *files: Path, mailbox: str = "peo") -> list[dict[str, Any]]:
    return [json.loads(line) for line in flask(app, "import", *files, "--mailbox", mailbox).output.splitlines()]


def test_a_message_that_asks_opens_a_request_and_is_known_the_second_time(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail())

    (first,) = imported(app, file)
    (second,) = imported(app, file)

    assert list(first) == ["file", "outcome", "case", "reason"]
    assert (first["file"], first["outcome"], first["reason"]) == (str(file), "opened", None)
    assert first["case"].startswith("URP-")
    assert (second["outcome"], second["case"]) == ("known", first["case"])


def test_each_file_has_its_line_whatever_it_is(app: Flask, tmp_path: Path) -> None:
    good, odd, empty, line_feeds = (tmp_path / name for name in ("good", "odd", "empty", "lf"))
    good.write_bytes(mail())
    odd.write_bytes(bytes(range(256)) * 50)
    empty.write_bytes(b"")
    line_feeds.write_bytes(mail(subject="altro").replace(b"\r\n", b"\n"))
    files = (tmp_path / "missing", odd, empty, tmp_path, line_feeds, good)

    done = flask(app, "import", *files, "--mailbox", "peo")
    lines = [json.loads(line) for line in done.output.splitlines()]

    assert [line["file"] for line in lines] == [str(file) for file in files]
    assert [line["outcome"] for line in lines][4:] == ["opened", "opened"]
    assert (lines[0]["outcome"], lines[0]["reason"]) == ("failed", "No such file or directory")
    assert lines[3]["reason"] == "Is a directory"
    assert all(line["reason"] for line in lines[:4])
    assert done.exit_code == 1
    assert line_feeds.read_bytes() in kept()


def test_a_file_too_large_leaves_its_headers(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "LARGEST", 2000)
    file = tmp_path / "large.eml"
    file.write_bytes(message("large", padding=9000))

    (line,) = imported(app, file)

    assert line["outcome"] == "failed"
    assert line["reason"] == f"{file.stat().st_size} bytes: too large, only the headers were fetched"
    assert kept() == [message("large").partition(b"Buongiorno")[0]]
    done = flask(app, "retry", incoming()[0]["id"])
    assert (done.exit_code, "only its headers" in done.output) == (1, True)


def test_what_a_poll_beside_has_in_hand_is_waited_for(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail())
    with transaction():
        number = store("peo", file.read_bytes(), received_at=now()).id
        assert arrows.claimed_this(number, "a" * 32)
    looks: list[float] = []

    def meanwhile(seconds: float) -> None:
        """The poll goes on while we look elsewhere."""
        looks.append(seconds)
        if len(looks) == 3:
            with transaction():
                settle.automatic(number, case_id=None, letter_id=None, why="auto-submitted")

    monkeypatch.setattr(commands, "sleep", meanwhile)
    (line,) = imported(app, file)

    assert (line["outcome"], line["reason"]) == ("known", f"already here as number {number}: automatic")
    assert len(looks) == 3


def test_a_poll_that_never_ends_is_not_waited_for_longer_than_half_a_minute(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail())
    with transaction():
        number = store("peo", file.read_bytes(), received_at=now()).id
        assert arrows.claimed_this(number, "a" * 32)
    ticks = count(0, 10)
    monkeypatch.setattr(commands, "monotonic", lambda: next(ticks))
    monkeypatch.setattr(commands, "sleep", lambda _seconds: None)

    (line,) = imported(app, file)

    assert (line["outcome"], line["reason"]) == ("known", f"already here as number {number}: new")
    assert next(ticks) <= 50


def test_a_poll_says_for_each_mailbox_what_happened(app: Flask, imap: ScriptedIMAP) -> None:
    imap.put(mail())
    imap.play("select", No("not today"))

    done = flask(app, "poll")

    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "pec: 0 stored, 0 known; stopped: select: select failed: not today",
        "peo: 1 stored, 0 known; read: 1 opened",
    ]
    wait_no_longer()
    done = flask(app, "poll", "--json")
    lines = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == 0
    assert [(line["mailbox"], line["stored"], line["stopped"]) for line in lines] == [
        ("pec", 1, None),
        ("peo", 0, None),
    ]


def test_a_list_holds_no_word_of_the_message(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail(subject="La mia salute"))
    imported(app, file)

    assert flask(app, "list").output == ""
    line = flask(app, "list", "--state", "opened").output
    (row,) = [json.loads(one) for one in flask(app, "list", "--state", "opened", "--json").output.splitlines()]
    assert "salute" not in line and "giulia" not in line
    assert (row["state"], row["mailbox"], row["size"]) == ("opened", "peo", len(mail(subject="La mia salute")))


def test_a_message_is_saved_byte_for_byte_and_overwrites_nothing(app: Flask, tmp_path: Path) -> None:
    file, copy = tmp_path / "one.eml", tmp_path / "copy.eml"
    file.write_bytes(mail().replace(b"\r\n", b"\n"))
    imported(app, file)
    number = incoming()[0]["id"]

    assert flask(app, "save", number, copy).exit_code == 0
    assert copy.read_bytes() == file.read_bytes()
    assert flask(app, "save", number, copy).exit_code == 1
    assert flask(app, "save", 999, tmp_path / "other").exit_code == 1
    assert flask(app, "save", number, tmp_path / "no" / "where").exit_code == 1


def test_only_what_failed_can_be_read_again(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(mail())
    imported(app, file)

    assert flask(app, "retry", incoming()[0]["id"]).exit_code == 1
    assert flask(app, "retry", 999).exit_code == 1
