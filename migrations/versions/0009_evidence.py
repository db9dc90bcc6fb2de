"""Proofs of what became of a letter, and the alarms for those that are missing."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = (
    ("automatic", sa.Boolean(), {"nullable": False, "server_default": sa.false()}),
    ("repeats", sa.Integer(), {"nullable": False, "server_default": sa.text("0")}),
    ("certified", sa.Boolean(), {}),
    ("alarm", sa.String(length=20), {}),
    ("alarm_at", UtcDateTime(), {}),
    ("cause", sa.String(length=20), {}),
)
INDEXES = (
    ("unaccepted", "sent_at", "state = 'sent' AND mailbox = 'pec' AND alarm_at IS NULL"),
    ("undelivered", "sent_at", "state = 'accepted' AND certified AND alarm_at IS NULL"),
    ("alarm", "alarm", "alarm IS NOT NULL"),
)


def upgrade() -> None:
    """Add the columns and the table."""
    for name, kind, rest in COLUMNS:
        op.add_column("outbox_message", sa.Column(name, kind, **rest))
    for name, column, condition in INDEXES:
        only = sa.text(condition)
        index = f"ix_outbox_message_{name}"
        op.create_index(index, "outbox_message", [column], postgresql_where=only, sqlite_where=only)
    op.create_index(op.f("ix_outbox_message_resend_of"), "outbox_message", ["resend_of"], unique=False)
    op.create_table(
        "outbox_evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("letter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("receipt", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=True),
        sa.Column("identifier", sa.String(length=300), nullable=True),
        sa.Column("delivered_to", sa.String(length=254), nullable=False),
        sa.Column("certified", sa.Boolean(), nullable=True),
        sa.Column("error", sa.String(length=40), nullable=True),
        sa.Column("error_text", sa.String(length=500), nullable=True),
        sa.Column("size", sa.String(length=20), nullable=True),
        sa.Column("incoming_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('submitted', 'accepted', 'delivered', 'failed', 'late')", name=op.f("ck_outbox_evidence_kind")
        ),
        sa.ForeignKeyConstraint(
            ["incoming_id"], ["incoming_message.id"], name=op.f("fk_outbox_evidence_incoming_id_incoming_message")
        ),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["outbox_message.id"], name=op.f("fk_outbox_evidence_letter_id_outbox_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_evidence")),
        sa.UniqueConstraint(
            "letter_id",
            "receipt",
            "at",
            "delivered_to",
            name=op.f("uq_outbox_evidence_letter_id_receipt_at_delivered_to"),
        ),
    )
    op.create_index(op.f("ix_outbox_evidence_identifier"), "outbox_evidence", ["identifier"], unique=False)
    op.create_index(op.f("ix_outbox_evidence_incoming_id"), "outbox_evidence", ["incoming_id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("outbox_evidence")
    for name in ("resend_of", *(name for name, _column, _condition in INDEXES)):
        op.drop_index(f"ix_outbox_message_{name}", table_name="outbox_message")
    for name, _kind, _rest in COLUMNS:
        op.drop_column("outbox_message", name)
