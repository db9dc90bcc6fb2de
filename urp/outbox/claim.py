"""Taking letters in hand: one lease per batch, kept alive."""

import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import cast

from flask import Flask, current_app

from urp.foundation.db import transaction
from urp.outbox import arrows
from urp.outbox.queries import InHand, in_hand

log = logging.getLogger(__name__)

BEAT_S = 10.0
LONGEST_HOLD_S = 2700
"""A lease is not extended for ever: a worker that hangs shows up as an expired lease."""


@dataclass(frozen=True)
class Batch:
    """Letters in hand, under the token that every later step must show."""

    token: str
    letters: Sequence[InHand]


def take(mailbox: str) -> Batch:
    """Claim what is due, and commit: from here on no other worker touches these letters."""
    token = secrets.token_hex(16)
    with transaction():
        claimed = arrows.claimed(mailbox, token)
        return Batch(token, in_hand(claimed) if claimed else ())


class Heartbeat:
    """Extends the lease of a batch every ten seconds, on its own database connection."""

    def __init__(self, token: str) -> None:
        self._app = cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]
        self._token = token
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{token[:6]}", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        for _ in range(int(LONGEST_HOLD_S / BEAT_S)):
            if self._over.wait(BEAT_S):
                return
            try:
                with self._app.app_context(), transaction():
                    arrows.prolonged(self._token)
            except Exception:
                log.exception("the lease could not be extended; trying again")
