"""The hours as data for other sites: what `/orari.json` and `/stato.json` hold."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from urp.foundation.clock import ROME, to_rome
from urp.hours.calendar import ONE_DAY, Timetable
from urp.hours.days import rule_on
from urp.hours.holidays import Language
from urp.hours.notice_board import channel_hours, closures
from urp.hours.words import week_sentence

DAYS = 28  # how far ahead the days are listed one by one
FRESH_S = 60


def status_data(timetables: Sequence[Timetable], now: datetime, language: Language) -> dict[str, Any]:
    """Each channel at this instant: open or not, until when, when it opens next, and the pill's text."""
    shown = [channel_hours(timetable, now, language) for timetable in timetables]
    return {
        hours.channel: {
            "open": hours.open,
            "until": _iso(hours.status.until),
            "opens_at": _iso(hours.status.opens_at),
            "by_appointment": hours.by_appointment,
            "text": hours.text,
        }
        for hours in shown
    }


def hours_data(timetables: Sequence[Timetable], today: date, language: Language) -> dict[str, Any]:
    """Every channel with its rules and the next four weeks day by day, and the closures to come."""
    return {
        "timezone": ROME.key,
        **{timetable.channel: _channel_data(timetable, today, language) for timetable in timetables},
        "closures": [
            {
                "first_day": closure.first.isoformat(),
                "last_day": closure.last.isoformat(),
                "channels": closure.channels,
                "hours": closure.hours,
                "reason": closure.reason,
                "notice": closure.notice,
            }
            for closure in closures(timetables, today, language)
        ],
    }


def fresh_for(timetables: Sequence[Timetable], now: datetime) -> int:
    """For how many seconds a status stays true, at most 60: it must not outlive a closing or midnight."""
    midnight = datetime.combine(to_rome(now).date() + ONE_DAY, time.min, ROME).astimezone(UTC)
    changes = [midnight]
    for timetable in timetables:
        status = timetable.calendar.status(now)
        changes += [at for at in (status.until, status.opens_at) if at and at > now]
    return min(FRESH_S, int((min(changes) - now).total_seconds()))


def _channel_data(timetable: Timetable, today: date, language: Language) -> dict[str, Any]:
    current = rule_on(timetable.rules, today)
    return {
        "version": timetable.calendar.version,
        "rules": [
            {
                "valid_from": rule.valid_from.isoformat(),
                "expression": str(rule.rule),
                "text": week_sentence(rule.rule, language),
                "by_appointment": rule.by_appointment,
                "note": rule.note_in(language),
            }
            for rule in timetable.rules
            if rule is current or rule.valid_from > today
        ],
        "days": [_day_data(timetable, today + timedelta(offset), language) for offset in range(DAYS)],
    }


def _day_data(timetable: Timetable, day: date, language: Language) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "intervals": [
            {"starts_at": _iso(interval.starts_at), "ends_at": _iso(interval.ends_at)}
            for interval in timetable.calendar.intervals(day, day)
        ],
        "closed_reason": timetable.calendar.closed_reason(day, language),
    }


def _iso(at: datetime | None) -> str | None:
    """RFC 3339 with the offset of Europe/Rome."""
    return to_rome(at).isoformat() if at else None
