"""What the other rooms may ask about the office; read once and kept until the office data change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select

from urp.foundation.db import db
from urp.foundation.errors import NoOffice, NotFound
from urp.foundation.versions import cached
from urp.offices import word_match
from urp.offices.cards import FaqView, OfficeView, RequestTypeView, TopicView
from urp.offices.entries import ExtraField
from urp.offices.institution import Institution
from urp.offices.models import Faq, InstitutionRow, Office, RequestType, Topic

T = TypeVar("T")


@dataclass(frozen=True)
class _Directory:
    institution: Institution | None
    offices: Mapping[int, OfficeView]
    request_types: Mapping[str, RequestTypeView]
    topics: tuple[TopicView, ...]  # by position, retired ones too
    faq: tuple[FaqView, ...]  # by position, active ones only


def institution() -> Institution:
    """The institution; raises NoOffice before the first `office import`."""
    found = _directory().institution
    if found is None:
        raise NoOffice("no office yet: flask --app wsgi office import office.toml")
    return found


def topics() -> tuple[TopicView, ...]:
    """The topics a citizen can choose, in the order of the page."""
    return tuple(one for one in _directory().topics if one.active)


def topic(slug: str) -> TopicView:
    """The topic a citizen chose; raises NotFound for an unknown or retired one."""
    return _found({one.slug: one for one in topics()}.get(slug), "topic", slug)


def topic_by_id(topic_id: int) -> TopicView:
    """The topic of a case, also when retired since; raises NotFound."""
    return _found({one.id: one for one in _directory().topics}.get(topic_id), "topic", topic_id)


def office(office_id: int) -> OfficeView:
    """The office of a topic or case, also when retired since; raises NotFound."""
    return _found(_directory().offices.get(office_id), "office", office_id)


def request_type(slug: str) -> RequestTypeView:
    """The rules of a kind of request, also when retired since; raises NotFound."""
    return _found(_directory().request_types.get(slug), "request type", slug)


def faq() -> tuple[FaqView, ...]:
    """Every ready answer, in the order of the page."""
    return _directory().faq


def search_faq(text: str, language: str, limit: int = 10) -> tuple[FaqView, ...]:
    """The ready answers that share words with `text`, best first; none when `text` has no telling word."""
    candidates = ((one, one.question(language), one.answer(language)) for one in faq())
    return tuple(word_match.best(text, candidates, limit))


def _found(thing: T | None, kind: str, key: str | int) -> T:
    if thing is None:
        raise NotFound(f"no {kind} {key}")
    return thing


def _directory() -> _Directory:
    return cached("offices", _load)


def _load() -> _Directory:
    row = db.session.get(InstitutionRow, 1)
    kinds = [_request_type(one) for one in db.session.scalars(select(RequestType).order_by(RequestType.position))]
    slugs = {one.id: one.slug for one in kinds}
    return _Directory(
        institution=Institution.model_validate_json(row.document) if row else None,
        offices={one.id: _office(one) for one in db.session.scalars(select(Office).order_by(Office.position))},
        request_types={one.slug: one for one in kinds},
        topics=tuple(
            _topic(one, slugs[one.request_type_id])
            for one in db.session.scalars(select(Topic).order_by(Topic.position, Topic.id))
        ),
        faq=tuple(map(_faq, db.session.scalars(select(Faq).where(Faq.active).order_by(Faq.position)))),
    )


def _office(row: Office) -> OfficeView:
    return OfficeView(
        id=row.id,
        slug=row.slug,
        active=row.active,
        name=row.name,
        name_en=row.name_en,
        pec_address=row.pec_address,
        peo_address=row.peo_address,
    )


def _request_type(row: RequestType) -> RequestTypeView:
    return RequestTypeView(
        id=row.id,
        slug=row.slug,
        active=row.active,
        title_it=row.title,
        title_en=row.title_en,
        term_days=row.term_days,
        reasons_required=row.reasons_required,
        identity_note_it=row.identity_note,
        identity_note_en=row.identity_note_en,
        term_note_it=row.term_note,
        term_note_en=row.term_note_en,
        source=row.source,
    )


def _topic(row: Topic, request_type: str) -> TopicView:
    return TopicView(
        id=row.id,
        slug=row.slug,
        active=row.active,
        title_it=row.title,
        title_en=row.title_en,
        example_it=row.example,
        example_en=row.example_en,
        office_id=row.office_id,
        request_type_id=row.request_type_id,
        request_type=request_type,
        channel=row.channel,
        allows_visit=row.allows_visit,
        visit_minutes=row.visit_minutes,
        extra_fields=tuple(ExtraField.model_validate(one, strict=False) for one in row.extra_fields),
    )


def _faq(row: Faq) -> FaqView:
    return FaqView(
        id=row.id,
        slug=row.slug,
        question_it=row.question,
        question_en=row.question_en,
        answer_it=row.answer,
        answer_en=row.answer_en,
        topics=tuple(row.topics),
    )
