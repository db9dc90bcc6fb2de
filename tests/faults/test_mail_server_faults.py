"""F12 to F16: what a mail server can do to us, played to a drainer in a process of its own."""

import ssl
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.outbox import posted, row, states
from tests.faults import oracle, passing
from tests.faults.campaign import repetitions
from tests.faults.senders import Orders, drain
from tests.smtp_scripted import Close, Drip, Fault, Say, ScriptedSMTP, Silence
from urp.channels import queries as channels
from urp.foundation.db import db, transaction
from urp.outbox import sweep

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("ctx"), pytest.mark.timeout(900)]

CERTIFICATES = Path(__file__).resolve().parents[1] / "certificates"
SHORT = 0.5
IMPATIENT = {"CONNECT_S": SHORT, "COMMAND_S": SHORT, "DATA_S": SHORT, "REPLY_S": SHORT}
NOT_NOW = [("mail", 452), ("rcpt", 450), ("data", 421), ("dot", 451)]
NEVER = [("rcpt", 550), ("data", 554), ("dot", 552)]


@pytest.mark.parametrize(("point", "code"), NOT_NOW)
def test_f12_not_now_is_tried_again_in_a_minute(point: str, code: int, orders: Orders, smtp: ScriptedSMTP) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters = posted(3)
        smtp.play(point, Say(code))
        assert drain(orders) == 0
        assert states(letters) == ["queued", "sent", "sent"]
        pause = row(letters[0])["next_at"] - row(letters[1])["sent_at"]
        assert 48 - SHORT * 20 < pause.total_seconds() < 72
        assert drain(orders) == 0
        assert states(letters) == ["queued", "sent", "sent"]
        passing.all_is_due(orders.database)
        assert drain(orders) == 0
        assert states(letters) == ["sent"] * 3
    oracle.compare(orders.database, smtp).note("F12 SMTP 4xx at MAIL, RCPT, DATA, dot", orders.database, times)


@pytest.mark.parametrize("fault", [Say(421), Close(), Silence(), Drip(SHORT)], ids=lambda fault: type(fault).__name__)
def test_f12_f15_a_server_that_does_not_greet_costs_the_letters_nothing(
    fault: Fault, orders: Orders, smtp: ScriptedSMTP
) -> None:
    letters = posted(3)
    smtp.play("connect", fault)
    assert drain(orders.but(patience=IMPATIENT)) == 0
    assert [(row(one)["state"], row(one)["attempts"]) for one in letters] == [("queued", 0)] * 3
    assert not condition().may_try
    passing.all_is_due(orders.database)
    assert drain(orders) == 0
    assert states(letters) == ["sent"] * 3
    assert condition().failures == 0
    oracle.compare(orders.database, smtp).note("F12 SMTP greeting refused, silent, dripping", orders.database)


@pytest.mark.parametrize(("point", "code"), NEVER)
def test_f13_never_is_told_at_once_and_the_others_leave(
    point: str, code: int, orders: Orders, smtp: ScriptedSMTP
) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters = posted(3)
        smtp.play(point, Say(code, "no"))
        assert drain(orders) == 0
        assert states(letters) == ["dead", "sent", "sent"]
        assert row(letters[0])["last_code"] == code
        assert drain(orders) == 0
    verdict = oracle.compare(orders.database, smtp, refused=times)
    verdict.note("F13 SMTP 5xx at RCPT, DATA, dot", orders.database, times)


def test_f13_a_refused_login_stops_the_mailbox_and_costs_the_letters_nothing(
    orders: Orders, guarded: ScriptedSMTP
) -> None:
    letters = posted(3)
    assert drain(orders.but(smtp=guarded.url(user="urp:wrong"))) == 0
    assert [(row(one)["state"], row(one)["attempts"]) for one in letters] == [("queued", 0)] * 3
    assert (condition().state, condition().may_try) == ("stopped", False)
    assert drain(orders.but(smtp=guarded.url(user="urp:wrong"))) == 0
    assert Counter(guarded.verbs)["AUTH"] == 1
    passing.all_is_due(orders.database)
    assert drain(orders.but(smtp=guarded.url(user="urp:secret"))) == 0
    assert states(letters) == ["sent"] * 3
    assert condition().state == "active"
    oracle.compare(orders.database, guarded).note("F13 SMTP login refused (535)", orders.database)


@pytest.mark.parametrize("accepted", [True, False], ids=["taken", "not taken"])
@pytest.mark.parametrize("kind", [Silence, Close])
def test_f14_without_a_reply_to_the_dot_it_is_in_doubt_and_not_sent_again(
    kind: type[Silence | Close], accepted: bool, orders: Orders, smtp: ScriptedSMTP
) -> None:
    times = repetitions(1)
    for _ in range(times):
        letters = posted(3)
        smtp.play("dot", kind(accepted))
        assert drain(orders.but(patience=IMPATIENT)) == 0
        assert states(letters) == ["uncertain", "sent", "sent"]
        passing.all_is_due(orders.database)
        assert drain(orders) == 0
    verdict = oracle.compare(orders.database, smtp)
    assert len(smtp.journal) == (3 if accepted else 2) * times
    verdict.note("F14 SMTP silent or closed after the dot", orders.database, times)


