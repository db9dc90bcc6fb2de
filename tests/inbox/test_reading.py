"""The reader is a process of its own: what breaks it is told, the next message is read, nothing is left behind."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.mails import file_part, mail_of, nested, ordinary, part
from tests.factories.pec_samples import Provider
from urp.inbox import limits, reading, wire
from urp.inbox.classify import read_message
from urp.inbox.reading import NoReader, Reader, ReaderLost, Unreadable
from urp.pec.kinds import RECEIPTS
from urp.pec.signature import Trust

GOOD = ordinary(body="Sto bene.")
PICTURE = file_part("image/png", b"\x89" * 500, "inline; filename=a.png")
PLAYING = """
import os, signal, sys, time
from urp.inbox import reader
from urp.inbox.classify import read_message

def play(raw, trust):
    if b"Sto bene" in raw:
        return read_message(raw, trust)
    {act}

reader.read_message = play
reader.CPU_S = 0.2
reader.main()
"""


@pytest.fixture
def child() -> Iterator[Reader]:
    with Reader() as made:
        yield made


@pytest.fixture(scope="module")
def pec(tmp_path_factory: pytest.TempPathFactory) -> tuple[Provider, Path]:
    provider = Provider()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_bytes(provider.ca_pem)
    return provider, path


def playing(act: str) -> Reader:
    """A reader whose child does this with every message but the good one."""
    made = Reader()
    made._command = [sys.executable, "-P", "-s", "-c", PLAYING.format(act=act)]
    return made


def test_what_the_child_says_is_what_was_read(pec: tuple[Provider, Path]) -> None:
    provider, ca_file = pec
    picture = file_part("image/png", bytes(range(256)) * 300, 'inline; filename="è.png"')
    messages = [GOOD, mail_of("mixed", part("text/plain", "Perché\0?".encode()), picture), provider.envelope(GOOD)]
    messages += [provider.receipt(kind) for kind in sorted(RECEIPTS)]
    with Reader(ca_file, (provider.domain,)) as child:
        for message in messages:
            assert child.read(message) == read_message(message, provider.trust)
        assert child.read(provider.receipt(sorted(RECEIPTS)[0])).distrust is None
    with Reader() as child:
        assert child.read(provider.receipt(sorted(RECEIPTS)[0])).distrust is not None


def test_one_child_reads_many_messages_and_is_gone_afterwards(child: Reader) -> None:
    assert child.pid is None  # not before there is something to read
    child.read(GOOD)
    first = child.pid
    child.read(GOOD)
    assert child.pid == first
    child.close()
    assert first is not None
    assert not Path(f"/proc/{first}").exists()  # not even a zombie


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_the_child_has_no_secrets_and_no_folder(child: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URP_TEST_SECRET", "pec-password")
    monkeypatch.setenv("PYTHONSTARTUP", "/tmp/evil.py")
    child.read(GOOD)
    process = Path(f"/proc/{child.pid}")
    environ = process.joinpath("environ").read_bytes().strip(b"\0").split(b"\0")
    assert [one.partition(b"=")[0] for one in environ if not one.startswith(b"LC_CTYPE")] == [b"PYTHONPATH"]
    assert os.readlink(process / "cwd") == "/"
    assert {int(one.name) for one in (process / "fd").iterdir()} == {0, 1, 2}


@pytest.mark.parametrize(
    ("act", "reason", "lasting"),
    [
        ("while True: pass", "needed more than 10 s", True),
        ("kept = bytearray(2**30)", "needed more than 512 MB", True),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "the reader died", True),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the reader died", False),
        ("sys.exit(3)", "the reader died", False),
        ("os.write(1, b'\\xff' * 100)", "the reader died", False),
        ("os.write(1, b'\\0' * 7 + b'\\2' + b'[]')", "the reader died", False),
        ("""os.write(1, b'\\0' * 7 + b'\\x10' + b'{"reading": {} } ')""", "the reader died", False),
        ("raise KeyError('giulia@posta.example')", "the reader failed: KeyError at <string>:9", True),
        ("play(raw, trust)", "the reader failed: RecursionError at <string>", True),
    ],
)
def test_what_breaks_the_reader_is_told_and_the_next_message_is_read(act: str, reason: str, lasting: bool) -> None:
    with playing(act) as child:
        with pytest.raises(Unreadable) as told:
            child.read(b"bad")
        assert str(told.value).startswith(reason)
        assert isinstance(told.value, ReaderLost) is not lasting
        assert child.read(GOOD).words.text == "Sto bene."


def test_a_child_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with playing("while True: time.sleep(1)") as child:
        child.read(GOOD)
        first = child.pid
        monkeypatch.setattr(reading, "WALL_S", 0.3)
        with pytest.raises(ReaderLost, match="no answer within 30 s"):
            child.read(b"bad")
        monkeypatch.undo()
        assert child.read(GOOD).words.text == "Sto bene."
        assert child.pid != first
        assert not Path(f"/proc/{first}").exists()


def test_what_it_prints_does_not_speak_in_between() -> None:
    with playing("print('x' * 100_000); return read_message(raw, trust)") as child:
        assert child.read(b"From: giulia@posta.example\n\nbad").words.text == "bad"


def test_a_message_beyond_the_limits_does_not_cost_a_child(child: Reader) -> None:
    child.read(GOOD)
    first = child.pid
    with pytest.raises(Unreadable, match="nested deeper than 20"):
        child.read(nested(30))
    with pytest.raises(Unreadable, match="larger than 35 MB"):
        child.read(b"a" * (limits.LARGEST + 1))
    assert child.pid == first


@pytest.mark.parametrize("kind", ["file", "envelope", "text"])
def test_the_largest_message_is_read_within_its_limits(kind: str, child: Reader) -> None:
    large = mail_of(
        "mixed",
        part("text/plain", b"Ecco."),
        file_part("application/pdf", os.urandom(25_000_000), "attachment; filename=a.pdf"),
    )
    message = {
        "file": large,
        "envelope": Provider().envelope(large),
        "text": ordinary(body="è una parola " * 2_400_000),
    }[kind]
    assert 30_000_000 < len(message) < limits.LARGEST
    found = child.read(message)
    assert max(len(one.data) for one in found.words.enclosures) >= 25_000_000
    assert peak_mb(child) < 512


def peak_mb(child: Reader) -> float:
    """The most memory that the child ever held."""
    status = Path(f"/proc/{child.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def test_certificates_that_cannot_be_read_are_no_fault_of_a_message(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for file, why in ((tmp_path / "missing.pem", "No such file"), (broken, "cannot be read")):
        with Reader(file) as child, pytest.raises(NoReader, match=f"the file of PEC certificates: .*{why}"):
            child.read(GOOD)
        assert child.pid is None
    assert Trust() == Trust.from_file(None)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["/nonexistent"], "the reader cannot be started: No such file or directory"),
        ([sys.executable, "-c", "raise SystemExit(3)"], "the reader did not start: it ended with 3"),
    ],
)
def test_a_child_that_never_was_ready_says_nothing_of_the_message(command: list[str], why: str) -> None:
    with Reader() as child:
        child._command = command
        with pytest.raises(NoReader, match=why):
            child.read(GOOD)


@pytest.mark.parametrize("trouble", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("half", [1, 2, 3])
def test_an_answer_that_was_not_heard_out_is_never_taken_for_the_next(
    trouble: type[BaseException], half: int, child: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next message gets its own words, wherever we stopped listening to the one before."""
    child.read(GOOD)
    first = child.pid
    receive, calls = wire.receive, iter(range(1, 9))

    def fails(*given: Any) -> bytes:
        if next(calls) == half:
            raise trouble
        return receive(*given)

    monkeypatch.setattr(wire, "receive", fails)
    with pytest.raises(trouble):
        child.read(mail_of("mixed", part("text/plain", b"Sto male."), PICTURE))
    monkeypatch.undo()

    assert child.read(GOOD).words.text == "Sto bene."
    assert child.pid != first
    assert not Path(f"/proc/{first}").exists()


