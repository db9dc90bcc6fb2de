"""The reader is a process of its own: what breaks it is told, the next message is read, nothing is left behind."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.mails import file_part, mail_of, nested, ordinary, part
from tests.factories.pec_samples import Provider
from urp.inbox import limits, reading
from urp.inbox.classify import read_message
from urp.inbox.reading import Reader, ReaderLost, Unreadable
from urp.pec.kinds import RECEIPTS
from urp.pec.signature import Trust

GOOD = ordinary(body="Sto bene.")
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
    with Reader(tmp_path / "missing.pem") as child, pytest.raises(ReaderLost):
        child.read(GOOD)
    assert Trust() == Trust.from_file(None)
