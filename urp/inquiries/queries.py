"""Reads of the files of questions."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from urp.foundation.db import db
from urp.inquiries.models import Attachment


@dataclass(frozen=True)
class FileView:
    """A file as pages and letters show it."""

    id: int
    filename: str
    media_type: str
    size: int
    sha256: bytes


def files_of_case(case_id: int) -> list[FileView]:
    """The files of a case, oldest first."""
    return _files(Attachment.case_id == case_id)


def files(ids: Sequence[int]) -> list[FileView]:
    """These files, oldest first."""
    return _files(Attachment.id.in_(ids)) if ids else []


def hashes_in_use(hashes: Sequence[bytes]) -> set[bytes]:
    """Which of these contents some row still names."""
    return set(db.session.scalars(select(Attachment.sha256).where(Attachment.sha256.in_(hashes))))


def _files(condition: object) -> list[FileView]:
    statement = (
        select(Attachment.id, Attachment.filename, Attachment.media_type, Attachment.size, Attachment.sha256)
        .where(condition)  # type: ignore[arg-type]
        .order_by(Attachment.id)
    )
    return [FileView(*row) for row in db.session.execute(statement)]
