"""Mailboxes that stand still after a restore."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("mailbox", sa.Column("frozen_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("mailbox", "frozen_at")
