"""Keeping the files a citizen sends: bytes first, then the row, and never a byte lost in between."""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import inf
from pathlib import Path

from sqlalchemy import delete, insert, update

from urp.foundation.clock import now
from urp.foundation.db import db
from urp.foundation.settings import settings
from urp.inquiries import file_types
from urp.inquiries.models import Attachment

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Upload:
    """A file as it arrived, with a name already made safe."""

    filename: str
    data: bytes


def keep(draft_id: int | None, upload: Upload) -> int:
    """Store a file with a draft and return its id; without a draft it waits to be handed over to its case."""
    sha256 = write(upload.data)
    statement = insert(Attachment).values(
        draft_id=draft_id,
        filename=upload.filename,
        media_type=file_types.media_type(upload.filename, upload.data),
        size=len(upload.data),
        sha256=sha256,
        added_at=now(),
    )
    return db.session.execute(statement.returning(Attachment.id)).scalar_one()


def take_away(draft_id: int, attachment_id: int) -> None:
    """Forget a file of a draft; another draft's file is never touched. Bytes go with the hourly clean-up."""
    db.session.execute(delete(Attachment).where(Attachment.id == attachment_id, Attachment.draft_id == draft_id))


def hand_over(draft_id: int | None, case_id: int, attachment_ids: Sequence[int]) -> None:
    """Make the files of a draft, or those that no draft had, files of the case."""
    db.session.execute(
        update(Attachment)
        .where(Attachment.draft_id == draft_id, Attachment.id.in_(attachment_ids))
        .values(case_id=case_id, draft_id=None)
    )


def forget(draft_ids: Sequence[int]) -> None:
    """Forget the files of drafts that are going away; their bytes go with the hourly clean-up."""
    db.session.execute(delete(Attachment).where(Attachment.draft_id.in_(draft_ids)))


def write(data: bytes) -> bytes:
    """Write bytes under their own hash, durably and whole or not at all; returns the SHA-256."""
    sha256 = hashlib.sha256(data).digest()
    path = path_of(sha256)
    try:
        os.utime(path)  # young again: the clean-up leaves it alone
    except FileNotFoundError:
        _write_anew(path, data)
    return sha256


def read(sha256: bytes) -> bytes:
    """The bytes kept under a hash; raises FileNotFoundError."""
    return path_of(sha256).read_bytes()


def untouched(before: datetime) -> list[bytes]:
    """Hashes of all bytes written before that instant; what a broken writing left behind goes at once."""
    kept = []
    for path in _folder().glob("??/*"):
        if _written_at(path) >= before.timestamp():
            continue
        if _HASH.fullmatch(path.name):
            kept.append(bytes.fromhex(path.name))
        else:
            path.unlink(missing_ok=True)
    return kept


def erase(sha256: bytes, before: datetime) -> None:
    """Remove bytes that no row names any more, unless somebody sent the same ones after that instant."""
    path = path_of(sha256)
    aside = path.with_name(f"{path.name}.gone")
    with suppress(FileNotFoundError):
        os.replace(path, aside)  # from here on a writer writes them anew
        if _written_at(aside) >= before.timestamp():
            os.replace(aside, path)
        aside.unlink(missing_ok=True)


def path_of(sha256: bytes) -> Path:
    """Where the bytes with this hash are kept."""
    name = sha256.hex()
    return _folder() / name[:2] / name


def _folder() -> Path:
    return settings().data_dir / "attachments"


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return inf  # somebody else removed it


def _write_anew(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, path)
    folder = os.open(path.parent, os.O_RDONLY)  # the name, too, has to survive a power cut
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
