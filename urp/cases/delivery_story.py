"""What became of a message, step by step, as a person would tell it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from urp.outbox.queries import Delivery
from urp.outbox.states import Alarm, State

REFUSAL = "non_accettazione"
STILL = {
    State.QUEUED: "leaving",
    State.SENDING: "leaving",
    State.UNCERTAIN: "uncertain",
    State.DEAD: "not_sent",
    State.FROZEN: "stopped",
    State.CANCELLED: "cancelled",
}
"""What is said of a message that, for all we know, has not left."""


@dataclass(frozen=True)
class Step:
    """One thing that happened, or is awaited; its words are in `templates/macros/status.html`.

    `at` (UTC) is there where the time is said, `since` where another one was said just before.
    """

    key: str
    at: datetime | None = None
    since: datetime | None = None
    cause: str | None = None


def story(letter: Delivery, *, resent: bool = False) -> tuple[Step, ...]:
    """The steps of a message, never none; `resent` when a later one has taken its place."""
    return tuple(_timed(_steps(letter, resent)))


def _steps(letter: Delivery, resent: bool) -> Iterator[Step]:
    if sent_at := letter.sent_at or (letter.at if letter.state == State.SENT else None):
        yield Step("sent", sent_at)
    if accepted_at := letter.accepted_at or (letter.at if letter.state == State.ACCEPTED else None):
        yield Step("accepted", accepted_at)
    if letter.state == State.DELIVERED:
        yield Step("delivered", letter.delivered_at or letter.at)
    elif letter.state == State.FAILED:
        refused = any(one.receipt == REFUSAL for one in letter.evidence)
        yield Step("refused" if refused else "failed", cause=letter.cause)
        yield Step("resent" if resent else "cared_for")
    elif resent:
        yield Step("resent")
    elif letter.state in STILL:
        yield from _not_gone(letter)
    elif awaited := _awaited(letter):
        yield Step(awaited)


def _not_gone(letter: Delivery) -> Iterator[Step]:
    tried = letter.state == State.QUEUED and (letter.code or letter.text)
    yield Step("trying_again" if tried else STILL[letter.state], cause=letter.cause)
    if letter.state in (State.DEAD, State.FROZEN):
        yield Step("cared_for")


def _awaited(letter: Delivery) -> str | None:
    if letter.alarm == Alarm.LATE:
        return f"late_{letter.mailbox}"
    if letter.mailbox != "pec":
        return "handed_over"  # ordinary mail brings no other proof
    if letter.state == State.ACCEPTED:
        if letter.certified is False:
            return "not_certifiable"
        return "no_delivery" if letter.alarm == Alarm.NO_DELIVERY else "awaiting_delivery"
    return "no_acceptance" if letter.alarm == Alarm.NO_ACCEPTANCE else "awaiting_acceptance"


def _timed(steps: Iterator[Step]) -> Iterator[Step]:
    """Each step with the time said before it; the provider's time goes unsaid in the minute of ours."""
    since = None
    for step in steps:
        if step.at is None:
            yield step
            continue
        same = since is not None and step.key == "accepted" and _minute(step.at) == _minute(since)
        yield replace(step, at=None) if same else replace(step, since=since)
        since = since if same else step.at


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