def test_an_answer_to_another_question_is_not_believed() -> None:
    late = "from urp.inbox import wire; wire.send(sys.__stdout__.buffer, b'1'); return read_message(raw, trust)"
    with playing(late) as child:
        with pytest.raises(ReaderLost, match="the reader died"):
            child.read(b"bad")
        assert child.read(GOOD).words.text == "Sto bene."


@pytest.mark.parametrize(("limit", "most"), [("MOST_PARTS", 0), ("MOST_ANSWER", 400)])
def test_an_answer_beyond_all_reason_is_not_taken_in(
    limit: str, most: int, child: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = mail_of("mixed", part("text/plain", b"Ecco."), PICTURE)
    assert child.read(message).words.enclosures
    monkeypatch.setattr(reading, limit, most)
    with pytest.raises(ReaderLost, match="the reader died"):
        child.read(message)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells")
def test_the_child_writes_no_file_and_starts_no_process(child: Reader, tmp_path: Path) -> None:
    child.read(GOOD)
    limits_of = Path(f"/proc/{child.pid}/limits").read_text()
    for name, most in (("Max file size", "0"), ("Max open files", "16"), ("Max processes", "0")):
        assert limits_of.partition(name)[2].split()[:2] == [most, most]
    write = f"open({str(tmp_path / 'made')!r}, 'wb', 0).write(b'x')"
    with playing(write) as writing, pytest.raises(Unreadable, match="OSError"):
        writing.read(b"bad")
