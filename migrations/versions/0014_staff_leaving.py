"""When somebody last left with a pass."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("staff_pass", sa.Column("left_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("staff_pass", "left_at")
