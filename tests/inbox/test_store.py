"""A message is kept once for each mailbox, byte for byte, and due at once."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories.inbox import incoming, kept, message, sightings
from urp.foundation.clock import now
from urp.foundation.db import transaction
from urp.inbox.store import Sighting, Stored, store

pytestmark = pytest.mark.usefixtures("ctx")

YESTERDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)


def stored(raw: bytes, mailbox: str = "peo", **more: object) -> Stored:
    with transaction():
        return store(mailbox, raw, **{"received_at": YESTERDAY, **more})  # type: ignore[arg-type]


def test_the_same_bytes_in_the_same_mailbox_are_one_message() -> None:
    first = stored(message("one"))
    again = stored(message("one"))
    elsewhere = stored(message("one"), "pec")

    assert (first.known, again.known, elsewhere.known) == (False, True, False)
    assert first.id == again.id != elsewhere.id
    assert len(kept()) == 2


@pytest.mark.parametrize("raw", [b"", b"\0", b"\xff\xfe\r\n\r\n\0", b"Subject: x\n\nLF\n", bytes(range(256)) * 100])
def test_any_bytes_are_kept_as_they_are(raw: bytes) -> None:
    stored(raw)
    assert kept() == [raw]
    assert incoming()[0]["size"] == len(raw)


def test_a_new_message_waits_to_be_read() -> None:
    stored(message("one"))
    (row,) = incoming()
    assert (row["state"], row["attempts"], row["kind"], row["received_at"]) == ("new", 0, None, YESTERDAY)
    assert row["next_at"] == row["stored_at"]


def test_nothing_was_received_in_the_future() -> None:
    stored(message("one"), received_at=now() + timedelta(days=30))
    assert incoming()[0]["received_at"] <= now()


def test_a_cut_message_has_failed_and_says_why() -> None:
    stored(b"Subject: large\r\n\r\n", size=99_000_000)
    (row,) = incoming()
    assert (row["state"], row["size"]) == ("failed", 99_000_000)
    assert row["note"] == "99000000 bytes: too large, only the headers were fetched"
    assert row["settled_at"]


def test_two_cut_messages_with_the_same_headers_are_two() -> None:
    stored(b"Subject: large\r\n\r\n", size=99_000_000)
    assert not stored(b"Subject: large\r\n\r\n", size=99_000_001).known
    assert not stored(b"Subject: large\r\n\r\n").known
    assert stored(b"Subject: large\r\n\r\n", size=99_000_000).known


def test_a_sighting_follows_the_message_that_is_there_now() -> None:
    stored(message("one"), seen_as=Sighting(7, 1))
    stored(message("two"), seen_as=Sighting(7, 1))
    assert sightings() == [(1, True, False)]


def test_nothing_is_kept_when_the_act_fails() -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        store("peo", message("one"), received_at=YESTERDAY, seen_as=Sighting(7, 1))
        _ = 1 // 0
    assert (kept(), sightings()) == ([], [])
