"""Our mailboxes and how they are doing."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mailbox",
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("display_name", sa.String(length=150), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('pec', 'peo')", name=op.f("ck_mailbox_kind")),
        sa.CheckConstraint("state IN ('active', 'stopped')", name=op.f("ck_mailbox_state")),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_mailbox")),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("mailbox")
