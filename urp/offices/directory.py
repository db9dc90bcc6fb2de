"""Stores what an office file says: merges by slug, retires what is gone, deletes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from urp.foundation.db import db
from urp.foundation.versions import bump
from urp.offices.entries import FaqData, OfficeData, TopicData
from urp.offices.importer import OfficeFile
from urp.offices.institution import Institution
from urp.offices.models import Faq, InstitutionRow, Office, RequestType, Topic

Row = Office | RequestType | Topic | Faq
Values = Mapping[str, Any]


@dataclass(frozen=True)
class Summary:
    """What a store changed, each as "table slug"; all empty when the office already was like this."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(self.added + other.added, self.changed + other.changed, self.retired + other.retired)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)

    def __str__(self) -> str:
        groups = {"added": self.added, "changed": self.changed, "retired": self.retired}
        said = [f"{len(things)} {word} ({', '.join(things)})" for word, things in groups.items() if things]
        return "; ".join(said) or "nothing changed"


def is_set_up() -> bool:
    """Whether an office file has ever been stored."""
    return db.session.get(InstitutionRow, 1) is not None


def store(file: OfficeFile) -> Summary:
    """Make the office be what `file` says and tell what changed; storing the same file again changes nothing.

    Runs in the caller's transaction. Hours are not stored here: they belong to `urp.hours`.
    """
    summary = _store_institution(file.institution)
    summary += _merge(Office, [_office(one) for one in file.offices])
    summary += _merge(RequestType, [one.model_dump() for one in file.request_types])
    offices, kinds = _ids(Office), _ids(RequestType)
    summary += _merge(Topic, [_topic(one, offices[one.office], kinds[one.request_type]) for one in file.topics])
    summary += _merge(Faq, [_answer(one) for one in file.faq])
    if summary:
        bump("offices")
    return summary


def _store_institution(institution: Institution) -> Summary:
    document = institution.model_dump_json()
    row = db.session.get(InstitutionRow, 1)
    if row is None:
        db.session.add(InstitutionRow(id=1, document=document))
        return Summary(added=("institution",))
    if row.document == document:
        return Summary()
    row.document = document
    return Summary(changed=("institution",))


def _office(one: OfficeData) -> Values:
    return {**one.model_dump(exclude={"pec", "peo"}), "pec_address": one.pec, "peo_address": one.peo}


def _topic(one: TopicData, office_id: int, request_type_id: int) -> Values:
    return {
        **one.model_dump(exclude={"office", "request_type", "extra_fields"}),
        "office_id": office_id,
        "request_type_id": request_type_id,
        "extra_fields": [field.model_dump(mode="json") for field in one.extra_fields],
    }


def _answer(one: FaqData) -> Values:
    return one.model_dump(mode="json")


def _ids(table: type[Office] | type[RequestType]) -> dict[str, int]:
    return {slug: number for slug, number in db.session.execute(select(table.slug, table.id))}


def _merge(table: type[Row], wanted: Sequence[Values]) -> Summary:
    rows: list[Row] = list(db.session.scalars(select(table)))
    found = {row.slug: row for row in rows}
    added, changed, retired = [], [], []
    for position, values in enumerate(wanted):
        slug = values["slug"]
        new = {**values, "position": position, "active": True}
        if slug not in found:
            db.session.add(table(**new))
            added.append(f"{table.__tablename__} {slug}")
        elif _update(found[slug], new):
            changed.append(f"{table.__tablename__} {slug}")
    for slug in found.keys() - {values["slug"] for values in wanted}:
        if _update(found[slug], {"active": False}):
            retired.append(f"{table.__tablename__} {slug}")
    db.session.flush()
    return Summary(tuple(added), tuple(changed), tuple(sorted(retired)))


def _update(row: Row, values: Values) -> bool:
    different = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in different.items():
        setattr(row, key, value)
    return bool(different)
