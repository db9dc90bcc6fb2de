"""Bad input by name: none is lost, none attaches where it should not, none stops the next."""

from dataclasses import dataclass

import pytest

from tests.factories.incoming import kept, message
from tests.factories.listening import Listener, opened_case
from tests.factories.mails import PLAIN, joined, nested, ordinary, part, parts, raw
from tests.factories.outbox import posted, row
from urp.inbox import limits, process, queries

pytestmark = pytest.mark.usefixtures("ctx")
FROM = "From: giulia@posta.example"


@dataclass(frozen=True)
class Bad:
    """A message and what becomes of it: `why` is the reason it is held, or the note."""

    raw: bytes
    state: str
    why: str | None = None
    text: str | None = None


BAD = {
    "oversized": Bad(ordinary(body=b"a" * 1_100_000), "failed", "larger than 1 MB"),
    "nested": Bad(nested(1000), "failed", "parts nested deeper than 20"),
    "endless parts": Bad(parts(5000), "failed", "more than 200 parts"),
    "endless": Bad(
        raw(
            FROM,
            'Content-Type: multipart/mixed; boundary="b1"',
            body=joined("b1", [part("text/plain", b"uno")], closed=False),
        ),
        "opened",
        text="uno",
    ),
    "undecodable": Bad(
        raw(
            FROM,
            "Content-Type: text/plain; charset=x-klingon",
            "Subject: =?x-klingon?b?/////w==?=",
            body=b"\xff\xfe\x81",
        ),
        "opened",
        text="ÿþ\ufffd",
    ),
    "full of zeros": Bad(raw(FROM, "Subject: a\0b", body=b"\0\0ci\0ao\0"), "opened", text="ciao"),
    "header bomb": Bad(ordinary("X-A: " + "a" * 300_000), "failed", "a header longer than 64 kB"),
    "bomb of headers": Bad(ordinary(*["X-A: b"] * 30_000), "failed", "more than 1000 headers"),
    "bomb of people": Bad(ordinary("Cc: " + "a@b.example, " * 2000), "failed", "more than 100 addresses in a header"),
    "without Message-ID": Bad(raw(FROM), "opened", text=PLAIN.strip()),
    "without any header": Bad(b"\r\nSolo parole.\r\n", "opened", text="Solo parole."),
    "empty": Bad(b"", "opened", text=""),
    "X-Ricevuta in an ordinary mail": Bad(ordinary("X-Ricevuta: avvenuta-consegna"), "held", "receipt_not_trusted"),
    "a report about nothing of ours": Bad(
        ordinary("X-Failed-Recipients: a@b.example", body="Message-ID: <a@b>"), "held", "bounce_not_ours"
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_mail(name: str, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = BAD[name]
    if name == "oversized":
        monkeypatch.setattr(limits, "LARGEST", 2**20)
    (letter,) = posted(case_id=opened_case())
    before = row(letter)
    incoming, behind = kept(bad.raw), kept(ordinary(mid="<good@posta.example>", body="Sto bene."))
    outcomes = {one.incoming_id: one.state for one in process.process()}
    assert outcomes == {incoming: bad.state, behind: "opened"}
    assert queries.raw(incoming) == bad.raw
    assert bad.why in (None, message(incoming)["reason"], message(incoming)["note"])
    heard = {event.incoming_id: event.words.text for event in listener.heard}
    assert heard == {**({} if bad.text is None else {incoming: bad.text}), behind: "Sto bene."}
    assert row(letter) == before
