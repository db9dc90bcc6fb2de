"""A mailbox is read in rising order, each message once, whatever the server shows or forgets."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.factories.inbox import cursor_of, incoming, kept, message, put, sightings, wait_no_longer
from tests.imap_scripted import Bad, Call, Close, No, Raw, ScriptedIMAP
from urp.channels import freeze
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.foundation.host_lock import only_one
from urp.inbox import fetch, imap_line, limits, queries
from urp.inbox.models import ImapCursor

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url()}


def filled(imap: ScriptedIMAP, *words: str) -> list[int]:
    return [imap.put(message(word)) for word in words]


def test_what_is_there_is_stored_byte_for_byte_and_then_flagged(imap: ScriptedIMAP) -> None:
    uids = filled(imap, "one", "two", "three")

    polled = fetch.poll("peo")

    assert (polled.stored, polled.known, polled.stopped, polled.more) == (3, 0, None, False)
    assert kept() == [message("one"), message("two"), message("three")]
    assert {row["state"] for row in incoming()} == {"new"}
    assert imap.seen == set(uids)
    assert sightings() == [(uid, True, True) for uid in uids]
    assert str(polled) == "3 stored, 0 known"


def test_the_row_is_committed_before_the_server_is_told(imap: ScriptedIMAP, app: Flask) -> None:
    filled(imap, "one")
    found: list[int] = []

    def look() -> None:
        with app.app_context():
            found.append(len(incoming()))

    imap.play("store", Call(look))
    fetch.poll("peo")

    assert found == [1]


def test_a_second_poll_asks_for_nothing_that_is_here(imap: ScriptedIMAP) -> None:
    filled(imap, "one", "two")
    fetch.poll("peo")
    asked = len(imap.asked("BODY"))
    uid = imap.put(message("three"))

    polled = fetch.poll("peo")

    assert (polled.stored, polled.known) == (1, 0)
    assert imap.asked("BODY")[asked:] == [f"UID FETCH {uid} (BODY.PEEK[]<0.{limits.LARGEST + 1}>)"]
    assert fetch.poll("peo").stored == 0


def test_nothing_is_ever_deleted_and_nothing_is_read_by_flag(imap: ScriptedIMAP) -> None:
    imap.seen = set(filled(imap, "one"))  # read by a person before us

    assert fetch.poll("peo").stored == 1
    assert [word for word in ("EXPUNGE", "\\Deleted", "UNSEEN", "SINCE", "BODY[") if imap.asked(word)] == []


def test_the_same_bytes_twice_are_one_message_seen_twice(imap: ScriptedIMAP) -> None:
    first, second = filled(imap, "one", "one")

    polled = fetch.poll("peo")

    assert (polled.stored, polled.known) == (1, 1)
    assert sightings() == [(first, True, True), (second, True, True)]


def test_the_same_message_id_with_other_bytes_is_another_message(imap: ScriptedIMAP) -> None:
    imap.put(message("one"))
    imap.put(message("one", padding=1))

    assert fetch.poll("peo").stored == 2


@pytest.mark.parametrize("uidvalidity", [8, 3])
def test_other_numbers_for_the_same_messages_double_none_and_skip_none(imap: ScriptedIMAP, uidvalidity: int) -> None:
    filled(imap, "one", "two", "three")
    fetch.poll("peo")
    imap.put(message("four"))
    imap.renumber(uidvalidity)  # the new message now has a number that another one had

    polled = fetch.poll("peo")

    assert (polled.stored, polled.known) == (1, 3)
    assert sorted(kept()) == sorted(map(message, ("one", "two", "three", "four")))
    assert len(sightings()) == 4
    cursor = cursor_of()
    assert cursor and (cursor["uidvalidity"], cursor["last_uid"]) == (uidvalidity, 4)


def test_a_server_restored_from_its_backup_gives_a_number_again(imap: ScriptedIMAP) -> None:
    filled(imap, "one", "two", "three")
    fetch.poll("peo")
    del imap.messages[2], imap.messages[3]
    imap.uidnext = 2
    imap.put(message("four"))

    assert fetch.poll("peo").stored == 1
    assert kept()[-1] == message("four")


def test_a_message_that_vanishes_between_search_and_fetch_stops_nothing(imap: ScriptedIMAP) -> None:
    one, two, three = filled(imap, "one", "two", "three")
    imap.play("sizes", Call(lambda: imap.messages.pop(two)))

    polled = fetch.poll("peo")

    assert (polled.stored, polled.vanished, polled.stopped) == (2, 0, None)
    wait_no_longer()
    assert fetch.poll("peo").vanished == 1
    assert [uid for uid, _, _ in sightings()] == [one, three]


def test_a_message_that_an_answer_passed_over_once_is_asked_for_again(imap: ScriptedIMAP) -> None:
    filled(imap, "one", "two")
    imap.play("sizes", Raw(b'* 1 FETCH (UID 1 RFC822.SIZE 30 INTERNALDATE "22-Nov-2026 10:00:00 +0100")\r\n'))

    assert fetch.poll("peo").stored == 1
    wait_no_longer()
    assert fetch.poll("peo").stored == 1
    assert kept() == [message("one"), message("two")]


def test_a_message_that_vanishes_before_its_body_stops_nothing(imap: ScriptedIMAP) -> None:
    _, two, _ = filled(imap, "one", "two", "three")
    imap.play("body", Call(lambda: imap.messages.pop(two)))

    assert fetch.poll("peo").stored == 2
    assert kept() == [message("one"), message("three")]
    assert fetch.poll("peo").stopped is None


def test_what_arrives_during_a_poll_comes_with_the_next(imap: ScriptedIMAP) -> None:
    filled(imap, "one")
    imap.play("body", Call(lambda: imap.put(message("two"))))

    assert fetch.poll("peo").stored == 1
    assert fetch.poll("peo").stored == 1


def test_too_large_a_message_leaves_its_headers_and_a_note(imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    imap.put(message("large", padding=3000))
    imap.put(message("large", padding=4000))
    imap.put(message("two"))

    polled = fetch.poll("peo")

    assert (polled.stored, polled.too_large) == (3, 2)
    large, larger, fine = incoming()
    assert (large["state"], larger["state"], fine["state"]) == ("failed", "failed", "new")
    assert large["size"] == len(message("large", padding=3000))
    assert large["note"] == f"{large['size']} bytes: too large, only the headers were fetched"
    assert kept()[0] == message("large").partition(b"Buongiorno")[0]


@pytest.mark.parametrize(("claimed", "state"), [(10, "failed"), (1500, "failed"), (90_000, "failed")])
def test_a_server_that_lies_about_sizes_fills_no_memory(
    imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch, claimed: int, state: str
) -> None:
    small(monkeypatch)
    imap.put(message("large", padding=9000), size=claimed)
    imap.put(message("two"))

    polled = fetch.poll("peo")

    assert (polled.stored, polled.too_large, polled.stopped) == (2, 1, None)
    assert [row["state"] for row in incoming()] == [state, "new"]


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fetch, imap_line):
        monkeypatch.setattr(module, "LARGEST", 2000)


def test_a_batch_never_holds_more_than_a_portion_in_memory(imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PORTION", 3000)
    for number in range(6):
        imap.put(message(f"m{number}", padding=1200))

    assert fetch.poll("peo").stored == 6
    assert [ask.split()[2] for ask in imap.asked("BODY")] == ["1,2", "3,4", "5,6"]


@pytest.mark.parametrize(
    "fault", [No("[SERVERBUG] cannot read this one"), Bad(), Raw(b"* 2 FETCH (UID 2 BODY[] (\r\n")]
)
def test_one_message_that_the_server_cannot_give_stops_no_other(imap: ScriptedIMAP, fault: No | Bad | Raw) -> None:
    uids = filled(imap, "one", "two", "three")
    imap.play("body", fault, when=f" {uids[0]} ", times=100)

    polled = fetch.poll("peo")

    assert polled.stored == 2
    assert polled.refused == 2  # the batch, and then the one by itself
    assert polled.stopped is None
    asked = len(imap.commands)
    assert fetch.poll("peo").refused == 0  # not before its pause is over
    assert [ask for ask in imap.commands[asked:] if "FETCH" in ask] == []
    for _ in range(10):
        wait_no_longer()
        assert fetch.poll("peo").refused == 1
    assert queries.mailbox_alarms()
    assert kept() == [message("two"), message("three")]
    imap.forget_the_script()
    wait_no_longer()
    assert fetch.poll("peo").stored == 1
    assert queries.mailbox_alarms() == []


def test_a_mailbox_that_gives_nothing_at_all_is_out_of_order_until_it_does(imap: ScriptedIMAP) -> None:
    filled(imap, "one", "two")
    imap.play("sizes", No("[UNAVAILABLE] not now"), times=100)
    for failures in (1, 2, 3):
        polled = fetch.poll("peo")
        assert (polled.stored, polled.broken) == (0, True)
        assert (cursor_of() or {})["failures"] == failures
        put(ImapCursor, retry_at=None)
    (alarm,) = queries.mailbox_alarms()
    assert alarm.said.startswith("cannot be read: fetch sizes: ")

    imap.forget_the_script()

    assert fetch.poll("peo").stored == 2  # at once: no message has a pause for what its mailbox did
    assert queries.mailbox_alarms() == []


def test_a_message_at_which_the_line_breaks_lets_the_others_pass(imap: ScriptedIMAP) -> None:
    uids = filled(imap, "one", "two", "three")
    imap.play("literal", Close(), when=f" {uids[0]} ", times=100)

    stored = []
    for _ in range(4):
        stored.append(fetch.poll("peo").stored)
        wait_no_longer()

    assert sum(stored) == 2
    assert kept() == [message("two"), message("three")]
    uids = filled(imap, "four")
    wait_no_longer()
    fetch.poll("peo")
    assert message("four") in kept()


def test_a_flag_that_failed_is_set_by_the_next_poll(imap: ScriptedIMAP) -> None:
    (uid,) = filled(imap, "one")
    imap.play("store", No("read-only"))

    assert fetch.poll("peo").stopped is None
    assert (imap.seen, sightings()) == (set(), [(uid, True, False)])
    assert fetch.poll("peo").stored == 0
    assert (imap.seen, sightings()) == ({uid}, [(uid, True, True)])


@pytest.mark.parametrize(
    ("arrived", "plausible"),
    [
        ("22-Nov-2026 10:00:00 +0100", lambda at: at == datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("01-Jan-2199 00:00:00 +0000", lambda at: now() - at < timedelta(minutes=1)),
        ("99-Foo-2026 99:00:00 +0100", lambda at: now() - at < timedelta(minutes=1)),
        ("01-Jan-0001 00:00:00 +1400", lambda at: at < now()),
    ],
)
def test_a_message_came_when_its_server_says_but_never_in_the_future(
    imap: ScriptedIMAP, arrived: str, plausible: object
) -> None:
    imap.put(message("one"), arrived=arrived)

    assert fetch.poll("peo").stored == 1
    assert callable(plausible) and plausible(incoming()[0]["received_at"])


def test_a_poll_stops_when_its_time_is_over_and_goes_on_later(
    imap: ScriptedIMAP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "WORK_S", -1.0)
    filled(imap, "one", "two")

    polled = fetch.poll("peo")
    assert (polled.stored, polled.more, polled.stopped) == (0, True, None)

    monkeypatch.setattr(fetch, "WORK_S", 60.0)
    assert fetch.poll("peo").stored == 2


def test_only_one_process_of_a_host_reads_a_mailbox(imap: ScriptedIMAP, app: Flask) -> None:
    filled(imap, "one")
    with only_one("imap-peo", app.config["URP"].data_dir / "locks"):
        assert fetch.poll("peo").stopped == "another process reads this mailbox"
    assert imap.sessions == 0
    assert fetch.poll("peo").stored == 1


def test_who_comes_while_the_mailbox_is_read_has_it_read_once_more(imap: ScriptedIMAP, app: Flask) -> None:
    filled(imap, "one")

    def come() -> None:
        with app.app_context():
            said.append(fetch.poll("peo").stopped)

    said: list[str | None] = []
    imap.play("body", Call(come))

    assert fetch.poll("peo").more
    assert said == ["another process reads this mailbox"]
    assert not fetch.poll("peo").more


def test_a_copy_of_the_database_reads_no_mail(imap: ScriptedIMAP) -> None:
    filled(imap, "one")
    with transaction():
        freeze.freeze()

    assert fetch.poll("peo", insist=True).stopped == "frozen: this database is a copy"
    assert imap.sessions == 0
    with transaction():
        freeze.thaw()
    assert fetch.poll("peo").stored == 1


def test_a_person_may_insist_on_a_mailbox_that_rests(imap: ScriptedIMAP) -> None:
    filled(imap, "one")
    imap.play("login", No("[AUTHENTICATIONFAILED] no"))
    assert fetch.poll("peo").broken

    assert (fetch.poll("peo").stored, imap.sessions) == (0, 1)
    assert fetch.poll("peo", insist=True).stored == 1


def test_a_mailbox_without_a_server_says_so(imap: ScriptedIMAP) -> None:
    polled = fetch.poll("pec")

    assert str(polled) == "0 stored, 0 known; stopped: no IMAP server is set"
    assert polled.broken
