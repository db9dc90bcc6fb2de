"""Mistakes that only show when the tables of `office.toml` are read together."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from urp.offices.entries import ChannelHours, FaqData, OfficeData, TopicData
from urp.offices.fields import Entry
from urp.offices.institution import Counter, Institution
from urp.offices.lines import Path
from urp.offices.problems import unknown_slug

E = TypeVar("E", bound=Entry)
Finding = tuple[Path, str]


@dataclass(frozen=True)
class Draft:
    """What could be read so far: the valid entries with their place, and the raw tables for every slug."""

    raw: Mapping[str, Any]
    institution: Institution | None
    entries: Mapping[str, Mapping[int, Entry]]

    def of(self, section: str, kind: type[E]) -> dict[int, E]:
        """The valid entries of one section by their position in the file."""
        return {place: entry for place, entry in self.entries.get(section, {}).items() if isinstance(entry, kind)}

    def slugs(self, section: str) -> set[str]:
        """Every slug written in a section: an entry with another mistake still exists."""
        return {str(one["slug"]) for _, one in _tables(self.raw.get(section)) if "slug" in one}


def check(draft: Draft) -> Iterator[Finding]:
    """Every mistake between tables: the path of the key to correct, and what to write."""
    yield from _repeated_slugs(draft)
    yield from _topics(draft)
    yield from _faq(draft)
    yield from _hours(draft)
    yield from _lengths(draft)
    yield from _own_mailboxes(draft)


def _tables(section: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if isinstance(section, dict):
        section = [section]  # single brackets: told elsewhere, here it counts as written
    if isinstance(section, list):
        yield from ((place, one) for place, one in enumerate(section) if isinstance(one, dict))


def _written(raw: Any, path: Path) -> Any:
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def _repeated_slugs(draft: Draft) -> Iterator[Finding]:
    sections: dict[Path, Any] = {(name,): tables for name, tables in draft.raw.items()}
    inner: tuple[Path, ...] = (("institution", "retention"), ("institution", "counter", "needs"))
    sections |= {path: _written(draft.raw, path) for path in inner}
    for path, section in sections.items():
        seen: set[str] = set()
        for place, entry in _tables(section):
            slug = str(entry.get("slug", ""))
            if slug in seen:
                yield (
                    (*path, place, "slug"),
                    f"the slug «{slug}» is already taken in {path[-1]}: give this one another",
                )
            seen.update({slug} - {""})


def _topics(draft: Draft) -> Iterator[Finding]:
    offices = {office.slug: office for office in draft.of("offices", OfficeData).values()}
    for place, topic in draft.of("topics", TopicData).items():
        path: Path = ("topics", place)
        if topic.office not in draft.slugs("offices"):
            yield (*path, "office"), unknown_slug("office", topic.office, draft.slugs("offices"))
        if topic.request_type not in draft.slugs("request_types"):
            message = unknown_slug("request type", topic.request_type, draft.slugs("request_types"))
            yield (*path, "request_type"), message
        if topic.visit_minutes and not topic.allows_visit:
            message = "nobody can book a visit on this topic: write allows_visit = true, or remove visit_minutes"
            yield (*path, "visit_minutes"), message
        office = offices.get(topic.office)
        if topic.channel and office and getattr(office, topic.channel) is None:
            yield (
                (*path, "channel"),
                f"the office «{office.slug}» has no {topic.channel} address: add it, or change channel",
            )


def _faq(draft: Draft) -> Iterator[Finding]:
    for place, answer in draft.of("faq", FaqData).items():
        for number, slug in enumerate(answer.topics):
            if slug not in draft.slugs("topics"):
                yield ("faq", place, "topics", number), unknown_slug("topic", slug, draft.slugs("topics"))


def _hours(draft: Draft) -> Iterator[Finding]:
    hours = draft.of("hours", ChannelHours)
    seen: set[tuple[str, Any]] = set()
    for place, one in hours.items():
        if (one.channel, one.valid_from) in seen:
            message = f"{one.channel} already has hours from {one.valid_from}: write another day, or join them"
            yield ("hours", place, "valid_from"), message
        seen.add((one.channel, one.valid_from))
    written = {str(table.get("channel")) for _, table in _tables(draft.raw.get("hours"))}
    for number, channel in enumerate(draft.institution.channels if draft.institution else ()):
        if channel in {"telefono", "sportello"} - written:
            message = f'{channel} has no hours: add a table [[hours]] with channel = "{channel}", or remove it here'
            yield ("institution", "channels", number), message


def _lengths(draft: Draft) -> Iterator[Finding]:
    """Visits that would not end where another can begin."""
    if draft.institution is None:
        return
    counter = draft.institution.counter
    place: Path = ("institution", "counter")
    lengths: dict[Path, int | None] = {(*place, "visit_minutes"): counter.visit_minutes}
    lengths |= {(*place, "needs", n, "extra_minutes"): need.extra_minutes for n, need in enumerate(counter.needs)}
    lengths |= {("topics", n, "visit_minutes"): one.visit_minutes for n, one in draft.of("topics", TopicData).items()}
    for path, minutes in lengths.items():
        if minutes and minutes % counter.tick_minutes:
            yield path, f"{path[-1]} is not a multiple of {counter.tick_minutes}: {_neighbours(minutes, counter)}"


def _neighbours(minutes: int, counter: Counter) -> str:
    shorter = minutes - minutes % counter.tick_minutes
    choice = " or ".join(str(one) for one in (shorter, shorter + counter.tick_minutes) if one)
    return f"write {choice}, or change tick_minutes"


def _own_mailboxes(draft: Draft) -> Iterator[Finding]:
    if draft.institution is None:
        return
    own = {draft.institution.email.lower(), draft.institution.pec.lower()}
    for place, office in draft.of("offices", OfficeData).items():
        for key in ("pec", "peo"):
            if str(getattr(office, key)).lower() in own:
                message = "our own mailbox, the service would write to itself: write the office's address"
                yield ("offices", place, key), message
