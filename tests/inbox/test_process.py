"""What was stored is read and put in its place, each message for itself, whatever becomes of the others."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories.incoming import kept, message
from tests.factories.listening import Here, Listener, opened_case
from tests.factories.mails import HOSTILE, delivery_report, nested, ordinary
from tests.factories.outbox import posted, row
from tests.factories.statements import counted
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.inbox import arrows, process, settle
from urp.inbox.content import Reading
from urp.inbox.models import MESSAGES

pytestmark = pytest.mark.usefixtures("ctx")


def numbered(number: int, *headers: str) -> bytes:
    return ordinary(*headers, mid=f"<{number}@posta.example>")


def later(incoming_id: int, **values: object) -> None:
    """As if its time had come."""
    with transaction():
        change = update(MESSAGES).where(MESSAGES.c.id == incoming_id)
        db.session.execute(change.values(**{"next_at": db_now(), **values}))


def test_a_message_is_read_described_and_placed(listener: Listener) -> None:
    incoming = kept(ordinary("In-Reply-To: <nobody@x>"), mailbox="pec")
    (outcome,) = process.process()
    assert (outcome.incoming_id, outcome.state, outcome.case_id) == (incoming, "opened", opened_case())
    found = message(incoming)
    assert (found["kind"], found["sender"], found["subject"]) == ("ordinary", "giulia.bianchi@posta.example", "Buca")
    assert (found["message_id"], found["certified"], found["attempts"]) == ("<g1@posta.example>", False, 1)
    assert found["lease_until"] is None
    (event,) = listener.heard
    assert (event.mailbox, event.certified, event.cited, event.received_at) == (
        "pec",
        False,
        None,
        found["received_at"],
    )
    assert process.process() == []


def test_one_bad_message_does_not_stop_the_next(listener: Listener) -> None:
    bad = [kept(nested(30)), kept(numbered(2, "X-Lost: 1")), kept(numbered(3).replace(b"Buca", b"nobody"))]
    good = kept(numbered(4))
    outcomes = {one.incoming_id: one for one in process.process("peo")}
    assert [outcomes[one].state for one in [*bad, good]] == ["failed", "new", "new", "opened"]
    assert outcomes[bad[0]].note == "parts nested deeper than 20"
    assert outcomes[bad[1]].note == "the reader died"
    assert outcomes[bad[2]].note == "could not be placed: Unplaced"


def test_what_was_done_before_the_trouble_is_undone(listener: Listener) -> None:
    listener.trouble = RuntimeError("a fault of ours")
    incoming = kept(ordinary())
    process.process()
    found = message(incoming)
    assert (found["state"], found["kind"], found["attempts"]) == ("new", None, 1)
    listener.trouble = None
    assert process.process_one(incoming, Here()).state == "opened"  # before its time: a person asked


def test_trouble_is_tried_again_ever_later_and_five_times(listener: Listener) -> None:
    incoming = kept(numbered(1, "X-Lost: 1"))
    waits = []
    for _ in range(5):
        later(incoming)
        process.process()
        waits.append(round((message(incoming)["next_at"] - now()).total_seconds() / 60))
        if len(waits) < 5:
            assert message(incoming)["state"] == "new"
            assert process.process() == []
    assert waits[:4] == [1, 5, 15, 60]
    assert (message(incoming)["state"], message(incoming)["note"]) == ("failed", "tried 5 times: the reader died")
    assert listener.heard == []


def test_a_message_that_kills_the_program_is_given_up_at_last(listener: Listener) -> None:
    incoming, good = kept(numbered(1)), kept(numbered(2))
    later(incoming, attempts=5, lease_until=db_now(-1))
    assert [one.incoming_id for one in process.process()] == [good]
    assert message(incoming)["state"] == "failed"
    with transaction():
        assert settle.retried(incoming)
    assert [one.state for one in process.process()] == ["opened"]


def test_a_message_in_other_hands_is_left_alone(listener: Listener) -> None:
    incoming = kept(ordinary())
    with transaction():
        assert arrows.claimed("peo", "a" * 32) == incoming
    assert process.process() == []
    assert process.process_one(incoming).state == "new"
    later(incoming, lease_until=db_now(-1))
    assert [one.state for one in process.process()] == ["opened"]


def test_whoever_lost_the_lease_places_nothing(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    incoming = kept(ordinary())

    class Slow(Here):
        """Reads so long that another takes over."""

        def read(self, raw: bytes) -> Reading:
            later(incoming, lease_token="b" * 32)
            return super().read(raw)

    monkeypatch.setattr(process, "reader", Slow)
    (outcome,) = process.process()
    assert (outcome.state, listener.heard) == ("new", [])


def test_reports_of_machines_reach_no_listener(listener: Listener) -> None:
    kept(ordinary("Auto-Submitted: auto-replied"))
    kept(delivery_report(("x@posta.example", "failed", "5.1.1")))
    kept(ordinary("X-Ricevuta: accettazione"))
    ids = [one.incoming_id for one in process.process()]
    rows = [message(one) for one in ids]
    assert [(one["state"], one["reason"]) for one in rows] == [
        *(("held", "automatic_unknown"), ("held", "bounce_not_ours"), ("held", "receipt_not_trusted"))
    ]
    assert rows[0]["note"] == "Auto-Submitted"
    assert listener.heard == []


def test_a_report_on_a_thousand_recipients_costs_what_a_report_on_one_does(listener: Listener) -> None:
    asked = []
    for raw in (HOSTILE["all that did not get it"](), delivery_report(("x@posta.example", "failed", "5.1.1"))):
        incoming = kept(raw)
        with counted(db.engine) as seen:
            assert process.process_one(incoming, Here()).state == "held"
        asked.append(len(seen.statements))
    assert asked[0] <= asked[1] + 1  # the second cites no letter at all


def test_what_cites_a_letter_of_ours_knows_it(listener: Listener) -> None:
    (letter,) = posted(case_id=opened_case())
    ours = row(letter)["message_id"]
    person = kept(ordinary(f"In-Reply-To: {ours}"))
    machine = kept(ordinary("Auto-Submitted: auto-replied", f"References: {ours}"))
    bounced = kept(
        delivery_report(
            ("giulia.bianchi@posta.example", "failed", "5.2.2"), letter=f"Message-ID: {ours}\r\n\r\n".encode()
        )
    )
    process.process()
    assert listener.heard[0].incoming_id == person
    assert listener.heard[0].cited is not None
    assert listener.heard[0].cited.id == letter
    assert (message(machine)["letter_id"], message(machine)["case_id"]) == (letter, opened_case())
    assert (message(bounced)["state"], message(bounced)["letter_id"]) == ("bounce", letter)


def test_through_the_real_child(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    kept(nested(100))
    kept(ordinary())
    assert [(one.state, one.note) for one in process.process()] == [
        *(("failed", "parts nested deeper than 20"), ("opened", None))
    ]


def test_four_processors_place_each_message_once(app: Flask, listener: Listener) -> None:
    ids = [kept(numbered(number)) for number in range(24)]
    done: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        with app.app_context():
            done.extend(one.incoming_id for one in process.process("peo"))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == ids
    assert sorted(event.incoming_id for event in listener.heard) == ids
    assert {message(one)["attempts"] for one in ids} == {1}


CHILD = """
import os, signal, sys
from pathlib import Path
from urp.app import create_app
from urp.config import load_settings
from urp.foundation.events import connect
from urp.inbox import arrows, process, reading, settle
from urp.inbox.events import MessageArrived

