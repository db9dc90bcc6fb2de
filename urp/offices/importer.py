"""Reads `office.toml`: a whole office, or every mistake in it with its line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from urp.offices import lines as places
from urp.offices.checks import Draft, check
from urp.offices.entries import ChannelHours, ClosureData, FaqData, OfficeData, RequestTypeData, TopicData
from urp.offices.fields import Entry
from urp.offices.institution import Institution
from urp.offices.problems import OfficeFileError, Problem, explain, unknown_key

E = TypeVar("E", bound=Entry)
SECTIONS: Mapping[str, type[Entry]] = {
    "hours": ChannelHours,
    "closures": ClosureData,
    "offices": OfficeData,
    "request_types": RequestTypeData,
    "topics": TopicData,
    "faq": FaqData,
}
REQUIRED = ("hours", "offices", "request_types", "topics")


@dataclass(frozen=True)
class Mailbox:
    """One of our own two addresses, with the name that a reader sees."""

    channel: str  # pec | peo
    address: str
    display_name: str


@dataclass(frozen=True)
class OfficeFile:
    """A valid office file; the order of topics and answers is the order people see."""

    institution: Institution
    hours: tuple[ChannelHours, ...]
    closures: tuple[ClosureData, ...]
    offices: tuple[OfficeData, ...]
    request_types: tuple[RequestTypeData, ...]
    topics: tuple[TopicData, ...]
    faq: tuple[FaqData, ...]
    lines: Mapping[places.Path, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Our ordinary mailbox, then the certified one."""
        own = self.institution
        return Mailbox("peo", own.email, own.email_name), Mailbox("pec", own.pec, own.pec_name)

    def line_of(self, path: str) -> int:
        """The line of a key ("hours.0.rule"), or of the table around it when the key is not written."""
        return places.nearest(self.lines, tuple(int(key) if key.isdigit() else key for key in path.split(".")))


def read(path: Path) -> OfficeFile:
    """The office described in the file at `path`; raises OfficeFileError with every mistake found."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OfficeFileError([Problem(1, "", f"cannot read {path}: {error.strerror}")]) from error
    try:
        return parse(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "this line is not UTF-8 text: save the file as UTF-8"
        raise OfficeFileError([Problem(line, "", message)]) from error


def parse(text: str) -> OfficeFile:
    """The office described in `text`; raises OfficeFileError with every mistake found."""
    data = _toml(text)
    lines = places.locate(text)
    findings: list[tuple[places.Path, str]] = list(_unknown_sections(data))
    institution = _institution(data, findings)
    entries = {name: _section(name, kind, data, findings) for name, kind in SECTIONS.items()}
    findings += check(Draft(data, institution, entries))
    if findings or institution is None:
        raise OfficeFileError(_problem(lines, path, message) for path, message in findings)
    return OfficeFile(
        institution=institution,
        **cast(dict[str, Any], {name: tuple(found.values()) for name, found in entries.items()}),
        lines=lines,
    )


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        what = re.sub(r" \(at .*\)$", "", str(error))
        message = f"not valid TOML ({what}): text goes between quotes, one key on each line"
        raise OfficeFileError([Problem(line, "", message)]) from error


def _unknown_sections(data: Mapping[str, Any]) -> list[tuple[places.Path, str]]:
    known = ["institution", *SECTIONS]
    return [((key,), unknown_key(key, known)) for key in data if key not in known]


def _institution(data: Mapping[str, Any], findings: list[tuple[places.Path, str]]) -> Institution | None:
    if "institution" in data:
        return _entry(Institution, data["institution"], ("institution",), findings)
    findings.append((("institution",), "there is no table [institution]: start from the office.toml of the project"))
    return None


def _section(
    name: str, kind: type[Entry], data: Mapping[str, Any], findings: list[tuple[places.Path, str]]
) -> dict[int, Entry]:
    section = data.get(name, [])
    if not isinstance(section, list):
        findings.append(((name,), f"write [[{name}]] with two brackets: there may be more than one"))
        return {}
    if not section and name in REQUIRED:
        findings.append(((name,), f"nothing is written in {name}: add at least one table [[{name}]]"))
    read_so_far = ((place, _entry(kind, one, (name, place), findings)) for place, one in enumerate(section))
    return {place: entry for place, entry in read_so_far if entry is not None}


def _entry(kind: type[E], raw: Any, path: places.Path, findings: list[tuple[places.Path, str]]) -> E | None:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        findings += [(tuple(chain(path, one["loc"])), explain(one, kind)) for one in error.errors(include_url=False)]
        return None


def _problem(lines: Mapping[places.Path, int], path: places.Path, message: str) -> Problem:
    return Problem(places.nearest(lines, path), ".".join(map(str, path)), message)
