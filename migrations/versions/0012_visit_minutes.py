"""Visits that last longer or shorter, topic by topic."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("topic", sa.Column("visit_minutes", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("topic", "visit_minutes")
