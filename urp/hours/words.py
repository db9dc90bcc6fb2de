"""Hours in words, Italian and English: the week, the day, the office's status."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time

from urp.foundation.clock import to_rome
from urp.hours.calendar import ONE_DAY, Status, StatusKind
from urp.hours.days import CHANNELS, Channel
from urp.hours.grammar import TimeRange, WeekRule, runs
from urp.hours.holidays import Language

WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS: dict[Language, tuple[str, ...]] = {
    "it": (
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
        *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
CHANNEL_NAMES: dict[Language, dict[Channel, str]] = {
    "it": {"telefono": "Telefono", "sportello": "Sportello"},
    "en": {"telefono": "Phone", "sportello": "Counter"},
}
AND: dict[Language, str] = {"it": "e", "en": "and"}
_CLOSED: dict[Language, str] = {"it": "Chiuso", "en": "Closed"}
_HOURS: dict[Language, str] = {"it": "Orario", "en": "Hours"}
SUNDAY = 6


def week_lines(rule: WeekRule, language: Language = "it") -> tuple[tuple[str, str], ...]:
    """Days and hours of a plain week for a list: («dal lunedì al giovedì», «10.00–12.00 e 14.00–16.00»)."""
    return tuple(
        (_days(weekdays, language, in_sentence=False), ranges_words(ranges, language))
        for weekdays, ranges in rule.groups()
    )


def week_sentence(rule: WeekRule, language: Language = "it") -> str:
    """A plain week in one sentence, without capital or full stop; «chiuso» for a week that never opens."""
    clauses = (
        f"{_days(weekdays, language, in_sentence=True)} {_spoken_ranges(ranges, language)}"
        for weekdays, ranges in rule.groups()
    )
    return "; ".join(clauses) or {"it": "chiuso", "en": "closed"}[language]


def week_days(rule: WeekRule, language: Language = "it") -> str:
    """On which days a plain week opens, for a sentence: «il martedì e il giovedì»; empty if it never opens."""
    weekdays = tuple(day for day, ranges in enumerate(rule.days) if ranges)
    return _days(weekdays, language, in_sentence=True)


def ranges_words(ranges: Sequence[TimeRange], language: Language = "it") -> str:
    """The ranges of one day for a list: «10.00–12.00 e 14.00–16.00»."""
    shown = [f"{time_words(range_.opens, language)}–{time_words(range_.closes, language)}" for range_ in ranges]
    return _enumerated(shown, language)


def period_words(first: date, last: date, language: Language = "it") -> str:
    """One day or several, with the year: «da lunedì 10 agosto a venerdì 21 agosto 2026»."""
    if first == last:
        return date_words(first, language, year=True)
    begin = date_words(first, language, year=first.year != last.year)
    end = date_words(last, language, year=True)
    return {"it": f"da {begin} a {end}", "en": f"from {begin} to {end}"}[language]


def effect_words(channels: Sequence[Channel], hours: str, language: Language = "it") -> str:
    """What an exceptional day changes, without full stop: «Sportello: 10.00–11.00», «Telefono: chiuso».

    No channel stands for all of them, as all do: «Chiuso», «Orario: 10.00–11.00»; empty `hours` close.
    """
    [name, *others] = [CHANNEL_NAMES[language][channel] for channel in channels or CHANNELS]
    if others:
        return f"{_HOURS[language]}: {hours}" if hours else _CLOSED[language]
    return f"{name}: {hours or _CLOSED[language].lower()}"


def time_words(wall: time, language: Language = "it") -> str:
    """A wall time as it is shown: 10.00 in Italian, 10:00 in English."""
    return f"{wall.hour}{'.' if language == 'it' else ':'}{wall.minute:02d}"


def date_words(day: date, language: Language = "it", *, year: bool = False) -> str:
    """A day with its weekday: «mercoledì 9 dicembre», with the year when asked."""
    words = f"{WEEKDAYS[language][day.weekday()]} {day.day} {MONTHS[language][day.month - 1]}"
    return f"{words} {day.year}" if year else words


def status_text(status: Status, now: datetime, language: Language = "it") -> str:
    """The sentence of the status pill, without full stop; `now` is any aware instant."""
    if status.kind is StatusKind.OPEN and status.until:
        until = _clock(status.until, language)
        return {"it": f"Aperto ora, fino alle {until}", "en": f"Open now, until {until}"}[language]
    if status.kind is StatusKind.PAUSE and status.opens_at:
        again = _clock(status.opens_at, language)
        return {"it": f"In pausa: riapre alle {again}", "en": f"On a break: opens again at {again}"}[language]
    return ". ".join([*_closed(status, language), *_coming(status, now, language)])


def _closed(status: Status, language: Language) -> Iterator[str]:
    if status.reason:
        reason = status.reason.spoken(language)
        yield {"it": f"Oggi chiuso: {reason}", "en": f"Closed today: {reason}"}[language]
    if status.kind is StatusKind.BY_APPOINTMENT:
        yield {"it": "Riceviamo solo su appuntamento", "en": "Visits are by appointment only"}[language]
    elif not status.reason:
        yield {"it": "Chiuso ora", "en": "Closed now"}[language]


def _coming(status: Status, now: datetime, language: Language) -> Iterator[str]:
    if status.opens_at is None:
        return
    day, today = to_rome(status.opens_at).date(), to_rome(now).date()
    near = _near_day(day, today, language)
    if status.kind is StatusKind.BY_APPOINTMENT:
        near = near.removesuffix(",")
        yield {"it": f"Prossimo giorno: {near}", "en": f"Next day: {near}"}[language]
        return
    on = "on " if day - today > ONE_DAY else ""
    at = _clock(status.opens_at, language)
    yield {"it": f"Riapre {near} alle {at}", "en": f"Opens again {on}{near} at {at}"}[language]


def _clock(at: datetime, language: Language) -> str:
    return time_words(to_rome(at).time(), language)


def _near_day(day: date, today: date, language: Language) -> str:
    weekday = WEEKDAYS[language][day.weekday()]
    match (day - today).days:
        case 0:
            return {"it": "oggi", "en": "today"}[language]
        case 1:
            return {"it": f"domani, {weekday},", "en": f"tomorrow, {weekday},"}[language]
    return date_words(day, language)


def _days(weekdays: tuple[int, ...], language: Language, *, in_sentence: bool) -> str:
    words: list[str] = []
    for run in runs(weekdays):
        if len(run) > 2:
            words.append(_from_to(run[0], run[-1], language))
        else:
            words.extend(_one_day(weekday, language, in_sentence=in_sentence) for weekday in run)
    return _enumerated(words, language)


def _from_to(first: int, last: int, language: Language) -> str:
    names = WEEKDAYS[language]
    if language == "en":
        return f"{names[first]} to {names[last]}"
    return f"dal {names[first]} {'alla' if last == SUNDAY else 'al'} {names[last]}"


def _one_day(weekday: int, language: Language, *, in_sentence: bool) -> str:
    name = WEEKDAYS[language][weekday]
    if language == "en" or not in_sentence:
        return name
    return f"{'la' if weekday == SUNDAY else 'il'} {name}"


def _spoken_ranges(ranges: Sequence[TimeRange], language: Language) -> str:
    if language == "en":
        spoken = [f"from {time_words(one.opens, 'en')} to {time_words(one.closes, 'en')}" for one in ranges]
    else:
        spoken = [f"dalle {_hour(one.opens)} alle {_hour(one.closes)}" for one in ranges]
    return _enumerated(spoken, language)


def _hour(wall: time) -> str:
    return time_words(wall).removesuffix(".00")


def _enumerated(items: Sequence[str], language: Language) -> str:
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {AND[language]} {items[-1]}"
