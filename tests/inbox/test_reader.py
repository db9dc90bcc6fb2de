"""The child program and its wire: frames in, frames out, nothing but JSON and bytes."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from tests.factories.mails import delivery_report, file_part, mail_of, ordinary
from tests.factories.pec_samples import Provider
from urp.inbox import wire
from urp.inbox.classify import read_message
from urp.pec.kinds import Kind
from urp.pec.signature import Trust

ROOT = Path(__file__).resolve().parents[2]
MODULES = "import sys, urp.inbox.reader; print(' '.join(sys.modules))"


def test_the_child_ends_with_its_input() -> None:
    for given in (b"", b"\0\0", b"\0" * 7 + b"\5abc", b"\xff" * 8):
        command = [sys.executable, "-m", "urp.inbox.reader"]
        done = subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert wire.receive(answers := BytesIO(done.stdout)) == wire.READY
        assert answers.read() == b""


def test_the_child_answers_in_json() -> None:
    asked = BytesIO()
    wire.send(asked, b"7", ordinary(), b"8", b"a: b\n" * 2000)
    command = [sys.executable, "-m", "urp.inbox.reader", "--providers", "a.example,b.example"]
    done = subprocess.run(command, input=asked.getvalue(), capture_output=True, cwd=ROOT, timeout=60, check=True)
    answers = BytesIO(done.stdout)
    assert [wire.receive(answers), wire.receive(answers)] == [wire.READY, b"7"]
    assert json.loads(wire.receive(answers))["reading"]["kind"] == "ordinary"
    assert wire.receive(answers) == b"8"
    assert json.loads(wire.receive(answers)) == {"refused": "more than 1000 headers", "last": False}


def test_the_child_knows_no_database_no_web_and_no_queue() -> None:
    done = subprocess.run([sys.executable, "-c", MODULES], capture_output=True, cwd=ROOT, timeout=60, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.decode().split()}
    assert loaded & {"flask", "sqlalchemy", "celery", "redis", "flask_sqlalchemy"} == set()
    assert "urp.inbox.reader" in done.stdout.decode()


@pytest.mark.parametrize(
    "message",
    [
        ordinary("In-Reply-To: <a@b> <c@d>"),
        mail_of("mixed", file_part("image/png", b"\x89\0\xff", 'inline; filename="è.png"')),
        delivery_report(("a@b.example", "failed", "5.1.1"), ("c@d.example", "delayed", "4.1.1")),
        Provider().receipt(Kind.AVVENUTA_CONSEGNA),
    ],
)
def test_a_reading_comes_back_as_it_went(message: bytes) -> None:
    reading = read_message(message, Trust())
    plain, *files = wire.frames_of(reading)
    assert wire.reading_of(json.loads(plain)["reading"], files) == reading


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "order"},
        {"words": {}},
        {"words": None},
        {"report": [{}]},
        {"receipt": {"at": "yesterday"}},
        {"report": 3},
    ],
)
def test_what_no_reader_of_ours_writes_is_not_believed(change: dict[str, object]) -> None:
    plain, *files = wire.frames_of(read_message(ordinary(), Trust()))
    with pytest.raises(wire.Broken):
        wire.reading_of({**json.loads(plain)["reading"], **change}, files)
    with pytest.raises(wire.Broken):
        wire.reading_of(json.loads(plain)["reading"], [b"one file too many"])


def test_a_frame_out_of_all_reason_is_not_read() -> None:
    for broken in (b"", b"\0", b"\0" * 7 + b"\5half", b"\xff" * 8):
        with pytest.raises(wire.Broken):
            wire.receive(BytesIO(broken))
