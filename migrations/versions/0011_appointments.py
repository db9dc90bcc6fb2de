"""Visits at the counter, the claims that keep their times, and the waiting list."""

import sqlalchemy as sa
from alembic import op

from urp.foundation.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "block",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("free_at", UtcDateTime(), nullable=False),
        sa.Column("desk", sa.SmallInteger(), nullable=True),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ticks", sa.SmallInteger(), nullable=True),
        sa.Column("offers", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind IN ('rest', 'closure', 'absence')", name=op.f("ck_block_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_block")),
    )
    op.create_index("ix_block_free_at", "block", ["free_at"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("desk", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ticks", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("opened_case", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=5), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("coming_at", UtcDateTime(), nullable=True),
        sa.Column("call_since", UtcDateTime(), nullable=True),
        sa.CheckConstraint("channel IN ('web', 'phone')", name=op.f("ck_appointment_channel")),
        sa.CheckConstraint(
            "state IN ('held', 'confirmed', 'cancelled', 'expired', 'attended', 'missed')",
            name=op.f("ck_appointment_state"),
        ),
        sa.CheckConstraint("ticks > 0", name=op.f("ck_appointment_ticks")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_appointment_case_id_cases")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_appointment_topic_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("uid", name=op.f("uq_appointment_uid")),
    )
    op.create_index(op.f("ix_appointment_case_id"), "appointment", ["case_id"], unique=False)
    op.create_index(
        "ix_appointment_held",
        "appointment",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
        sqlite_where=sa.text("state = 'held'"),
    )
    op.create_index("ix_appointment_starts_at", "appointment", ["starts_at", "state"], unique=False)
    op.create_index(
        "uq_appointment_active_case",
        "appointment",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
        sqlite_where=sa.text("state IN ('held', 'confirmed')"),
    )
    op.create_index(
        "uq_appointment_active_person",
        "appointment",
        ["person_key"],
        unique=True,
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
        sqlite_where=sa.text("state IN ('held', 'confirmed')"),
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("topic_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("ticks", sa.SmallInteger(), nullable=False),
        sa.Column("offers", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'served', 'left')", name=op.f("ck_wish_state")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_wish_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_wish_case_id_cases")),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_wish_topic_id_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_appointment_id"), "wish", ["appointment_id"], unique=False)
    op.create_index(
        "ix_wish_waiting",
        "wish",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "uq_wish_waiting_case",
        "wish",
        ["case_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "offer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("wish_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("block_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("desk", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ticks", sa.SmallInteger(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('live', 'accepted', 'declined', 'expired')", name=op.f("ck_offer_state")),
        sa.ForeignKeyConstraint(["block_id"], ["block.id"], name=op.f("fk_offer_block_id_block"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["wish_id"], ["wish.id"], name=op.f("fk_offer_wish_id_wish")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
    )
    op.create_index(op.f("ix_offer_block_id"), "offer", ["block_id"], unique=False)
    op.create_index(
        "ix_offer_live",
        "offer",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'live'"),
        sqlite_where=sa.text("state = 'live'"),
    )
    op.create_index(op.f("ix_offer_wish_id"), "offer", ["wish_id"], unique=False)
    op.create_index(
        "uq_offer_live_wish",
        "offer",
        ["wish_id"],
        unique=True,
        postgresql_where=sa.text("state = 'live'"),
        sqlite_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "claim",
        sa.Column("tick", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("desk", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("appointment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("offer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("block_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "CASE WHEN appointment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN offer_id IS NULL THEN 0 ELSE 1 END + CASE WHEN block_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_claim_one_holder"),
        ),
        sa.CheckConstraint("desk BETWEEN 1 AND 50", name=op.f("ck_claim_desk")),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointment.id"], name=op.f("fk_claim_appointment_id_appointment")
        ),
        sa.ForeignKeyConstraint(["block_id"], ["block.id"], name=op.f("fk_claim_block_id_block")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_claim_offer_id_offer")),
        sa.PrimaryKeyConstraint("tick", "desk", name=op.f("pk_claim")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_claim_appointment_id"), "claim", ["appointment_id"], unique=False)
    op.create_index(op.f("ix_claim_block_id"), "claim", ["block_id"], unique=False)
    op.create_index(op.f("ix_claim_offer_id"), "claim", ["offer_id"], unique=False)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("claim")
    op.drop_table("offer")
    op.drop_table("wish")
    op.drop_table("appointment")
    op.drop_table("block")
