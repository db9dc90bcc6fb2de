"""Stores what an office file says: merges by slug, retires what is gone, deletes nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from urp.foundation.changes import Changes
from urp.foundation.db import db
from urp.foundation.versions import bump
from urp.offices.entries import FaqData, OfficeData, TopicData
from urp.offices.importer import OfficeFile
from urp.offices.institution import Institution
from urp.offices.models import Faq, InstitutionRow, Office, RequestType, Topic

Row = Office | RequestType | Topic | Faq
Values = Mapping[str, Any]


def is_set_up() -> bool:
    """Whether an office file has ever been stored."""
    return db.session.get(InstitutionRow, 1) is not None


def store(file: OfficeFile) -> Changes:
    """Make the office be what `file` says and tell what changed; storing the same file again changes nothing.

    Runs in the caller's transaction. Hours are not stored here: they belong to `urp.hours`.
    """
    changes = _store_institution(file.institution)
    changes += _merge(Office, [_office(one) for one in file.offices])
    changes += _merge(RequestType, [one.model_dump() for one in file.request_types])
    offices, kinds = _ids(Office), _ids(RequestType)
    changes += _merge(Topic, [_topic(one, offices[one.office], kinds[one.request_type]) for one in file.topics])
    changes += _merge(Faq, [_answer(one) for one in file.faq])
    if changes:
        bump("offices")
    return changes


def _store_institution(institution: Institution) -> Changes:
    document = institution.model_dump_json()
    row = db.session.get(InstitutionRow, 1)
    if row is None:
        db.session.add(InstitutionRow(id=1, document=document))
        return Changes(added=("institution",))
    if row.document == document:
        return Changes()
    row.document = document
    return Changes(changed=("institution",))


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


def _merge(table: type[Row], wanted: Sequence[Values]) -> Changes:
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
    return Changes(tuple(added), tuple(changed), tuple(sorted(retired)))


def _update(row: Row, values: Values) -> bool:
    different = {key: value for key, value in values.items() if getattr(row, key) != value}
    for key, value in different.items():
        setattr(row, key, value)
    return bool(different)
