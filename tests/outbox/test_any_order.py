"""Receipts come in any order, twice, and before the server's reply: where a letter ends does not depend on it."""

import random
from collections.abc import Iterable, Sequence
from itertools import chain, combinations, permutations

import pytest
from flask import Flask

from tests.factories.outbox import events, pec_letter, proofs, receive, row, state
from tests.smtp_scripted import Call, ScriptedSMTP
from urp.foundation.db import transaction
from urp.outbox import arrows, queries, send
from urp.outbox.record_receipt import PROOFS, WARNING
from urp.outbox.replies import Accepted, Refused, Reply, TryLater, Unknown
from urp.outbox.states import ARROWS, Proof, Stage, State

S = State
TOKEN = "a" * 32
REPLIES: dict[str, Reply] = {
    "250": Accepted(250, "taken"),
    "451": TryLater(451, "later"),
    "550": Refused(550, "no"),
    "silence": Unknown(None, "no reply"),
}
AFTER_REPLY = {"250": S.SENT, "451": S.QUEUED, "550": S.DEAD, "silence": S.UNCERTAIN}
RECEIPTS = {
    "accettazione": ("accettazione", 1.0),
    "consegna": ("avvenuta_consegna", 2.0),
    "errore": ("errore_consegna", 3.0),
    "preavviso 12": (WARNING, 720.0),
    "preavviso 24": (WARNING, 1440.0),
}


def ends(happened: Iterable[str]) -> State:
    """Where a letter that was being sent must end, whatever the order."""
    seen = set(happened)
    if "consegna" in seen:
        return S.DELIVERED
    if "errore" in seen or {"preavviso 12", "preavviso 24"} <= seen:
        return S.FAILED
    if "accettazione" in seen:
        return S.ACCEPTED
    return next((AFTER_REPLY[one] for one in seen if one in REPLIES), S.SENDING)


def walk(happenings: Sequence[str]) -> State:
    """The same by the table: each happening leads along its arrow, if there is one from where the letter is."""
    at, known = S.SENDING, set[str]()
    for one in happenings:
        if one in known:
            continue  # seen before
        known.add(one)
        target = _target(one, known)
        if target in ARROWS[at] and (one not in REPLIES or at == S.SENDING):
            at = S(target)
    return at


def _target(one: str, known: set[str]) -> str | None:
    if one in REPLIES:
        return AFTER_REPLY[one]
    proof = PROOFS[RECEIPTS[one][0]]
    if proof == Proof.LATE:
        return S.FAILED if len([other for other in known if other.startswith("preavviso")]) == 2 else None
    return proof.value


@pytest.mark.parametrize("reply", REPLIES)
def test_every_order_of_every_choice_ends_alike(reply: str) -> None:
    all_of_it = (reply, *RECEIPTS)
    choices = chain.from_iterable(combinations(all_of_it, size) for size in range(len(all_of_it) + 1))
    tried = 0
    for chosen in choices:
        for order in permutations(chosen):
            assert walk(order) == ends(chosen), order
            assert walk(order * 2) == ends(chosen), order
            tried += 1
    assert tried == 1957


def test_without_the_arrow_from_sending_the_order_would_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARROWS, S.SENDING, ARROWS[S.SENDING] - {S.ACCEPTED})
    assert walk(["250", "accettazione"]) != walk(["accettazione", "250"])


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("reply", REPLIES)
def test_the_database_walks_as_the_table_says(reply: str) -> None:
    orders = list(permutations((reply, *RECEIPTS)))
    dice = random.Random(reply)
    chosen = [order[: dice.randint(2, 6)] for order in dice.sample(orders, 10)]
    for order in [(reply, "accettazione", "consegna"), ("consegna", "accettazione", reply), *chosen]:
        letter = pec_letter(S.SENDING, Stage.DOT, lease_token=TOKEN, attempts=1)
        for one in order:
            happen(letter, one)
            if one in RECEIPTS:
                assert receive(letter, *RECEIPTS[one]).refusal == "seen before"
        assert state(letter) == ends(order), order
        assert len(proofs(letter)) == len(set(order) - {reply})
        for old, new in events(letter)[1:]:
            assert new in ARROWS[S(old)]


def happen(letter: int, one: str) -> None:
    """The server replies, or a receipt comes."""
    if one in RECEIPTS:
        assert receive(letter, *RECEIPTS[one]).refusal is None
        return
    with transaction():
        (in_hand,) = queries.in_hand([letter])
    send._settle(in_hand, TOKEN, REPLIES[one], send.Counts(), tell=True)


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize(("replies", "code"), [(True, 250), (False, None)])
def test_a_receipt_that_is_quicker_than_the_reply_is_believed(
    app: Flask, server: ScriptedSMTP, replies: bool, code: int | None
) -> None:
    letter = pec_letter(S.QUEUED, Stage.PRE)

    def arrive() -> None:
        with app.app_context():
            receive(letter)
            receive(letter, "avvenuta_consegna", minutes=2)
        if not replies:
            raise OSError  # the server hangs up

    server.play("dot", Call(arrive))
    counts = send.drain("pec")
    assert (counts.sent, counts.uncertain, counts.postponed) == (1, 0, 0)
    assert (state(letter), row(letter)["last_code"]) == ("delivered", code)
    assert send.drain("pec").sent == 0


@pytest.mark.usefixtures("ctx")
def test_a_refusal_that_comes_after_its_receipt_is_no_time_of_leaving() -> None:
    letter = pec_letter(S.FAILED, lease_token=TOKEN)
    (in_hand,) = queries.in_hand([letter])
    send._settle(in_hand, TOKEN, Refused(550, "no"), send.Counts(), tell=True)
    assert (state(letter), row(letter)["last_code"], row(letter)["sent_at"]) == ("failed", 550, None)


@pytest.mark.usefixtures("ctx")
def test_a_receipt_of_an_earlier_try_keeps_the_second_dot_back(app: Flask, server: ScriptedSMTP) -> None:
    letter = pec_letter(S.QUEUED, Stage.PRE)

    def arrive() -> None:
        with app.app_context():
            receive(letter)

    server.play("data", Call(arrive))  # the worker has it in hand, the marker is not written
    counts = send.drain("pec")
    assert (counts.sent, state(letter)) == (0, "accepted")
    assert server.journal == []


@pytest.mark.usefixtures("ctx")
def test_a_letter_proven_while_it_waits_never_leaves_again(server: ScriptedSMTP) -> None:
    letter = pec_letter(S.QUEUED, Stage.PRE)
    receive(letter)
    assert send.drain("pec").sent == 0
    with transaction():
        assert arrows.claimed("pec", TOKEN) == []
    assert server.sessions == 0
