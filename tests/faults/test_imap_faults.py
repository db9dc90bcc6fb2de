"""F17 and F18: whatever the IMAP server or our own death does to a poll, each mail is stored exactly once."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.inbox import cursor_of, kept, message, sightings, wait_no_longer
from tests.faults import campaign
from tests.imap_scripted import Bad, Bye, Call, Close, No, Raw, ScriptedIMAP, Silence
from urp.inbox import cursor, fetch, imap_line, queries

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600), pytest.mark.usefixtures("ctx")]

ROOT = Path(__file__).resolve().parents[2]
WORDS = ("one", "two", "three", "four", "five")

CHILD = """
import os, signal, sys
from pathlib import Path
from urp.app import create_app
from urp.config import load_settings
from urp.inbox import cursor, fetch, imap_line

database, folder, imap, point = sys.argv[1:]

def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

def flag_and_die(line, uids):
    flag(line, uids)
    die()

flag = imap_line.ImapLine.flag_seen
failpoints = {
    "before the fetch": lambda: setattr(imap_line.ImapLine, "messages", die),
    "before the store": lambda: setattr(fetch, "store", die),
    "before the commit": lambda: setattr(fetch._Visit, "_keep", keep_and_die),
    "after the commit": lambda: setattr(imap_line.ImapLine, "flag_seen", die),
    "after the flag": lambda: setattr(imap_line.ImapLine, "flag_seen", flag_and_die),
    "after noting the flag": lambda: setattr(cursor, "read_to_its_end", die),
}
keep = fetch._Visit._keep

def keep_and_die(*given):
    keep(*given)
    die()

app = create_app(load_settings({}, env="test", database_url=database, data_dir=Path(folder), peo_imap=imap))
with app.app_context():
    failpoints[point]()
    fetch.poll("peo")
"""


@pytest.fixture
def imap(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedIMAP]:
    for name in ("CONNECT_S", "READ_S"):
        monkeypatch.setattr(imap_line, name, 1.0)
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url()}


def judge(fault: str, database_url: str, words: Sequence[str] = WORDS, before: int = 0) -> None:
    """Write down what the fault cost, and insist that it cost nothing."""
    here = kept()[before:]
    wanted = sorted(message(word) for word in words)
    lost, doubled = len(set(wanted) - set(here)), len(here) - len(set(here))
    campaign.note(fault, database_url, 1, lost=lost, doubled=doubled)
    assert sorted(here) == wanted


def again(number: int) -> list[str]:
    """Other messages for another repetition."""
    return [f"{word}-{number}" for word in WORDS]


def until_read(imap: ScriptedIMAP, polls: int = 12) -> None:
    for _ in range(polls):
        if not fetch.poll("peo").stopped and imap.seen == set(imap.messages):
            return
        wait_no_longer()
    raise AssertionError(f"not read within {polls} polls: {cursor_of()}")


FAULTS = {
    "drop in a literal": ("literal", Close()),
    "drop after the bodies": ("fetched", Close()),
    "drop at the flag": ("store", Close()),
    "drop while listing": ("search", Close()),
    "BYE at login": ("login", Bye()),
    "BYE at a body": ("body", Bye()),
    "BAD at a body": ("body", Bad()),
    "BAD while listing": ("search", Bad()),
    "NO at the sizes": ("sizes", No()),
    "NO at the flag": ("store", No()),
    "login refused": ("login", No("[AUTHENTICATIONFAILED] no")),
    "silence at a body": ("body", Silence()),
    "silence at the flag": ("store", Silence()),
    "nonsense at a body": ("body", Raw(b"* 1 FETCH (UID 1 BODY[] (((\r\n")),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("times", [1, 2])
def test_f17_a_fault_of_the_server_costs_no_mail(name: str, times: int, imap: ScriptedIMAP, database_url: str) -> None:
    point, fault = FAULTS[name]
    for words in map(again, range(campaign.repetitions(1))):
        before = len(kept())
        for word in words:
            imap.put(message(word))
        imap.play(point, fault, times=times)

        until_read(imap)

        judge(f"F17 IMAP {name}", database_url, words, before)
    assert {(here, told) for _, here, told in sightings()} == {(True, True)}
    assert queries.mailbox_alarms() == []


def test_f17_new_numbers_in_the_middle_of_a_poll(imap: ScriptedIMAP, database_url: str) -> None:
    for word in WORDS[:3]:
        imap.put(message(word))
    fetch.poll("peo")
    imap.put(message(WORDS[3]))
    imap.play("sizes", Call(lambda: imap.renumber(8)))
    fetch.poll("peo")
    imap.put(message(WORDS[4]))

    until_read(imap)

    judge("F17 IMAP new UIDVALIDITY", database_url)


def test_f17_three_failures_are_an_alarm_that_heals_by_itself(imap: ScriptedIMAP, database_url: str) -> None:
    for word in WORDS:
        imap.put(message(word))
    imap.play("select", No("not today"), times=3)
    for failures in (1, 2):
        assert fetch.poll("peo").broken
        assert queries.mailbox_alarms() == []
        assert "tried again at" in str(fetch.poll("peo"))
        assert (cursor_of() or {})["failures"] == failures
        wait_no_longer()
    fetch.poll("peo")
    assert [alarm.mailbox for alarm in queries.mailbox_alarms()] == ["peo"]
    wait_no_longer()

    until_read(imap)

    assert queries.mailbox_alarms() == []
    judge("F17 IMAP folder away", database_url)


def test_f17_a_refused_login_is_an_alarm_at_once(imap: ScriptedIMAP) -> None:
    imap.play("login", No("[AUTHENTICATIONFAILED] no"))
    fetch.poll("peo")
    (alarm,) = queries.mailbox_alarms()
    assert alarm.said.startswith("cannot be read: login refused")


POINTS = {
    "before the fetch": (0, False),
    "before the store": (0, False),
    "before the commit": (0, False),
    "after the commit": (5, False),
    "after the flag": (5, True),
    "after noting the flag": (5, True),
}


@pytest.mark.parametrize("point", POINTS)
def test_f18_a_killed_importer_stores_each_mail_once(
    point: str, imap: ScriptedIMAP, app: Flask, database_url: str
) -> None:
    here, told = POINTS[point]
    for words in map(again, range(campaign.repetitions(1))):
        for word in words:
            imap.put(message(word))
        before = len(kept())
        killed(point, app, imap, database_url)
        assert len(kept()) == before + here
        assert (imap.seen == set(imap.messages)) is told

        until_read(imap)

        judge(f"F18 importer killed {point}", database_url, words, before)


def test_f17_a_full_mailbox_is_read_in_rounds_of_bounded_size(
    imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    many = 50_000 if campaign.repetitions(1) > 1 else 1_000
    words = [f"m{number}" for number in range(many)]
    for word in words:
        imap.put(message(word))
    monkeypatch.setattr(fetch, "WORK_S", 60.0 if many > 1_000 else 1.0)
    while (polled := fetch.poll("peo")).more:
        assert polled.stopped is None
    assert polled.stopped is None
    assert {len(ask.split()[2].split(",")) <= cursor.BATCH for ask in imap.asked("BODY")} == {True}
    judge(f"F17 IMAP {many} messages", database_url, words)


def killed(point: str, app: Flask, imap: ScriptedIMAP, database_url: str) -> None:
    """A poll in a process of its own that dies at `point`."""
    words = [sys.executable, "-c", CHILD, database_url, str(app.config["URP"].data_dir), imap.url(), point]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=90, check=False)
    assert done.returncode == -9, done.stderr.decode()
