"""Delivery targets, deliveries, attempts."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE delivery_targets (
        id uuid PRIMARY KEY DEFAULT new_id(),
        buyer_id uuid NOT NULL REFERENCES organizations (id),
        name text NOT NULL,
        url text NOT NULL,
        state text NOT NULL DEFAULT 'active',
        key_id text NOT NULL,
        wrapped_key bytea NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        removed_at timestamptz,
        CONSTRAINT delivery_targets_state_known CHECK (state IN ('active', 'paused', 'disabled'))
    );
    CREATE INDEX delivery_targets_buyer_id_idx ON delivery_targets (buyer_id);
    """,
    """
    CREATE TABLE deliveries (
        id uuid PRIMARY KEY DEFAULT new_id(),
        purchase_id uuid NOT NULL REFERENCES purchases (id),
        target_id uuid NOT NULL REFERENCES delivery_targets (id),
        buyer_id uuid NOT NULL REFERENCES organizations (id),
        state text NOT NULL DEFAULT 'waiting',
        attempts integer NOT NULL DEFAULT 0,
        asked integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        ended_at timestamptz,
        CONSTRAINT deliveries_state_known CHECK (state IN ('waiting', 'delivered', 'failed')),
        CONSTRAINT deliveries_end_dated CHECK ((state = 'waiting') = (ended_at IS NULL)),
        CONSTRAINT deliveries_attempts_counted CHECK (attempts BETWEEN 0 AND asked),
        UNIQUE (purchase_id, target_id)
    );
    CREATE INDEX deliveries_target_id_idx ON deliveries (target_id);
    CREATE INDEX deliveries_buyer_id_id_idx ON deliveries (buyer_id, id);
    CREATE INDEX deliveries_waiting_idx ON deliveries (id) WHERE state = 'waiting';
    """,
    """
    CREATE TABLE delivery_attempts (
        delivery_id uuid NOT NULL REFERENCES deliveries (id),
        number integer NOT NULL,
        outcome text NOT NULL,
        status integer,
        latency_ms integer NOT NULL,
        attempted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (delivery_id, number),
        CONSTRAINT delivery_attempts_outcome_known CHECK (
            outcome IN ('accepted', 'refused', 'gone', 'unreachable', 'timed_out', 'broken_off', 'address_refused')),
        CONSTRAINT delivery_attempts_counts CHECK (number > 0 AND latency_ms >= 0)
    );
    CREATE TRIGGER delivery_attempts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery_attempts
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
)
_DOWN: tuple[str, ...] = ("DROP TABLE delivery_attempts, deliveries, delivery_targets",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
