"""Conditions of tables and partial indexes, written the same way for both databases."""

from typing import Any

from sqlalchemy import CheckConstraint, text


def one_of(column: str, *values: str) -> CheckConstraint:
    """The column holds one of these words."""
    return CheckConstraint(f"{column} IN ({quoted(*values)})", name=column)


def only(condition: str) -> dict[str, Any]:
    """Arguments of an index that covers only the rows under this condition (SQL)."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def quoted(*values: str) -> str:
    """Words of ours as a list in SQL."""
    return ", ".join(f"'{value}'" for value in values)
