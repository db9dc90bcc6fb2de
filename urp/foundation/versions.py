"""Office data kept in process: loaded once, re-read when its version row changes."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

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
    """What `load` returns, kept until `bump(name)` commits; versions are read as `versions()` says.

    `part` tells several things apart that share one version.
    """
    version = versions().get(name, 0)
    kept = _kept_by_this_act() if name in g.get("bumped", ()) else current_app.extensions.setdefault("office_data", {})
    found = kept.get((name, part))
    if found is None or found[0] != version:
        found = (version, load())
        kept[(name, part)] = found
    return cast(T, found[1])


def versions() -> dict[str, int]:
    """The version of every kind of office data: one SELECT per app context, and one in each transaction.

    What is decided in a transaction is decided by what holds now, not by what a page was made of a moment ago.
    """
    act = db.session.info.get("in_transaction")
    if "data_versions" not in g or (act and act is not g.data_versions_act):
        g.data_versions_act = act
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
    g.pop("seen_by_act", None)


def _kept_by_this_act() -> dict[tuple[str, str], Any]:
    """A change may still roll back: what is read after it stays with its transaction, or with this app context,
    and out of the process."""
    act = db.session.info.get("in_transaction")
    seen = g.get("seen_by_act")
    if seen is None or seen[0] is not act:
        seen = g.seen_by_act = (act, {})
    return cast(dict[tuple[str, str], Any], seen[1])
