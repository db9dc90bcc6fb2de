"""A visit that has begun and was never marked keeps no other away; a rest knows which visit left it."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "uq_appointment_active_case"
ACTIVE = "state IN ('held', 'confirmed')"


def upgrade() -> None:
    """Add a column to each table; a case has one active visit but for those that it got another for."""
    op.add_column("block", sa.Column("left_by", sa.BigInteger(), nullable=True))
    op.add_column("appointment", sa.Column("superseded_at", UtcDateTime(), nullable=True))
    _one_for_each_case(f"{ACTIVE} AND superseded_at IS NULL")


def downgrade() -> None:
    """Take them away; a visit that was not marked before its case got another counts as missed."""
    op.execute("UPDATE appointment SET state = 'missed' WHERE state = 'confirmed' AND superseded_at IS NOT NULL")
    _one_for_each_case(ACTIVE)
    op.drop_column("appointment", "superseded_at")
    op.drop_column("block", "left_by")


def _one_for_each_case(condition: str) -> None:
    op.drop_index(INDEX, table_name="appointment")
    where = sa.text(condition)
    op.create_index(INDEX, "appointment", ["case_id"], unique=True, postgresql_where=where, sqlite_where=where)
