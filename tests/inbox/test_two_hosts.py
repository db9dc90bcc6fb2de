"""Two hosts that poll one mailbox, each with locks of its own, lose nothing, double nothing, and leave each other be."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import test_settings
from tests.factories.inbox import cursor_of, kept, message, sightings
from tests.imap_scripted import Call, ScriptedIMAP
from urp.app import create_app
from urp.foundation.db import db
from urp.inbox import fetch

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def imap() -> Iterator[ScriptedIMAP]:
    with ScriptedIMAP() as made:
        yield made


@pytest.fixture
def app_settings(imap: ScriptedIMAP) -> dict[str, object]:
    return {"peo_imap": imap.url()}


@pytest.fixture
def other(database_url: str, tmp_path: Path, app_settings: dict[str, object]) -> Iterator[Flask]:
    """The other host: the same database, another folder of locks."""
    made = create_app(test_settings(database_url, tmp_path / "elsewhere", **app_settings))
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def polled_on(host: Flask) -> fetch.Polled:
    with host.app_context():
        return fetch.poll("peo")


def test_what_the_other_host_read_meanwhile_is_not_read_again(
    imap: ScriptedIMAP, other: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    imap.put(message("one"))
    fetch.poll("peo")

    def overtake() -> None:
        """While our SELECT is answered with the next number of before, the other host reads further."""
        imap.put(message("two"))
        imap.put(message("three"))
        assert polled_on(other).stored == 2
        imap.uidnext = 2

    imap.play("select", Call(overtake))
    asked = len(imap.asked("BODY"))
    with caplog.at_level(logging.WARNING):
        polled = fetch.poll("peo")

    assert (polled.stored, polled.known, polled.stopped) == (0, 0, None)
    assert len(imap.asked("BODY")) == asked + 1  # of the other host
    assert "anew" not in caplog.text
    assert [uid for uid, _, _ in sightings()] == [1, 2, 3]


def test_two_hosts_at_once_store_each_message_once(imap: ScriptedIMAP, app: Flask, other: Flask) -> None:
    words = [f"m{number}" for number in range(160)]
    for word in words[:80]:
        imap.put(message(word))
    more = iter(words[80:])
    start = threading.Barrier(2)
    troubles: list[str | None] = []

    def work(host: Flask) -> None:
        start.wait()
        for _ in range(8):
            for word in (next(more, None) for _ in range(5)):
                if word:
                    imap.put(message(word))
            troubles.append(polled_on(host).stopped)

    hosts = [threading.Thread(target=work, args=(host,)) for host in (app, other)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    fetch.poll("peo")

    assert set(troubles) == {None}
    assert sorted(kept()) == sorted(map(message, words))
    assert {(here, told) for _, here, told in sightings()} == {(True, True)}
    cursor = cursor_of()
    assert cursor and cursor["last_uid"] == len(words)