database, folder, case, point = sys.argv[1:]

def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

def listen(event):
    settle.opened(event.incoming_id, int(case))
    if point == "before the commit":
        die()

app = create_app(load_settings({}, env="test", database_url=database, data_dir=Path(folder)))
connect(app, {MessageArrived: (listen,)}, {})
if point == "while reading":
    reading.Reader.read = die
if point == "after the commit":
    process._outcome = die
with app.app_context():
    process.process()
"""
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.faults
@pytest.mark.parametrize(
    ("point", "state"), [("while reading", "new"), ("before the commit", "new"), ("after the commit", "opened")]
)
def test_a_processor_killed_leaves_the_message_to_be_read_once(
    point: str, state: str, app: Flask, listener: Listener, database_url: str
) -> None:
    incoming = kept(ordinary())
    words = [database_url, str(app.config["URP"].data_dir), str(opened_case()), point]
    done = subprocess.run([sys.executable, "-c", CHILD, *words], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr.decode()
    found = message(incoming)
    assert (found["state"], found["attempts"]) == (state, 1)
    assert process.process() == []  # not while the lease holds
    later(incoming, lease_until=db_now(-1))
    assert [one.state for one in process.process()] == (["opened"] if state == "new" else [])
    assert len(listener.heard) == (1 if state == "new" else 0)
    assert message(incoming)["state"] == "opened"
