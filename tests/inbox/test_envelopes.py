"""A PEC envelope speaks for its sender where it was sent, and once, however it comes and however often."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories.incoming import kept, message
from tests.factories.listening import Here, Listener, opened_case
from tests.factories.pec_samples import GIULIA, Provider, mail
from urp.foundation.db import transaction
from urp.foundation.events import connect
from urp.inbox import process, settle
from urp.inbox.events import MessageArrived
from urp.inbox.states import HoldReason

PROVIDER = Provider()
OUR_PEC = "urp@pec.cittametropolitana.example"
OUR_PEO = "urp@cittametropolitana.example"
pytestmark = pytest.mark.usefixtures("ctx")


@pytest.fixture(autouse=True)
def trusting(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Listener:
    monkeypatch.setattr(Here, "trust", PROVIDER.trust)
    return listener


@pytest.fixture
def envelope() -> bytes:
    return written()


def written(to: str = OUR_PEC, **changes: str) -> bytes:
    """An envelope with a question of Giulia's."""
    return PROVIDER.envelope(mail(GIULIA, to, "Buca", "Chi la ripara?"), to=to, **changes)


def again(envelope: bytes, number: int = 1) -> bytes:
    """The same envelope as somebody sends it on, under other headers."""
    return f"Received: from mx{number}.altrove.example\r\n".encode() + envelope


def holding(app: Flask, listen: Callable[[MessageArrived], object]) -> None:
    """Let somebody else hear what people write."""
    board = app.extensions["switchboard"]
    connect(app, {**board.now, MessageArrived: (listen,)}, board.later)


def read(raw: bytes, mailbox: str = "pec") -> dict[str, object]:
    incoming = kept(raw, mailbox=mailbox)
    process.process()
    return dict(message(incoming))


@pytest.mark.parametrize("to", ["altro@pec.ente.example", "urp@pec.cittametropolitana.example.altrove.example"])
@pytest.mark.parametrize("mailbox", ["pec", "peo"])
def test_an_envelope_to_others_certifies_nobody(to: str, mailbox: str, trusting: Listener) -> None:
    found = read(written(to), mailbox)
    assert (found["state"], found["reason"], found["certified"]) == ("held", "envelope_not_trusted", False)
    assert (found["note"], found["envelope"]) == ("addressed to other mailboxes, not to ours", None)
    assert trusting.heard == []


@pytest.mark.parametrize("to", [OUR_PEC, OUR_PEO, "URP@PEC.CittaMetropolitana.example"])
def test_an_envelope_to_us_is_heard_however_we_are_spelled(to: str) -> None:
    found = read(written(to), "peo")
    assert (found["state"], found["certified"]) == ("opened", True)


def test_an_envelope_without_a_name_could_come_for_ever() -> None:
    found = read(written(identifier=""))
    assert (found["state"], found["reason"], found["certified"]) == ("held", "envelope_not_trusted", False)


@pytest.mark.parametrize("mailbox", ["pec", "peo"])
def test_the_same_envelope_again_joins_the_first_without_a_word(
    envelope: bytes, mailbox: str, trusting: Listener
) -> None:
    first, second = read(envelope), read(again(envelope), mailbox)
    assert (first["state"], second["state"], second["case_id"]) == ("opened", "attached", opened_case())
    assert second["note"] == f"the same envelope as number {first['id']}"
    assert [heard.incoming_id for heard in trusting.heard] == [first["id"]]


def test_another_envelope_of_the_same_person_is_another(envelope: bytes, trusting: Listener) -> None:
    assert [read(one)["state"] for one in (envelope, written())] == ["opened", "opened"]
    assert len(trusting.heard) == 2


def test_the_same_envelope_as_one_that_waits_waits_beside_it(envelope: bytes, app: Flask) -> None:
    case, guess = opened_case(), HoldReason.OTHER_SENDER
    holding(app, lambda event: settle.held(event.incoming_id, guess, guess_case_id=case))
    first, second = read(envelope), read(again(envelope))
    assert [(one["state"], one["reason"], one["guess_case_id"]) for one in (first, second)] == [
        ("held", guess, case)
    ] * 2
    assert second["note"] == f"the same envelope as number {first['id']}"


def test_what_was_not_placed_has_not_come_before(envelope: bytes, trusting: Listener) -> None:
    trusting.trouble = RuntimeError("a fault of ours")
    first = read(envelope)
    trusting.trouble = None
    second = read(again(envelope))
    assert (first["state"], second["state"]) == ("new", "opened")
    assert process.process_one(int(str(first["id"])), Here()).state == "attached"


def test_what_is_read_again_is_not_its_own_copy(envelope: bytes, app: Flask, trusting: Listener) -> None:
    holding(app, lambda event: settle.held(event.incoming_id, HoldReason.TOO_MANY))
    first = int(str(read(envelope)["id"]))
    with transaction():
        settle.spam(first)
        settle.retried(first)
    assert process.process_one(first, Here()).note is None


def test_of_copies_that_arrive_together_one_is_heard(app: Flask, envelope: bytes, trusting: Listener) -> None:
    boxes = ["pec", "peo"] * 2
    ids = [kept(again(envelope, number), mailbox=box) for number, box in enumerate(boxes)]
    start = threading.Barrier(len(ids))

    def work(incoming_id: int) -> None:
        with app.app_context():
            start.wait()
            process.process_one(incoming_id, Here())

    workers = [threading.Thread(target=work, args=(one,)) for one in ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(message(one)["state"] for one in ids) == [*["attached"] * 3, "opened"]
    assert len(trusting.heard) == 1
