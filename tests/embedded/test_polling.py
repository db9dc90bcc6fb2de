"""The program reads the built-in post office as it reads a provider: every byte, once, and flagged."""

import imaplib
from typing import Any
from urllib.parse import quote

import pytest

from tests.factories.inbox import kept, sightings
from urp.inbox import balance, fetch

URP = "urp@posta.example"
LETTERS = [b"Subject: one\r\n\r\nCaff\xe8.\r\n", b"Subject: two\r\n\r\n.\r\n..\r\n", b"Subject: \xff\xfe\r\n\r\n"]

pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture
def app_settings(office: Any) -> dict[str, object]:
    return {"peo_imap": f"imap://{quote(URP, safe='')}:{quote(office.password, safe='')}@127.0.0.1:{office.imap}"}


def test_each_letter_is_fetched_once_and_counted(office: Any) -> None:
    for letter in LETTERS:
        office.send("giulia@posta.example", [URP], letter)

    assert str(fetch.poll("peo")) == "3 stored, 0 known"
    assert str(fetch.poll("peo")) == "0 stored, 0 known"

    assert [raw.partition(b"\r\nSubject")[2] for raw in kept()] == [
        letter.removeprefix(b"Subject") for letter in LETTERS
    ]
    assert {(here, told) for _, here, told in sightings()} == {(True, True)}
    assert str(balance.balance("peo")) == "3 on the server = 3 new + 0 doubles + 0 missing"
    with imaplib.IMAP4("127.0.0.1", office.imap, timeout=10) as mailbox:
        mailbox.login(URP, office.password)
        mailbox.select("INBOX")
        assert mailbox.search(None, "UNSEEN")[1] == [b""]
