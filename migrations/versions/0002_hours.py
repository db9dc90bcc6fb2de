"""Opening hours: weekly rules, exceptions, holidays."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "hours_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("expression", sa.String(), nullable=False),
        sa.Column("by_appointment", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("note_en", sa.String(), nullable=False),
        sa.Column("from_file", sa.Boolean(), nullable=False),
        sa.CheckConstraint("channel IN ('telefono', 'sportello')", name=op.f("ck_hours_rule_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_rule")),
        sa.UniqueConstraint("channel", "valid_from", name=op.f("uq_hours_rule_channel_valid_from")),
    )
    op.create_table(
        "hours_exception",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("ranges", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("reason_en", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("notice_en", sa.String(), nullable=False),
        sa.Column("from_file", sa.Boolean(), nullable=False),
        sa.CheckConstraint("channel IN ('telefono', 'sportello')", name=op.f("ck_hours_exception_channel")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_hours_exception_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_exception")),
    )
    op.create_table(
        "holiday_override",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_holiday_override")),
    )
    op.create_table(
        "holiday_place",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subdivision", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_holiday_place_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday_place")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("holiday_place")
    op.drop_table("holiday_override")
    op.drop_table("hours_exception")
    op.drop_table("hours_rule")
