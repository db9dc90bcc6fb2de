"""Drafts of forms, and answers to forms already sent."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "draft",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("journey", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("resume_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sent_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_draft_key_hash")),
        sa.UniqueConstraint("resume_hash", name=op.f("uq_draft_resume_hash")),
    )
    op.create_index(op.f("ix_draft_updated_at"), "draft", ["updated_at"], unique=False)
    op.create_table(
        "sent_form",
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sent_form")),
    )
    op.create_index(op.f("ix_sent_form_sent_at"), "sent_form", ["sent_at"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("sent_form")
    op.drop_table("draft")
