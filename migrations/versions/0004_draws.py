"""Draws, standing, rights: commitments, track records, suppressed contacts."""

from __future__ import annotations

from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE draws (
        batch_id uuid PRIMARY KEY,
        commitment bytea NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea NOT NULL,
        sealed_seed bytea NOT NULL,
        root bytea,
        leaf_count bigint,
        frozen_at timestamptz,
        beacon_round bigint,
        beacon bytea,
        revealed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT draws_commitment_length CHECK (length(commitment) = 32),
        CONSTRAINT draws_root_length CHECK (length(root) = 32),
        CONSTRAINT draws_beacon_length CHECK (length(beacon) = 32),
        CONSTRAINT draws_frozen_whole CHECK ((root IS NULL) = (frozen_at IS NULL)
                                             AND (root IS NULL) = (leaf_count IS NULL)),
        CONSTRAINT draws_round_fixed_at_freeze CHECK (beacon_round IS NULL OR root IS NOT NULL),
        CONSTRAINT draws_beacon_of_its_round CHECK (beacon IS NULL OR beacon_round IS NOT NULL),
        CONSTRAINT draws_revealed_after_freeze CHECK (revealed_at IS NULL OR root IS NOT NULL)
    );

    -- What was published once can be added to, never changed: this binds the owner too.
    CREATE FUNCTION keep_draw() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' OR TG_OP = 'TRUNCATE'
           OR NEW.batch_id <> OLD.batch_id OR NEW.commitment <> OLD.commitment
           OR NEW.sealed_seed <> OLD.sealed_seed
           OR OLD.root IS NOT NULL AND (NEW.root, NEW.leaf_count, NEW.beacon_round)
                                       IS DISTINCT FROM (OLD.root, OLD.leaf_count, OLD.beacon_round)
           OR OLD.beacon IS NOT NULL AND NEW.beacon IS DISTINCT FROM OLD.beacon
           OR OLD.revealed_at IS NOT NULL AND NEW.revealed_at IS DISTINCT FROM OLD.revealed_at
        THEN
            RAISE EXCEPTION 'a draw is never changed' USING ERRCODE = 'LX001', CONSTRAINT = 'draws_never_change';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER draws_never_change BEFORE UPDATE OR DELETE ON draws
        FOR EACH ROW EXECUTE FUNCTION keep_draw();
    CREATE TRIGGER draws_never_emptied BEFORE TRUNCATE ON draws
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
    """
    CREATE TABLE track_records (
        id uuid PRIMARY KEY DEFAULT new_id(),
        organization_id uuid NOT NULL,
        fact text COLLATE "C" NOT NULL,
        subject_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT track_records_fact_is_a_word CHECK (fact ~ '^[a-z_]+$'),
        UNIQUE (fact, subject_id)
    );
    CREATE INDEX track_records_organization_id_at_idx ON track_records (organization_id, at);
    CREATE TRIGGER track_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON track_records
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
    """
    CREATE TABLE suppressions (
        digest bytea PRIMARY KEY,
        kind text COLLATE "C" NOT NULL,
        reason text COLLATE "C" NOT NULL,
        added_by uuid,
        added_at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT suppressions_digest_length CHECK (length(digest) = 16),
        CONSTRAINT suppressions_kind_known CHECK (kind IN ('phone', 'email')),
        CONSTRAINT suppressions_reason_known CHECK (reason IN ('do_not_contact', 'erasure', 'deceased'))
    );
    """,
)
_DOWN: tuple[str, ...] = (
    "DROP TABLE suppressions, track_records, draws",
    "DROP FUNCTION keep_draw()",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    role = context.config.attributes["app_role"]
    op.execute(f"REVOKE UPDATE, DELETE ON track_records, draws, suppressions FROM {role}")
    op.execute(
        "GRANT UPDATE (root, leaf_count, frozen_at, beacon_round, beacon, revealed_at, key_id, wrapped_key)"
        f" ON draws TO {role}"
    )


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
