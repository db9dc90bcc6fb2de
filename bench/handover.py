"""How long letters wait between commit and the mail server's 250, under a steady load of questions.

Beside a running service, with its settings (`set -a; . var/running.env; set +a`):
`.venv/bin/python bench/handover.py --rate 20 --seconds 60`.
Questions are submitted with the program's own verb, one transaction each, as the web does it; the running worker sends.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import func, select

from urp.app import create_app
from urp.cases.open_case import Applicant
from urp.foundation.clock import now
from urp.foundation.db import db, transaction
from urp.inquiries.submit import NewQuestion, submit
from urp.offices import queries as offices
from urp.outbox.models import MESSAGES
from urp.outbox.states import State

PATIENCE_S = 300


def main() -> None:
    """Load, wait until nothing is left to send, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=20, help="questions per second")
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with create_app().app_context():
        first = db.session.scalar(select(func.coalesce(func.max(MESSAGES.c.id), 0))) or 0
        asked, took_s = ask(options.rate, int(options.rate * options.seconds))
        waits = wait_for(first)
    percent = statistics.quantiles(waits, n=100)
    print(f"{asked} questions in {took_s:.1f} s ({asked / took_s:.1f}/s), {len(waits)} letters handed over")
    print(f"from commit to 250: median {percent[49]:.2f} s, p95 {percent[94]:.2f} s, slowest {max(waits):.2f} s")


def ask(rate: float, number: int) -> tuple[int, float]:
    """Submit questions at that rate; returns how many, and the seconds they took."""
    topics = [topic.slug for topic in offices.topics()]
    db.session.rollback()
    began = time.monotonic()
    for count in range(number):
        time.sleep(max(0.0, began + count / rate - time.monotonic()))
        with transaction():
            submit(_question(topics[count % len(topics)], count), draft_id=None, at=now())
    return number, time.monotonic() - began


def wait_for(first: int) -> list[float]:
    """Seconds from commit to hand-over of every letter after that row, once none is under way."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        db.session.rollback()
        left = select(func.count()).where(MESSAGES.c.id > first, MESSAGES.c.state.in_([State.QUEUED, State.SENDING]))
        if not db.session.scalar(left):
            break
        time.sleep(0.2)
    rows = select(MESSAGES.c.queued_at, MESSAGES.c.sent_at).where(
        MESSAGES.c.id > first, MESSAGES.c.sent_at.is_not(None)
    )
    return [(sent_at - queued_at).total_seconds() for queued_at, sent_at in db.session.execute(rows)]


def _question(topic: str, count: int) -> NewQuestion:
    person = Applicant("Giulia", "Bianchi", f"cittadino{count}@posta.example", None, "peo")
    words = "Da due settimane c’è una buca profonda sulla strada provinciale. Chi la ripara? " * 8
    return NewQuestion(topic, f"Prova di carico {count}", words, (), (), person, "web", "it")


if __name__ == "__main__":
    main()
