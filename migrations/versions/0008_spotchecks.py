"""Spot checks, samples, verdicts, what a full check costs."""

from __future__ import annotations

from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE spot_checks (
        batch_id uuid PRIMARY KEY REFERENCES batches (id),
        seller_id uuid NOT NULL REFERENCES organizations (id),
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        state text NOT NULL,
        preset text NOT NULL,
        population integer NOT NULL,
        plan jsonb,
        checked integer NOT NULL DEFAULT 0,
        fakes integer NOT NULL DEFAULT 0,
        inconclusive integer NOT NULL DEFAULT 0,
        pending integer NOT NULL DEFAULT 0,
        fully_checked boolean NOT NULL DEFAULT false,
        choice text,
        choose_by timestamptz,
        chosen_at timestamptz,
        frozen_at timestamptz NOT NULL DEFAULT clock.now(),
        drawn_at timestamptz,
        decided_at timestamptz,
        CONSTRAINT spot_checks_state_known CHECK (state IN (
            'frozen', 'empty', 'sampling', 'on_hold', 'accepted', 'rejected', 'returned', 'full_check')),
        CONSTRAINT spot_checks_choice_known CHECK (choice IN ('return', 'full_check')),
        CONSTRAINT spot_checks_choice_dated CHECK ((choice IS NULL) = (chosen_at IS NULL)),
        CONSTRAINT spot_checks_choice_made CHECK (state NOT IN ('returned', 'full_check') OR choice IS NOT NULL),
        CONSTRAINT spot_checks_plan_drawn CHECK ((plan IS NULL) = (drawn_at IS NULL)),
        CONSTRAINT spot_checks_drawn_before_judged CHECK ((state IN ('frozen', 'empty')) = (drawn_at IS NULL)),
        CONSTRAINT spot_checks_decision_dated CHECK ((state IN ('frozen', 'sampling')) = (decided_at IS NULL)),
        CONSTRAINT spot_checks_empty_is_empty CHECK ((state = 'empty') = (population = 0)),
        CONSTRAINT spot_checks_figures CHECK (
            fakes >= 0 AND inconclusive >= 0 AND pending >= 0 AND checked >= 0 AND fakes <= population)
    );
    CREATE INDEX spot_checks_seller_id_idx ON spot_checks (seller_id);
    CREATE INDEX spot_checks_choose_by_idx ON spot_checks (choose_by) WHERE state IN ('on_hold', 'rejected');
    """,
    """
    CREATE FUNCTION spot_check_moves() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (OLD.state, NEW.state) NOT IN (
            ('frozen', 'sampling'), ('sampling', 'accepted'), ('sampling', 'rejected'), ('sampling', 'on_hold'),
            ('on_hold', 'returned'), ('on_hold', 'full_check'), ('rejected', 'returned'),
            ('rejected', 'full_check'), ('full_check', 'accepted'))
        THEN
            RAISE EXCEPTION 'a spot check does not go from % to %', OLD.state, NEW.state
                USING ERRCODE = 'LX001', CONSTRAINT = 'spot_check_moves';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER spot_checks_moves BEFORE UPDATE OF state ON spot_checks
        FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION spot_check_moves();
    """,
    """
    CREATE TABLE spot_check_samples (
        id uuid PRIMARY KEY DEFAULT new_id(),
        batch_id uuid NOT NULL REFERENCES spot_checks (batch_id),
        lead_id uuid NOT NULL REFERENCES leads (id),
        position integer NOT NULL,
        leaf_index integer NOT NULL,
        part text NOT NULL,
        outcome text NOT NULL,
        claimed_by uuid REFERENCES members (id),
        claimed_until timestamptz,
        settled_at timestamptz,
        UNIQUE (batch_id, position),
        UNIQUE (lead_id),
        CONSTRAINT spot_check_samples_part_known CHECK (part IN ('sample', 'full_check')),
        CONSTRAINT spot_check_samples_outcome_known CHECK (outcome IN (
            'waiting', 'pending', 'genuine', 'fake', 'inconclusive', 'dropped')),
        CONSTRAINT spot_check_samples_claim_whole CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
        CONSTRAINT spot_check_samples_settled_dated CHECK (
            (outcome IN ('genuine', 'fake', 'inconclusive')) = (settled_at IS NOT NULL)),
        CONSTRAINT spot_check_samples_places CHECK (position >= 0 AND leaf_index >= 0)
    );
    CREATE INDEX spot_check_samples_work_idx ON spot_check_samples (id) WHERE outcome = 'pending';
    """,
    """
    CREATE TABLE verdicts (
        id uuid PRIMARY KEY DEFAULT new_id(),
        sample_id uuid NOT NULL REFERENCES spot_check_samples (id),
        checker_id uuid NOT NULL REFERENCES members (id),
        verdict text NOT NULL,
        attempts integer NOT NULL,
        key_id text,
        wrapped_key bytea,
        sealed bytea,
        given_at timestamptz NOT NULL DEFAULT clock.now(),
        UNIQUE (sample_id, checker_id),
        CONSTRAINT verdicts_verdict_known CHECK (verdict IN ('genuine', 'fake', 'inconclusive')),
        CONSTRAINT verdicts_attempts_some CHECK (attempts BETWEEN 1 AND 100),
        CONSTRAINT verdicts_note_whole CHECK ((sealed IS NULL) = (key_id IS NULL))
    );
    -- The note may be erased with its person; what was judged stays.
    CREATE TRIGGER verdicts_stay BEFORE DELETE OR TRUNCATE ON verdicts
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER verdicts_unchanged
        BEFORE UPDATE OF id, sample_id, checker_id, verdict, attempts, key_id, given_at ON verdicts
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
    """
    CREATE TABLE check_fees (
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        currency text COLLATE "C" NOT NULL,
        fee_minor bigint NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT clock.now(),
        PRIMARY KEY (vertical_id, currency),
        CONSTRAINT check_fees_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT check_fees_fee_positive CHECK (fee_minor > 0)
    );
    """,
)
_DOWN: tuple[str, ...] = (
    "DROP TABLE check_fees, verdicts, spot_check_samples, spot_checks",
    "DROP FUNCTION spot_check_moves()",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    role = context.config.attributes["app_role"]
    op.execute(f"REVOKE UPDATE, DELETE ON verdicts FROM {role}")
    op.execute(f"GRANT UPDATE (wrapped_key, sealed) ON verdicts TO {role}")
    op.execute(f"REVOKE DELETE ON spot_checks, spot_check_samples FROM {role}")


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
