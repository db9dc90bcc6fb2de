"""A reader without a child and a listener of the test's own, so that a test sees the inbox alone."""

from flask import Flask

from tests.factories.cases import opened
from urp.foundation.db import db
from urp.foundation.events import connect
from urp.inbox import settle
from urp.inbox.classify import read_message
from urp.inbox.content import Reading
from urp.inbox.events import MessageArrived
from urp.inbox.limits import TooMuch
from urp.inbox.reading import Reader, ReaderLost, Unreadable
from urp.pec.signature import Trust


class Here(Reader):
    """A reader without a child, which trusts nobody unless a test says so."""

    trust = Trust()

    def read(self, raw: bytes) -> Reading:
        """What the child would say; `X-Lost` kills it."""
        if b"X-Lost" in raw:
            raise ReaderLost("the reader died")
        try:
            return read_message(raw, self.trust)
        except TooMuch as reason:
            raise Unreadable(str(reason)) from None


class Listener:
    """Whoever puts messages of people in their place: all into one case, but those with the subject `nobody`."""

    def __init__(self) -> None:
        self.heard: list[MessageArrived] = []
        self.trouble: Exception | None = None

    def __call__(self, event: MessageArrived) -> None:
        self.heard.append(event)
        if self.trouble:
            raise self.trouble
        if event.words.subject != "nobody":
            settle.opened(event.incoming_id, opened_case())


def listening(app: Flask) -> Listener:
    """Open a case and let a listener hear what people write."""
    opened()
    made = Listener()
    board = app.extensions["switchboard"]
    connect(app, {**board.now, MessageArrived: (made,)}, board.later)
    return made


def opened_case() -> int:
    """A case that exists, for messages that become one."""
    return int(db.session.connection().exec_driver_sql("SELECT min(id) FROM cases").scalar_one())
