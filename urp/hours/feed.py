"""The hours as a calendar to subscribe to: what `/orari.ics` holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar as Feed
from icalendar import Event, vDuration
from icalendar.enums import TRANSP

from urp.foundation.clock import to_rome
from urp.hours.calendar import ONE_DAY, Interval, Timetable
from urp.hours.days import Channel
from urp.hours.holidays import Language
from urp.hours.notice_board import NOTICE, Closure, closures

ASK_AGAIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class FeedWords:
    """What a feed says: its name, the title of an opening (by appointment or not), its place, what to know."""

    name: str
    title: Callable[[Channel, bool], str]
    place: Callable[[Channel], str]
    details: Callable[[Channel], str]


def hours_feed(
    timetables: Sequence[Timetable], at: datetime, *, words: FeedWords, language: Language, host: str
) -> bytes:
    """Every opening of each channel from the local day of `at` to the 90th after it, and the closures as whole days.

    RFC 5545 with METHOD PUBLISH, times in UTC. The UID of an entry is its channel, day and opening hour (local)
    at `host`: an entry seen again is the same one.
    """
    today = to_rome(at).date()
    feed = Feed.new(
        prodid=f"-//{host}//orari//IT",
        method="PUBLISH",
        name=words.name,
        language=language,
        uid=f"orari@{host}",
    )
    for name in ("REFRESH-INTERVAL", "X-PUBLISHED-TTL"):  # the second for calendars older than RFC 7986
        feed.add(name, vDuration(ASK_AGAIN), parameters={"VALUE": "DURATION"})
    for timetable in timetables:
        for interval in timetable.calendar.intervals(today, today + NOTICE):
            feed.add_component(_opening(timetable.channel, interval, words, host=host, at=at))
    for closure in closures(timetables, today, language):
        feed.add_component(_closure(closure, host=host, at=at))
    return feed.to_ical()


def _opening(channel: Channel, interval: Interval, words: FeedWords, *, host: str, at: datetime) -> Event:
    return Event.new(
        uid=f"{channel}-{to_rome(interval.starts_at):%Y%m%dT%H%M}@{host}",
        stamp=at,
        start=interval.starts_at,
        end=interval.ends_at,
        summary=words.title(channel, interval.by_appointment),
        location=words.place(channel) or None,
        description=words.details(channel) or None,
        transparency=TRANSP.TRANSPARENT,
    )


def _closure(closure: Closure, *, host: str, at: datetime) -> Event:
    days = f"{closure.first:%Y%m%d}-{closure.last:%Y%m%d}"
    return Event.new(
        uid=f"{'+'.join(closure.channels)}-{days}@{host}",
        stamp=at,
        start=closure.first,
        end=closure.last + ONE_DAY,
        summary=f"{closure.effect} ({closure.reason})" if closure.reason else closure.effect,
        description=closure.notice or None,
        transparency=TRANSP.TRANSPARENT,
    )
