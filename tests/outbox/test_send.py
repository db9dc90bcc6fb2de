"""Draining a mailbox against a server that misbehaves: nothing lost, nothing doubled, doubt written down."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from tests.factories.outbox import events, posted, put, row, state, states
from tests.smtp_scripted import Call, Close, Fault, Say, ScriptedSMTP, Silence
from urp.channels import queries as channels
from urp.channels.models import Mailbox
from urp.config import parse_mail_server
from urp.foundation import events as switchboard
from urp.foundation.clock import now
from urp.foundation.db import db, db_now, transaction
from urp.foundation.host_lock import only_one
from urp.outbox import arrows, queries, send, staged_smtp
from urp.outbox.events import LetterSent
from urp.outbox.models import OutboxMessage
from urp.outbox.states import Stage, State

pytestmark = pytest.mark.usefixtures("ctx")


def test_what_is_due_leaves_once_over_one_line(server: ScriptedSMTP) -> None:
    letters = posted(3)
    assert send.drain("peo").sent == 3
    assert states(letters) == ["sent"] * 3
    assert server.sessions == 1
    assert [taken.message_id for taken in server.journal] == [row(letter)["message_id"] for letter in letters]
    assert row(letters[0])["sent_at"] is not None
    assert (row(letters[0])["last_code"], row(letters[0])["attempts"]) == (250, 1)
    assert events(letters[0]) == [("queued", "sending"), ("sending", "sent")]
    assert send.drain("peo").sent == 0
    assert len(server.journal) == 3


def test_mail_from_is_the_from_of_the_letter(server: ScriptedSMTP) -> None:
    posted(1, mailbox="pec")
    send.drain("pec")
    (taken,) = server.journal
    assert taken.message["From"].addresses[0].addr_spec == taken.sender == channels.sender("pec").address
    assert taken.recipients == ("giulia.bianchi@posta.example",)


def test_the_two_mailboxes_do_not_mix(server: ScriptedSMTP) -> None:
    pec, peo = posted(1, mailbox="pec"), posted(1)
    send.drain("pec")
    assert states(pec + peo) == ["sent", "queued"]


def test_a_large_letter_leaves_whole(server: ScriptedSMTP) -> None:
    posted(1, text="riga\n" * 40_000)
    assert send.drain("peo").sent == 1
    assert server.journal[0].message.get_content().count("riga") == 40_000


@pytest.mark.parametrize(
    ("point", "fault"),
    [
        ("mail", Say(452)),
        ("rcpt", Say(450)),
        ("data", Say(451)),
        ("dot", Say(451)),
        ("mail", Say(421)),
        ("rcpt", Close()),
    ],
)
def test_not_now_means_later_with_the_same_message_id(server: ScriptedSMTP, point: str, fault: Fault) -> None:
    server.play(point, fault)
    (letter,) = posted()
    assert send.drain("peo").postponed == 1
    later = row(letter)
    assert (later["state"], later["stage"], later["lease_until"]) == ("queued", "pre", None)
    assert later["last_code"] == getattr(fault, "code", None)
    assert timedelta(seconds=40) < later["next_at"] - now() < timedelta(seconds=75)
    assert send.drain("peo").sent == 0  # not before its time
    put(letter, State.QUEUED, next_at=db_now())
    assert send.drain("peo").sent == 1
    assert [taken.message_id for taken in server.journal] == [later["message_id"]]
    assert row(letter)["attempts"] == 2


def test_the_pauses_grow_and_differ() -> None:
    for attempts, minutes in enumerate((1, 5, 15, 60, 240, 240, 240), start=1):
        pauses = {send._pause(attempts) for _ in range(30)}
        assert all(minutes * 60 * 0.8 <= pause <= minutes * 60 * 1.2 for pause in pauses)
        assert len(pauses) > 1


def test_after_five_days_a_letter_is_dead(server: ScriptedSMTP) -> None:
    server.play("rcpt", Say(450))
    (letter,) = posted()
    put(letter, State.QUEUED, give_up_at=db_now(30))
    assert send.drain("peo").dead == 1
    assert state(letter) == "dead"


@pytest.mark.parametrize(("point", "code"), [("mail", 553), ("rcpt", 550), ("data", 554), ("dot", 552)])
def test_a_refusal_is_final_and_the_next_letter_leaves(server: ScriptedSMTP, point: str, code: int) -> None:
    server.play(point, Say(code, "no"))
    first, second = posted(2)
    counts = send.drain("peo")
    assert (counts.dead, counts.sent) == (1, 1)
    assert states([first, second]) == ["dead", "sent"]
    assert (row(first)["last_code"], row(first)["last_text"]) == (code, "no")
    assert server.sessions == 1
    assert [found.id for found in queries.listing(["dead"], limit=10)] == [first]


def test_one_refused_recipient_of_three_keeps_nobody_else_from_the_letter(server: ScriptedSMTP) -> None:
    server.play("rcpt", Say(550, "5.2.2 mailbox full"), when="secondo@")
    letters = [posted(1, recipient=f"{who}@posta.example")[0] for who in ("primo", "secondo", "terzo")]
    counts = send.drain("peo")
    assert (counts.sent, counts.dead) == (2, 1)
    assert states(letters) == ["sent", "dead", "sent"]
    (refused,) = queries.unsettled(limit=10)
    assert (refused.id, refused.last_code, refused.cause) == (letters[1], 550, "mailbox_full")


@pytest.mark.parametrize("fault", [Close(), Close(accepted=False), Silence()])
def test_no_reply_after_the_dot_is_doubt_and_never_sent_again(
    server: ScriptedSMTP, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staged_smtp, "REPLY_S", 0.2)
    server.play("dot", fault)
    doubtful, next_one = posted(2)
    assert send.drain("peo").uncertain == 1
    assert states([doubtful, next_one]) == ["uncertain", "sent"]
    assert send.drain("peo").sent == 0
    assert len(server.journal) == (2 if getattr(fault, "accepted", True) else 1)


def test_hanging_up_at_quit_changes_nothing(server: ScriptedSMTP) -> None:
    server.play("quit", Close())
    letters = posted(2)
    assert send.drain("peo").sent == 2
    assert states(letters) == ["sent", "sent"]
    assert len(server.journal) == 2


def test_a_line_that_breaks_between_letters_is_opened_again(server: ScriptedSMTP) -> None:
    server.play("mail", Close(), when="urp")
    first, second = posted(2)
    counts = send.drain("peo")
    assert (counts.postponed, counts.sent) == (1, 1)
    assert states([first, second]) == ["queued", "sent"]
    assert server.sessions == 2


def test_without_a_connection_all_wait_for_the_mailbox_and_leave_when_the_server_returns(
    server: ScriptedSMTP,
) -> None:
    server.play("connect", Say(421, "busy"))
    letters = posted(2)
    counts = send.drain("peo")
    assert (counts.returned, counts.stopped) == (2, "busy")
    assert states(letters) == ["queued", "queued"]
    assert row(letters[0])["attempts"] == 0
    condition = found("peo")
    assert (condition.state, condition.failures, condition.may_try) == ("active", 1, False)
    assert send.drain("peo").stopped is not None  # not before its time
    assert server.sessions == 1
    retry_now("peo")
    assert send.drain("peo").sent == 2
    assert (found("peo").failures, found("peo").reason) == (0, None)
    assert len(server.journal) == 2


@pytest.mark.parametrize(("point", "code"), [("auth", 535), ("mail", 530)])
def test_a_refused_login_stops_the_mailbox_and_not_the_letters(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch, point: str, code: int
) -> None:
    server.users = {"urp": "secret"}
    use(monkeypatch, server.url(user="urp:secret"))
    server.play(point, Say(code, "5.7.8 no"))
    letters = posted(2)
    assert send.drain("peo").returned == 2
    assert states(letters) == ["queued", "queued"]
    stopped = found("peo")
    assert (stopped.state, stopped.reason, stopped.may_try) == ("stopped", f"{code} 5.7.8 no", False)
    assert stopped.retry_at is not None
    assert timedelta(seconds=230) < stopped.retry_at - now() < timedelta(seconds=370)
    retry_now("peo")
    assert send.drain("peo").sent == 2  # the corrected password heals it
    assert (found("peo").state, found("peo").reason) == ("active", None)


def test_a_server_that_cannot_prove_itself_stops_the_mailbox(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, server.url("smtp+starttls"))
    (letter,) = posted()
    send.drain("peo")
    assert found("peo").state == "stopped"
    assert state(letter) == "queued"
    assert "MAIL" not in server.verbs


def test_who_lost_the_lease_to_another_drops_the_line_without_the_dot(app: Flask, server: ScriptedSMTP) -> None:
    (letter,) = posted()
    taken_over: list[int] = []

    def take_over() -> None:
        with app.app_context(), transaction():
            expire(letter)
            arrows.reclaimed()
            taken_over.extend(arrows.claimed("peo", "other"))

    server.play("data", Call(take_over))
    counts = send.drain("peo")
    assert taken_over == [letter]
    assert (counts.sent, counts.uncertain) == (0, 0)
    server.wait_for(lambda: server.unfinished)
    assert server.journal == []
    assert row(letter)["lease_token"] == "other"
    assert state(letter) == "sending"


def test_a_reply_that_comes_after_the_lease_expired_settles_the_doubt(app: Flask, server: ScriptedSMTP) -> None:
    (letter,) = posted()

    def sleep_too_long() -> None:
        with app.app_context(), transaction():
            expire(letter)
            arrows.abandoned()

    server.play("dot", Call(sleep_too_long))
    assert send.drain("peo").sent == 1
    assert events(letter)[-2:] == [("sending", "uncertain"), ("uncertain", "sent")]


def test_expired_leases_are_turned_before_draining(server: ScriptedSMTP) -> None:
    before, after = posted(2)
    put(before, State.SENDING, lease_until=db_now(-1), lease_token="dead")
    put(after, State.SENDING, Stage.DOT, lease_until=db_now(-1), lease_token="dead")
    assert send.drain("peo").sent == 1
    assert states([before, after]) == ["sent", "uncertain"]
    assert len(server.journal) == 1


def test_a_database_that_is_away_for_a_moment_does_not_lose_what_the_server_said(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "DATABASE_PAUSES_S", (0, 0))
    (letter,) = posted()
    monkeypatch.setattr(arrows, "sent", failing(arrows.sent, times=2))
    assert send.drain("peo").sent == 1
    assert state(letter) == "sent"


def test_a_marker_that_cannot_be_written_keeps_the_dot_back(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = posted(2)
    monkeypatch.setattr(arrows, "marked", failing(arrows.marked, times=1))
    counts = send.drain("peo")
    assert (counts.postponed, counts.sent) == (1, 1)
    assert states([first, second]) == ["queued", "sent"]
    assert len(server.journal) == 1


def test_a_failing_listener_does_not_unsend_a_letter(app: Flask, server: ScriptedSMTP) -> None:
    def fail(_event: LetterSent) -> None:
        raise ValueError("a bug in another room")

    switchboard.connect(app, {LetterSent: (fail,)}, app.extensions["switchboard"].later)
    letters = posted(2)
    assert send.drain("peo").sent == 2
    assert states(letters) == ["sent", "sent"]


def test_listeners_hear_of_each_letter_that_left(app: Flask, server: ScriptedSMTP) -> None:
    heard: list[LetterSent] = []
    switchboard.connect(app, {LetterSent: (heard.append,)}, app.extensions["switchboard"].later)
    server.play("rcpt", Say(550))
    _, second = posted(2, kind="office_message")
    send.drain("peo")
    assert [(event.letter_id, event.kind, event.mailbox) for event in heard] == [(second, "office_message", "peo")]


def test_when_its_time_is_over_a_drainer_gives_back_the_rest(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = posted(3)
    clock = iter([0.0, 1.0, 2.0, 3.0] + [100.0] * 50)
    monkeypatch.setattr(send, "monotonic", lambda: next(clock))
    counts = send.drain("peo")
    assert counts.more
    assert (counts.sent, counts.returned) == (1, 2)
    assert states(letters) == ["sent", "queued", "queued"]
    assert row(letters[2])["attempts"] == 0


def test_a_letter_posted_while_the_lock_is_let_go_is_not_left_behind(
    server: ScriptedSMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted()
    late: list[int] = []
    drained = send._drain

    def drain_then_post(*given: object) -> bool:
        way_on = drained(*given)  # type: ignore[arg-type]
        if not late:
            late.extend(posted())
        return way_on

    monkeypatch.setattr(send, "_drain", drain_then_post)
    assert send.drain("peo").sent == 2
    assert states(late) == ["sent"]


def test_a_second_drainer_leaves_at_once(app: Flask, server: ScriptedSMTP) -> None:
    posted()
    with only_one("peo", app.config["URP"].data_dir / "locks"):
        counts = send.drain("peo")
    assert counts.stopped == "another process drains this mailbox"
    assert server.sessions == 0


def test_one_letter_that_breaks_the_program_does_not_stop_the_others(server: ScriptedSMTP) -> None:
    broken, whole = posted(2)
    put(broken, State.QUEUED, recipient="not an address")
    counts = send.drain("peo")
    assert (counts.postponed, counts.sent) == (1, 1)
    assert row(broken)["last_text"] == "UnsafeHeader"
    assert states([whole]) == ["sent"]


def found(kind: str) -> channels.Condition:
    condition = channels.condition(kind)
    db.session.rollback()
    assert condition is not None
    return condition


def use(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Send both mailboxes through this server."""
    server = parse_mail_server(address, ("smtp", "smtp+starttls"))
    monkeypatch.setattr(channels, "server", lambda _kind: server)


def retry_now(kind: str) -> None:
    with transaction():
        db.session.execute(update(Mailbox).where(Mailbox.kind == kind).values(retry_at=db_now()))


def expire(letter: int) -> None:
    ended = update(OutboxMessage).where(OutboxMessage.id == letter).values(lease_until=db_now(-1))
    db.session.execute(ended)


def failing(act: Callable[..., bool], *, times: int) -> Callable[..., bool]:
    """The act, failing the first times as when the database is away."""
    left = [times]

    def do(*given: object, **named: object) -> bool:
        if left[0]:
            left[0] -= 1
            raise OperationalError("UPDATE", {}, Exception("the database is away"))
        return act(*given, **named)

    return do
