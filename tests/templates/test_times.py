"""Times are said as short as can be understood: the day once, the year only when it is another one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale

from urp.web.filters import short_words, span_words

SENT = datetime(2026, 11, 24, 9, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "since", "italian", "english"),
    [
        (SENT, None, "il 24 novembre alle 10.02", "on 24 November at 10:02"),
        (SENT + HOUR, SENT, "alle 11.02", "at 11:02"),
        (SENT + 14 * HOUR, SENT, "il 25 novembre alle 0.02", "on 25 November at 0:02"),
        (SENT + 15 * HOUR, SENT, "il 25 novembre all’1.02", "on 25 November at 1:02"),
        (SENT - 24 * 13 * HOUR, None, "l’11 novembre alle 10.02", "on 11 November at 10:02"),
        (SENT - 24 * 16 * HOUR, None, "l’8 novembre alle 10.02", "on 8 November at 10:02"),
        (SENT.replace(year=2025), None, "il 24 novembre 2025 alle 10.02", "on 24 November 2025 at 10:02"),
        (SENT.replace(year=2025), SENT, "il 24 novembre 2025 alle 10.02", "on 24 November 2025 at 10:02"),
    ],
)
def test_a_time_is_said_in_few_words(
    paper: Flask, at: datetime, since: datetime | None, italian: str, english: str
) -> None:
    with time_machine.travel(SENT), paper.test_request_context("/"):
        for language, words in (("it", italian), ("en", english)):
            with force_locale(language):
                assert short_words(at, since) == words


@pytest.mark.parametrize(
    ("at", "italian", "english"),
    [
        (SENT, "dalle 10.02 alle 11.02", "from 10:02 to 11:02"),
        (SENT + 14 * HOUR, "dalle 0.02 all’1.02", "from 0:02 to 1:02"),
        (SENT + 15 * HOUR, "dall’1.02 alle 2.02", "from 1:02 to 2:02"),
    ],
)
def test_from_when_to_when(paper: Flask, at: datetime, italian: str, english: str) -> None:
    with paper.test_request_context("/"):
        for language, words in (("it", italian), ("en", english)):
            with force_locale(language):
                assert span_words(at, at + HOUR) == words
