"""Storing an office file merges by slug: nothing is lost, nothing happens twice."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from urp.foundation.changes import Changes
from urp.foundation.db import db, transaction
from urp.foundation.versions import DataVersion
from urp.offices import directory, queries
from urp.offices.importer import OfficeFile, read
from urp.offices.models import Faq, InstitutionRow, Office, RequestType, Topic

FILE = Path(__file__).resolve().parents[2] / "office.toml"
TABLES = (InstitutionRow, Office, RequestType, Topic, Faq)

pytestmark = pytest.mark.usefixtures("ctx")


def store(file: OfficeFile) -> Changes:
    """As the command does it: one transaction, one act."""
    with transaction():
        return directory.store(file)


def rows() -> dict[str, list[tuple[object, ...]]]:
    """Everything in the office tables, read afresh."""
    return {
        table.__tablename__: [tuple(row) for row in db.session.execute(select(table.__table__).order_by(table.id))]
        for table in TABLES
    }


def test_storing_twice_leaves_the_same_rows(office: OfficeFile) -> None:
    store(office)
    before, version = rows(), office_version()
    changes = store(office)
    assert not changes
    assert str(changes) == "nothing changed"
    assert rows() == before
    assert office_version() == version


def test_a_removed_topic_becomes_inactive_and_keeps_its_id(office: OfficeFile) -> None:
    store(office)
    gone = office.topics[0].slug
    kept_id = topic_row(gone).id
    changes = store(replace(office, topics=office.topics[1:]))
    assert f"topic {gone}" in changes.retired
    assert (topic_row(gone).id, topic_row(gone).active) == (kept_id, False)
    assert count(Topic) == len(office.topics)


def test_a_topic_that_comes_back_is_active_again_under_its_old_id(office: OfficeFile) -> None:
    store(office)
    kept_id = topic_row(office.topics[0].slug).id
    store(replace(office, topics=office.topics[1:]))
    changes = store(office)
    assert f"topic {office.topics[0].slug}" in changes.changed
    assert (topic_row(office.topics[0].slug).id, topic_row(office.topics[0].slug).active) == (kept_id, True)


def test_a_new_title_changes_one_row_and_says_so(office: OfficeFile) -> None:
    store(office)
    renamed = office.topics[2].model_copy(update={"title": "Aria e acqua"})
    changes = store(replace(office, topics=(*office.topics[:2], renamed, *office.topics[3:])))
    assert changes == Changes(changed=(f"topic {renamed.slug}",))
    assert str(changes) == f"1 changed (topic {renamed.slug})"
    assert topic_row(renamed.slug).title == "Aria e acqua"


def test_a_removed_office_stays_for_the_cases_that_name_it(office: OfficeFile) -> None:
    store(office)
    used = {topic.office for topic in office.topics}
    gone = next(one for one in office.offices if one.slug not in used)
    changes = store(replace(office, offices=tuple(one for one in office.offices if one is not gone)))
    assert changes == Changes(changed=changes.changed, retired=(f"office {gone.slug}",))
    assert db.session.scalar(select(Office.active).where(Office.slug == gone.slug)) is False


def test_a_changed_institution_is_one_document(office: OfficeFile) -> None:
    store(office)
    elsewhere = replace(office, institution=office.institution.model_copy(update={"street": "via Nuova 2"}))
    assert store(elsewhere) == Changes(changed=("institution",))
    assert count(InstitutionRow) == 1


def test_a_store_that_rolls_back_leaves_no_trace(office: OfficeFile) -> None:
    store(office)
    before = rows()
    with pytest.raises(RuntimeError, match="second thoughts"), transaction():
        directory.store(replace(office, topics=office.topics[:1], faq=()))
        raise RuntimeError("second thoughts")
    assert rows() == before


def test_the_office_is_set_up_once_stored(office: OfficeFile) -> None:
    store(office)
    assert directory.is_set_up()
    assert queries.institution().name == office.institution.name


def count(table: type[Topic] | type[InstitutionRow]) -> int | None:
    return db.session.scalar(select(func.count()).select_from(table))


def topic_row(slug: str) -> Topic:
    return db.session.scalars(select(Topic).where(Topic.slug == slug)).one()


def office_version() -> int | None:
    return db.session.scalar(select(DataVersion.version).where(DataVersion.name == "offices"))


@pytest.fixture(scope="module")
def office() -> OfficeFile:
    return read(FILE)
