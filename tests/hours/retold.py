"""Every public form of the hours read back as intervals, without any of the code that wrote it."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import icalendar
import time_machine
import vobject
from flask.testing import FlaskClient

from tests.templates.html_tree import Element, parse
from urp.foundation.clock import ROME

Told = dict[str, set[tuple[datetime, datetime]]]
Range = tuple[time, time]

CHANNELS = ("telefono", "sportello")
ITALIAN = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
EFFECT = re.compile(r"(?:^|\. )(?:(Telefono|Sportello|Orario): )?([Cc]hiuso|\d[\d.–, e]*\d)\.")


@dataclass
class Weeks:
    """What somebody who reads a notice believes: weeks that begin on a day, and days that differ."""

    weekly: list[tuple[date, dict[int, list[Range]]]] = field(default_factory=list)
    different: list[tuple[date, date, list[Range]]] = field(default_factory=list)

    def intervals(self, first: date, days: int) -> set[tuple[datetime, datetime]]:
        """Its openings from `first` on; the shortest exception that covers a day decides it."""
        return {_interval(day, *range_) for day in _days(first, days) for range_ in self._on(day)}

    def _on(self, day: date) -> list[Range]:
        covering = [one for one in self.different if one[0] <= day <= one[1]]
        if covering:
            return min(covering, key=lambda one: one[1] - one[0])[2]
        begun = [one for one in self.weekly if one[0] <= day]
        return max(begun, key=lambda one: one[0])[1].get(day.weekday(), []) if begun else []


def of_notice(html: str, first: date, days: int) -> Told:
    """The page or the sign, read as a citizen reads Italian."""
    told = {channel: Weeks() for channel in CHANNELS}
    place, begins = "", date.min
    for one in parse(html).one("main").walk():
        if one.tag == "h2":
            place, begins = _place(one.text), date.min
        elif one.tag == "h3" and place in CHANNELS:
            [begins] = _dates(one.text)
        elif one.tag == "dl" and place in CHANNELS:
            told[place].weekly.append((begins, _week(one)))
        elif one.tag == "li" and place == "different days":
            channels, exception = _exception(one.text)
            for channel in channels:
                told[channel].different.append(exception)
    return {channel: weeks.intervals(first, days) for channel, weeks in told.items()}


def of_schema_org(html: str, first: date, days: int) -> Told:
    """The data for search engines: a specification without weekdays wins over one with them."""
    data = json.loads(str(parse(html).one("script", type="application/ld+json").children[0]))
    points = {point["contactType"]: point["hoursAvailable"] for point in data["contactPoint"]}
    return {channel: set(_specified(points[channel], first, days)) for channel in CHANNELS}


def of_json(text: str, first: date, days: int) -> Told:
    """`/orari.json`, its days one by one."""
    data = json.loads(text)
    wanted = {day.isoformat() for day in _days(first, days)}
    return {
        channel: {
            (_utc(one["starts_at"]), _utc(one["ends_at"]))
            for day in data[channel]["days"]
            if day["date"] in wanted
            for one in day["intervals"]
        }
        for channel in CHANNELS
    }


def of_feed(text: str, first: date, days: int) -> Told:
    """`/orari.ics` through the library icalendar."""
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    return _events([(str(event["UID"]), event.decoded("DTSTART"), event.decoded("DTEND")) for event in events])


def of_feed_elsewhere(text: str, first: date, days: int) -> Told:
    """`/orari.ics` through a second library, vobject."""
    events = vobject.readOne(text).vevent_list
    return _events([(event.uid.value, event.dtstart.value, event.dtend.value) for event in events])


def of_status(client: FlaskClient, first: date, days: int) -> Told:
    """`/stato.json`, asked again at every instant that it names; the counter tells only when it opens."""
    told: Told = {channel: set() for channel in CHANNELS}
    end = datetime.combine(first + timedelta(days), time.min, ROME)
    for channel in CHANNELS:
        at = datetime.combine(first, time.min, ROME)
        while at < end:
            with time_machine.travel(at, tick=False):
                status = client.get("/stato.json").json[channel]
            if status["open"]:
                told[channel].add((_utc(at.isoformat()), _utc(status["until"])))
            opens_at = datetime.fromisoformat(status["until"] or status["opens_at"])
            if status["by_appointment"] and opens_at <= at:
                told[channel].add((_utc(status["opens_at"]), _utc(status["opens_at"])))
                opens_at = at + timedelta(minutes=15)
            at = opens_at
    return told


def _interval(day: date, opens: time, closes: time) -> tuple[datetime, datetime]:
    begin, end = (datetime.combine(day, wall, ROME).astimezone(UTC) for wall in (opens, closes))
    return begin, end


def _days(first: date, days: int) -> Iterator[date]:
    return (first + timedelta(offset) for offset in range(days))


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _place(heading: str) -> str:
    if heading.startswith("Giorni diversi"):
        return "different days"
    return {"Numero": "telefono", "Sportello": "sportello"}.get(heading.partition(" ")[0], "")


def _week(hours: Element) -> dict[int, list[Range]]:
    return {
        weekday: _ranges(line.one("dd").text) for line in hours.all("div") for weekday in _weekdays(line.one("dt").text)
    }


def _weekdays(words: str) -> Iterator[int]:
    for item in re.split(r", | e ", words):
        ends = [ITALIAN.index(name) for name in re.findall("|".join(ITALIAN), item)]
        yield from range(ends[0], ends[-1] + 1)


def _ranges(words: str) -> list[Range]:
    found = re.findall(r"(\d+)\.(\d\d)–(\d+)\.(\d\d)", words)
    return [(time(int(one[0]), int(one[1])), time(int(one[2]), int(one[3]))) for one in found]


def _dates(words: str) -> list[date]:
    found = re.findall(rf"(\d+) ({'|'.join(MONTHS)})(?: (\d{{4}}))?", words)
    last_year = found[-1][2]
    return [date(int(year or last_year), MONTHS.index(month) + 1, int(day)) for day, month, year in found]


def _exception(words: str) -> tuple[Iterable[str], tuple[date, date, list[Range]]]:
    when, _, rest = words.partition(": ")
    days, effect = _dates(when), EFFECT.search(rest)
    assert effect, words
    channels = {"Telefono": ("telefono",), "Sportello": ("sportello",)}.get(effect[1] or "", CHANNELS)
    return channels, (days[0], days[-1], _ranges(effect[2]))


def _specified(found: list[dict[str, str]], first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    for day in _days(first, days):
        valid = [one for one in found if one["validFrom"] <= day.isoformat() <= one.get("validThrough", "9")]
        dated = [one for one in valid if "dayOfWeek" not in one]
        weekly = [one for one in valid if ENGLISH[day.weekday()] in one.get("dayOfWeek", ())]
        for one in dated or weekly:
            if one["opens"] != one["closes"]:
                yield _interval(day, time.fromisoformat(one["opens"]), time.fromisoformat(one["closes"]))


def _events(events: list[tuple[str, date, date]]) -> Told:
    told: Told = {channel: set() for channel in CHANNELS}
    for uid, begin, end in events:
        if isinstance(begin, datetime) and isinstance(end, datetime):
            told[uid.partition("-")[0]].add((begin.astimezone(UTC), end.astimezone(UTC)))
    return told


READERS: dict[str, tuple[str, int, Callable[[str, date, int], Told]]] = {
    "page": ("/orari", 91, of_notice),
    "schema.org": ("/orari", 91, of_schema_org),
    "sign": ("/orari/cartello", 43, of_notice),
    "data": ("/orari.json", 28, of_json),
    "feed": ("/orari.ics", 91, of_feed),
    "feed elsewhere": ("/orari.ics", 91, of_feed_elsewhere),
}
"""For each form its address, for how many days it speaks, and who reads it."""
