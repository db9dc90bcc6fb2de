"""Models equal migrations, on both databases, and every migration goes up, down and up again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Column, Engine, Integer, MetaData, inspect

from tests.house.sources import ROOT
from urp.foundation.db import Base, db

MIGRATIONS = ROOT / "migrations"
ALEMBICS_OWN = "alembic_version"


def differences(engine: Engine, metadata: MetaData) -> list[Any]:
    """What alembic would write into the next migration."""
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def anatomy(engine: Engine) -> dict[str, dict[str, Any]]:
    """Each table as the database itself tells it: columns, keys, indexes with their conditions, checks."""
    looking = inspect(engine)
    return {table: dict(_parts(looking, table)) for table in looking.get_table_names() if table != ALEMBICS_OWN}


def _parts(looking: Any, table: str) -> Iterator[tuple[str, Any]]:
    for column in looking.get_columns(table):
        yield column["name"], (str(column["type"]), column["nullable"], column.get("default"))
    yield "primary key", looking.get_pk_constraint(table)
    for kind in ("foreign_keys", "unique_constraints", "indexes", "check_constraints"):
        found = getattr(looking, f"get_{kind}")(table)
        yield kind, sorted((_squeezed(one) for one in found), key=repr)


def _squeezed(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {key: _squeezed(value) for key, value in thing.items()}
    return " ".join(str(thing).split())


def migrate(app: Flask, *words: str) -> None:
    answer = app.test_cli_runner().invoke(args=["db", *words, "-d", str(MIGRATIONS)])
    assert answer.exit_code == 0, answer.output + repr(answer.exception)


def test_the_next_migration_would_be_empty(ctx: None) -> None:
    assert differences(db.engine, Base.metadata) == []


def test_a_column_without_a_migration_would_be_told(ctx: None) -> None:
    grown = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(grown)
    grown.tables["cases"].append_column(Column("mood", Integer))

    assert [change[0] for change in differences(db.engine, grown)] == ["add_column"]


def test_migrations_build_what_the_models_would(app: Flask, ctx: None) -> None:
    migrated = anatomy(db.engine)
    migrate(app, "downgrade", "base")
    Base.metadata.create_all(db.engine)

    assert migrated == anatomy(db.engine)


def test_an_office_full_of_rows_goes_down_and_up_again(app: Flask, ctx: None) -> None:
    before = anatomy(db.engine)

    migrate(app, "downgrade", "base")
    assert anatomy(db.engine) == {}
    migrate(app, "upgrade")

    assert anatomy(db.engine) == before


def test_each_step_can_be_taken_back_by_itself(app: Flask, ctx: None) -> None:
    for _revision in revisions():
        migrate(app, "downgrade")
        migrate(app, "upgrade", "+1")
        migrate(app, "downgrade")

    assert anatomy(db.engine) == {}


def test_migrations_have_four_digits_one_line_and_one_head() -> None:
    files = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))

    assert [name for name in files if not re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name)] == []
    assert [int(name[:4]) for name in files] == list(range(1, len(files) + 1))
    assert revisions() == [name[:4] for name in files]


def test_every_migration_can_be_taken_back() -> None:
    empty = re.compile(r"def downgrade\(\) -> None:\n(    \"\"\".*\"\"\"\n)?    pass")

    assert [path.name for path in versions() if empty.search(path.read_text("utf-8"))] == []


def versions() -> list[Path]:
    return sorted((MIGRATIONS / "versions").glob("*.py"))


def revisions() -> list[str]:
    """From the first to the head; with two heads alembic refuses to answer."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(settings)
    head = script.get_current_head()
    return [step.revision for step in script.walk_revisions("base", head or "base")][::-1]
