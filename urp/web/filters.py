"""How dates, hours, sizes and addresses are written for people, in Italian and English."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Flask
from flask_babel import format_date, get_locale

from urp.foundation.clock import now, to_rome
from urp.foundation.contacts import masked_email, phone_words


def day_words(value: datetime | date) -> str:
    """«giovedì 26 novembre 2026»; instants are read on the clock of Rome."""
    day = to_rome(value).date() if isinstance(value, datetime) else value
    return format_date(day, "EEEE d MMMM y")


def plain_day_words(value: datetime | date) -> str:
    """«giovedì 26 novembre»: a day so near that nobody asks for its year."""
    day = to_rome(value).date() if isinstance(value, datetime) else value
    return str(format_date(day, "EEEE d MMMM"))


def hour_words(value: datetime) -> str:
    """«9.12» in Italian, «9:12» in English."""
    local = to_rome(value)
    return f"{local.hour}{':' if _english() else '.'}{local.minute:02d}"


def day_hour_words(value: datetime) -> str:
    """«lunedì 23 novembre 2026, ore 9.12»; «Monday 23 November 2026 at 9:12» in English."""
    return f"{day_words(value)}{' at' if _english() else ', ore'} {hour_words(value)}"


def moment_words(value: datetime) -> str:
    """«giovedì 26 novembre 2026 alle 16.00»; «all’1.30» before the vowel."""
    if _english():
        return f"{day_words(value)} at {hour_words(value)}"
    return f"{day_words(value)} {_to_hour(value)}{hour_words(value)}"


def span_words(start: datetime, end: datetime) -> str:
    """«dalle 10.30 alle 11.10»; «dall’1.30 all’1.50» before the vowel."""
    if _english():
        return f"from {hour_words(start)} to {hour_words(end)}"
    since = "dall’" if to_rome(start).hour == 1 else "dalle "
    return f"{since}{hour_words(start)} {_to_hour(end)}{hour_words(end)}"


def short_words(value: datetime, since: datetime | None = None) -> str:
    """«il 24 novembre alle 10.02»; «alle 10.02» where `since`, said just before, is the same day.

    The year is said only where the reader could take it for another one: this year's days go without.
    """
    at = f"at {hour_words(value)}" if _english() else f"{_to_hour(value)}{hour_words(value)}"
    day = to_rome(value).date()
    if since is not None and to_rome(since).date() == day:
        return at
    words = format_date(day, "d MMMM" if day.year == to_rome(now()).year else "d MMMM y")
    return f"on {words} {at}" if _english() else f"{_the(day)}{words} {at}"


def iso(value: datetime | date) -> str:
    """The machine's spelling, for `<time datetime>`: Rome's offset on instants."""
    return to_rome(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()


def kilobytes(size: int) -> str:
    """«1,2 MB», «34 kB», «120 byte»; «120 bytes» in English."""
    if size < 1000:
        return f"{size} {'bytes' if _english() and size != 1 else 'byte'}"
    if size < 1_000_000:
        return f"{round(size / 1000)} kB"
    text = f"{size / 1_000_000:.1f}"
    return f"{text if _english() else text.replace('.', ',')} MB"


FILTERS: dict[str, Callable[..., Any]] = {
    "day_words": day_words,
    "plain_day_words": plain_day_words,
    "hour_words": hour_words,
    "day_hour_words": day_hour_words,
    "moment_words": moment_words,
    "span_words": span_words,
    "short_words": short_words,
    "iso": iso,
    "kilobytes": kilobytes,
    "masked_email": masked_email,
    "phone_words": phone_words,
}


def init_app(app: Flask) -> None:
    """Give the filters to every template."""
    app.jinja_env.filters.update(FILTERS)


def _to_hour(value: datetime) -> str:
    return "all’" if to_rome(value).hour == 1 else "alle "


def _the(day: date) -> str:
    return "l’" if day.day in (8, 11) else "il "


def _english() -> bool:
    return str(get_locale()) == "en"
