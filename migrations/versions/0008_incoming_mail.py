"""Incoming mail, where the server showed it, and how far each mailbox was read."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "imap_cursor",
        sa.Column("mailbox", sa.String(length=3), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("polled_at", UtcDateTime(), nullable=True),
        sa.Column("no_reader", sa.String(length=300), nullable=True),
        sa.Column("balanced_at", UtcDateTime(), nullable=True),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_imap_cursor")),
    )
    op.create_table(
        "incoming_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mailbox", sa.String(length=3), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=True),
        sa.Column("sender_key", sa.String(length=254), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("message_id", sa.String(length=320), nullable=True),
        sa.Column("certified", sa.Boolean(), nullable=False),
        sa.Column("envelope", sa.String(length=401), nullable=True),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("guess_case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("mailbox IN ('pec', 'peo')", name=op.f("ck_incoming_message_mailbox")),
        sa.CheckConstraint(
            "state IN ('new', 'opened', 'attached', 'receipt', 'bounce', 'automatic', 'held', 'failed', 'spam')",
            name=op.f("ck_incoming_message_state"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_incoming_message_case_id_cases")),
        sa.ForeignKeyConstraint(["guess_case_id"], ["cases.id"], name=op.f("fk_incoming_message_guess_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["outbox_message.id"], name=op.f("fk_incoming_message_letter_id_outbox_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_message")),
        sa.UniqueConstraint("envelope", name=op.f("uq_incoming_message_envelope")),
        sa.UniqueConstraint("mailbox", "sha256", name=op.f("uq_incoming_message_mailbox_sha256")),
    )
    op.create_index(
        "ix_incoming_message_care",
        "incoming_message",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('held', 'failed')"),
        sqlite_where=sa.text("state IN ('held', 'failed')"),
    )
    op.create_index(op.f("ix_incoming_message_case_id"), "incoming_message", ["case_id"], unique=False)
    op.create_index(
        "ix_incoming_message_due",
        "incoming_message",
        ["mailbox", "next_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'new'"),
        sqlite_where=sa.text("state = 'new'"),
    )
    op.create_index(op.f("ix_incoming_message_letter_id"), "incoming_message", ["letter_id"], unique=False)
    op.create_index("ix_incoming_message_sender_key", "incoming_message", ["sender_key", "settled_at"], unique=False)
    op.create_table(
        "imap_sighting",
        sa.Column("mailbox", sa.String(length=3), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("incoming_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=True),
        sa.Column("omitted", sa.Boolean(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incoming_id"], ["incoming_message.id"], name=op.f("fk_imap_sighting_incoming_id_incoming_message")
        ),
        sa.PrimaryKeyConstraint("mailbox", "uidvalidity", "uid", name=op.f("pk_imap_sighting")),
    )
    op.create_index(op.f("ix_imap_sighting_incoming_id"), "imap_sighting", ["incoming_id"], unique=False)
    op.create_index(
        "ix_imap_sighting_waiting",
        "imap_sighting",
        ["mailbox", "uidvalidity", "tries", "uid"],
        unique=False,
        postgresql_where=sa.text("NOT flagged"),
        sqlite_where=sa.text("NOT flagged"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("imap_sighting")
    op.drop_table("incoming_message")
    op.drop_table("imap_cursor")
