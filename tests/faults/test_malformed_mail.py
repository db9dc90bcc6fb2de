"""F25: malformed mail, by the thousand: read or refused in its time, and the good message behind it is read.

URP_TEST_SEED repeats a run, URP_TEST_THOROUGH=1 tries twenty mutations of each message instead of one.
"""

import os
import random
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.broken_mails import corpus, mutated
from tests.factories.incoming import kept, message
from tests.factories.listening import listening
from tests.factories.mails import HOSTILE, ordinary
from tests.faults.campaign import measured, note
from urp.foundation.db import db
from urp.inbox import process
from urp.inbox.reader import CPU_S, MEMORY
from urp.inbox.reading import Reader, Unreadable

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("URP_TEST_SEED") or secrets.randbelow(2**32))
THOROUGH = bool(os.environ.get("URP_TEST_THOROUGH"))
MESSAGES = 1000
MUTATIONS = 20 if THOROUGH else 1
IN_THE_DATABASE = 400 if THOROUGH else 25
EVERY = 10
"""So often a good message stands behind a bad one; behind each refused one it always does."""


@dataclass
class Tally:
    """What happened, and what a run must show at its end."""

    read: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    good: int = 0
    worst_cpu_s: float = 0
    peak_mb: float = 0
    children: set[int] = field(default_factory=set)

    def watch(self, child: Reader, before: tuple[int | None, float]) -> None:
        """Look at the child after a message: what it cost, what the child ever held."""
        if child.pid is None:
            return
        self.children.add(child.pid)
        status = Path(f"/proc/{child.pid}/status").read_text()
        self.peak_mb = max(self.peak_mb, int(status.partition("VmHWM:")[2].split()[0]) / 1024)
        pid, cpu = before
        self.worst_cpu_s = max(self.worst_cpu_s, cpu_of(child) - (cpu if pid == child.pid else 0))


def cpu_of(child: Reader) -> float:
    """Seconds of work that the child has cost so far."""
    if child.pid is None:
        return 0
    fields = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bad_messages(seed: int) -> Iterator[bytes]:
    """The corpus, and its mutations; `seed` makes the same again."""
    for number, one in enumerate(corpus(seed, MESSAGES)):
        yield one
        dice = random.Random(f"{seed}/{number}")  # of its own: signed samples are never quite as long again
        for _ in range(MUTATIONS):
            yield mutated(one, dice)


def good(number: int) -> bytes:
    return ordinary(mid=f"<good{number}@posta.example>", body=f"Sto bene, numero {number}.")


@pytest.mark.timeout(1800 if THOROUGH else 300)
def test_no_message_breaks_the_reader_or_the_next_message() -> None:
    tally, begun = Tally(), time.monotonic()
    with Reader() as child:
        for number, bad in enumerate(bad_messages(SEED)):
            before = (child.pid, cpu_of(child))
            refused = tried(child, bad, tally)
            tally.watch(child, before)
            if refused or number % EVERY == 0:
                assert child.read(good(number)).words.text == f"Sto bene, numero {number}.", (
                    f"seed {SEED}, number {number}"
                )
                tally.good += 1
    total = tally.read + sum(tally.refused.values())
    measured(
        f"F25 seed {SEED}: {total} bad messages and {tally.good} good ones in {time.monotonic() - begun:.0f} s, {tally.read}"
        f" read, refused {tally.refused}; worst {tally.worst_cpu_s:.1f} s, {tally.peak_mb:.0f} MB,"
        f" {len(tally.children)} children"
    )
    assert total >= MESSAGES * (1 + MUTATIONS)
    assert tally.good >= total / EVERY
    assert tally.worst_cpu_s <= CPU_S + 1
    assert tally.peak_mb * 2**20 < MEMORY
    faults_of_ours = [why for why in tally.refused if "failed" in why or "died" in why]
    assert faults_of_ours == [], f"seed {SEED}"


def tried(child: Reader, bad: bytes, tally: Tally) -> bool:
    try:
        child.read(bad)
    except Unreadable as reason:
        tally.refused[str(reason)] = tally.refused.get(str(reason), 0) + 1
        return True
    tally.read += 1
    return False


@pytest.mark.usefixtures("ctx")
def test_in_the_mailbox_every_message_gets_a_place_and_none_stops_the_next(app: Flask) -> None:
    listening(app)
    dice = random.Random(SEED)
    messages = dice.sample(corpus(SEED, MESSAGES), IN_THE_DATABASE)
    bad = dict.fromkeys([kept(mutated(one, dice)) for one in messages] + [kept(make()) for make in HOSTILE.values()])
    behind = [kept(good(number)) for number in range(5)]
    while process.process("peo"):
        pass
    left = {message(one)["note"] for one in bad if message(one)["state"] == "new"}
    assert left == set(), f"seed {SEED}"
    assert [message(one)["state"] for one in behind] == ["opened"] * 5
    note("F25 malformed mail in the mailbox", db.engine.dialect.name, len(bad))


def test_the_same_seed_makes_the_same_messages() -> None:
    first, second = ([next(messages) for _ in range(MESSAGES)] for messages in (bad_messages(7), bad_messages(7)))
    unlike = [one for one, other in zip(first, second, strict=True) if one != other]
    assert len(unlike) < 70  # signatures are never the same twice
