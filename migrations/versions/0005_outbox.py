"""Outgoing mail and what happened to it."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mailbox", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=320), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("dedupe_key", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stage", sa.String(length=3), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("last_code", sa.Integer(), nullable=True),
        sa.Column("last_text", sa.String(length=300), nullable=True),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("give_up_at", UtcDateTime(), nullable=False),
        sa.Column("resend_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("mailbox IN ('pec', 'peo')", name=op.f("ck_outbox_message_mailbox")),
        sa.CheckConstraint("stage IN ('pre', 'dot')", name=op.f("ck_outbox_message_stage")),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'accepted', 'delivered', 'failed', 'uncertain', 'dead', 'cancelled', 'frozen')",
            name=op.f("ck_outbox_message_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outbox_message_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["resend_of"], ["outbox_message.id"], name=op.f("fk_outbox_message_resend_of_outbox_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_message_dedupe_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_message_id")),
    )
    op.create_index(
        "ix_outbox_message_care",
        "outbox_message",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('uncertain', 'dead', 'failed', 'frozen')"),
        sqlite_where=sa.text("state IN ('uncertain', 'dead', 'failed', 'frozen')"),
    )
    op.create_index(op.f("ix_outbox_message_case_id"), "outbox_message", ["case_id"], unique=False)
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["mailbox", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_outbox_message_lease",
        "outbox_message",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'sending'"),
        sqlite_where=sa.text("state = 'sending'"),
    )
    op.create_table(
        "outbox_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("from_state", sa.String(length=10), nullable=False),
        sa.Column("to_state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=340), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["outbox_message.id"], name=op.f("fk_outbox_event_message_id_outbox_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
    )
    op.create_index(op.f("ix_outbox_event_message_id"), "outbox_event", ["message_id"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("outbox_event")
    op.drop_table("outbox_message")
