"""Posting: one INSERT, bytes and Message-ID fixed at once, twice the same key is one letter."""

from contextlib import suppress
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.factories.outbox import envelope, posted, row
from urp.channels import queries as channels
from urp.foundation import events as switchboard
from urp.foundation.db import db, transaction
from urp.foundation.errors import NotFound
from urp.outbox import queries
from urp.outbox.compose import Enclosure, post
from urp.outbox.events import LettersPosted
from urp.outbox.headers import UnsafeHeader
from urp.outbox.models import MESSAGES

pytestmark = pytest.mark.usefixtures("ctx")


def test_a_posted_letter_is_a_row_with_its_final_bytes() -> None:
    (letter,) = posted(1, attachments=(Enclosure("atto.pdf", "application/pdf", b"%PDF"),), html="<p>ciao</p>")
    found = row(letter)
    message = message_from_bytes(queries.raw(letter), policy=default)
    assert (found["state"], found["stage"], found["attempts"]) == ("queued", "pre", 0)
    assert message["Message-ID"] == found["message_id"]
    assert message["Message-ID"].endswith(f"@{channels.sender('peo').address.rpartition('@')[2]}>")
    assert message["Auto-Submitted"] == "auto-replied"
    assert [part.get_filename() for part in message.iter_attachments()] == ["atto.pdf"]
    assert found["give_up_at"] - found["queued_at"] == timedelta(days=5)
    assert abs(found["next_at"] - found["queued_at"]) < timedelta(seconds=1)


def test_a_row_knows_whether_a_person_wrote_it() -> None:
    assert [row(posted(1, automatic=automatic)[0])["automatic"] for automatic in (True, False)] == [True, False]


def test_time_to_undo_postpones_the_first_try() -> None:
    (letter,) = posted(1, send_after_s=20)
    found = row(letter)
    assert timedelta(seconds=19) < found["next_at"] - found["queued_at"] < timedelta(seconds=21)


def test_many_letters_are_one_insert() -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with transaction():
        post([envelope(str(number), mailbox=kind) for number, kind in enumerate(["pec", "peo"] * 5)])
    assert len([statement for statement in statements if "INSERT" in statement]) == 1
    assert db.session.scalar(select(func.count()).select_from(MESSAGES)) == 10


def test_the_same_key_twice_is_one_letter_and_the_first_stays() -> None:
    with transaction():
        post([envelope("same", subject="prima"), envelope("same", subject="seconda"), envelope("other")])
    first = message_ids()
    with transaction():
        post([envelope("same", subject="terza")])
    assert message_ids() == first
    assert set(first) == {"test:same", "test:other"}


def test_a_header_that_could_lie_posts_nothing() -> None:
    with pytest.raises(UnsafeHeader), transaction():
        post([envelope("good"), envelope("evil", subject="ciao\r\nBcc: boss@posta.example")])
    assert db.session.scalar(select(func.count()).select_from(MESSAGES)) == 0


def test_a_rolled_back_act_posts_nothing_and_rings_no_bell(app: Flask) -> None:
    heard: list[LettersPosted] = []
    switchboard.connect(app, {}, {LettersPosted: (heard.append,)})
    with suppress(ValueError), transaction():
        post([envelope()])
        raise ValueError("changed my mind")
    assert db.session.scalar(select(func.count()).select_from(MESSAGES)) == 0
    assert heard == []
    with transaction():
        post([envelope("1", mailbox="pec"), envelope("2"), envelope("3")])
        assert heard == []  # not before the commit
    assert heard == [LettersPosted(("pec", "peo"))]
    with transaction():
        post([])
    assert len(heard) == 1


def test_no_mailbox_no_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "_senders", dict)
    with pytest.raises(NotFound), transaction():
        post([envelope()])


def message_ids() -> dict[str, str]:
    """What is posted: Message-ID by key."""
    rows = db.session.execute(select(MESSAGES.c.dedupe_key, MESSAGES.c.message_id))
    return {key: message_id for key, message_id in rows}
