"""Office data kept in process: loaded once, re-read when its version row changes."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import current_app, g
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from urp.foundation.db import Base, db, insert_ignore

T = TypeVar("T")


class DataVersion(Base):
    """How often a kind of office data has changed."""

    __tablename__ = "data_version"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=0)


def cached(name: str, load: Callable[[], T], part: str = "") -> T:
    """What `load` returns, kept until `bump(name)` commits; versions are read once per app context.

    `part` tells several things apart that share one version.
    """
    version = versions().get(name, 0)
    if name in g.get("bumped", ()):
        return load()  # the change may still roll back: it must not stay in the cache
    kept = current_app.extensions.setdefault("office_data", {})
    found = kept.get((name, part))
    if found is None or found[0] != version:
        found = (version, load())
        kept[(name, part)] = found
    return cast(T, found[1])


def versions() -> dict[str, int]:
    """The version of every kind of office data, one SELECT per app context."""
    if "data_versions" not in g:
        g.data_versions = {
            name: version for name, version in db.session.execute(select(DataVersion.name, DataVersion.version))
        }
    return cast(dict[str, int], g.data_versions)


def bump(name: str) -> None:
    """Say, inside a transaction, that this kind of data has changed."""
    db.session.execute(insert_ignore(DataVersion, {"name": name, "version": 0}))
    db.session.execute(
        DataVersion.__table__.update()  # type: ignore[attr-defined]
        .where(DataVersion.name == name)
        .values(version=DataVersion.version + 1)
    )
    g.bumped = {*g.get("bumped", ()), name}