@pytest.mark.parametrize("accepted", [True, False], ids=["taken", "not taken"])
def test_f14_the_rule_repeats_a_confirmation_by_ordinary_mail_once(
    accepted: bool, orders: Orders, smtp: ScriptedSMTP
) -> None:
    (letter,) = posted(1, automatic=True)
    for _ in range(2):
        smtp.play("dot", Close(accepted))
        assert drain(orders) == 0
        passing.doubts_are_old(orders.database)
        with transaction():
            sweep.repeat()
    assert states([letter]) == ["uncertain"]
    assert [taken.message_id for taken in smtp.journal] == [row(letter)["message_id"]] * (2 if accepted else 0)
    oracle.compare(orders.database, smtp).note("F14 confirmation in doubt, repeated by rule", orders.database)


def test_f14_closed_at_quit_all_were_sent(orders: Orders, smtp: ScriptedSMTP) -> None:
    letters = posted(3)
    smtp.play("quit", Close())
    assert drain(orders) == 0
    assert states(letters) == ["sent"] * 3
    assert drain(orders) == 0
    oracle.compare(orders.database, smtp).note("F14 SMTP closed at QUIT", orders.database)


@pytest.mark.parametrize("point", ["rcpt", "dot"])
def test_f15_a_reply_that_drips_is_not_waited_for_for_ever(point: str, orders: Orders, smtp: ScriptedSMTP) -> None:
    letters = posted(2)
    smtp.play(point, Drip(SHORT / 2))
    assert drain(orders.but(patience=IMPATIENT)) == 0
    assert states(letters) == ["uncertain" if point == "dot" else "queued", "sent"]
    passing.all_is_due(orders.database)
    assert drain(orders) == 0
    assert states(letters) == ["uncertain" if point == "dot" else "sent", "sent"]
    oracle.compare(orders.database, smtp).note("F15 SMTP one byte at a time", orders.database)


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_f15_an_unproven_server_hears_nothing(scheme: str, orders: Orders) -> None:
    letters = posted(3)
    with ScriptedSMTP(tls=_certificate(), implicit=scheme == "smtps", users={"urp": "secret"}) as server:
        there = orders.but(smtp=server.url(scheme, "urp:secret", "localhost"))
        assert drain(there) == 0
        assert states(letters) == ["queued"] * 3
        assert condition().state == "stopped"
        assert not {"AUTH", "MAIL"} & set(server.verbs)
        passing.all_is_due(orders.database)
        assert drain(there.but(trust=CERTIFICATES / "authority.pem")) == 0
        assert states(letters) == ["sent"] * 3
        oracle.compare(orders.database, server).note("F15 SMTP certificate wrong", orders.database)


def test_f15_a_stripped_starttls_stops_the_mailbox(orders: Orders, guarded: ScriptedSMTP) -> None:
    letters = posted(3)
    assert drain(orders.but(smtp=guarded.url("smtp+starttls", "urp:secret", "localhost"))) == 0
    assert states(letters) == ["queued"] * 3
    assert condition().state == "stopped"
    assert not {"AUTH", "MAIL"} & set(guarded.verbs)
    oracle.compare(orders.database, guarded).note("F15 SMTP STARTTLS stripped", orders.database)


@pytest.mark.parametrize("mailbox", ["peo", "pec"])
def test_f16_one_of_three_recipients_refused_the_other_two_get_theirs(
    mailbox: str, orders: Orders, smtp: ScriptedSMTP
) -> None:
    wrong, *right = [posted(1, mailbox=mailbox, recipient=f"{name}@posta.example")[0] for name in ("a", "b", "c")]
    smtp.play("rcpt", Say(550, "no such mailbox"), when="a@posta.example")
    assert drain(orders.but(mailbox=mailbox)) == 0
    assert (states([wrong]), states(right)) == (["dead"], ["sent", "sent"])
    assert sorted(letter.recipients for letter in smtp.journal) == [("b@posta.example",), ("c@posta.example",)]
    verdict = oracle.compare(orders.database, smtp, refused=1)
    verdict.note("F16 one of three recipients refused", orders.database)


@pytest.fixture
def guarded() -> Iterator[ScriptedSMTP]:
    """A mail server that wants a name and a password, and offers no encryption."""
    with ScriptedSMTP(users={"urp": "secret"}) as server:
        yield server


def condition() -> channels.Condition:
    """How the PEO mailbox is doing."""
    db.session.rollback()
    found = channels.condition("peo")
    db.session.rollback()
    assert found is not None
    return found


def _certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "localhost.pem")
    return context
