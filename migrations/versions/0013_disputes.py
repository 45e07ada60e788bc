"""Disputes, what the parties say and show, and their rulings."""

from __future__ import annotations

from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE disputes (
    id uuid PRIMARY KEY DEFAULT new_id(),
    purchase_id uuid NOT NULL REFERENCES purchases (id),
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    reason text NOT NULL,
    opened_by text NOT NULL DEFAULT 'buyer',
    state text NOT NULL DEFAULT 'open',
    ruled_by text,
    refund_minor bigint,
    opened_at timestamptz NOT NULL DEFAULT clock.now(),
    answer_due_at timestamptz NOT NULL,
    answered_at timestamptz,
    ruling_due_at timestamptz,
    refund_due_at timestamptz,
    ruled_at timestamptz,
    takes_effect_at timestamptz,
    executed_at timestamptz,
    withdrawn_at timestamptz,
    CONSTRAINT disputes_reason_known CHECK (reason IN
        ('invalid_contact', 'wrong_person', 'fake_identity', 'denies_request', 'duplicate', 'outside_criteria',
         'existing_customer', 'under_age', 'no_consent', 'test_data', 'deceased')),
    CONSTRAINT disputes_opened_by_known CHECK (opened_by IN ('buyer', 'rule')),
    CONSTRAINT disputes_state_known CHECK (state IN
        ('open', 'answered', 'upheld', 'partly_upheld', 'denied', 'withdrawn')),
    CONSTRAINT disputes_ruled_by_known CHECK (ruled_by IN ('rule', 'default', 'moderator')),
    CONSTRAINT disputes_ruling_whole CHECK (
        (state IN ('upheld', 'partly_upheld', 'denied')) = (ruled_by IS NOT NULL)
        AND (ruled_by IS NULL) = (ruled_at IS NULL) AND (ruled_by IS NULL) = (takes_effect_at IS NULL)),
    CONSTRAINT disputes_refund_when_partly CHECK ((state = 'partly_upheld') = (refund_minor IS NOT NULL)),
    CONSTRAINT disputes_refund_positive CHECK (refund_minor > 0),
    CONSTRAINT disputes_answer_clocked CHECK ((answered_at IS NULL) = (ruling_due_at IS NULL)
        AND (answered_at IS NULL) = (refund_due_at IS NULL)),
    CONSTRAINT disputes_withdrawal_dated CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT disputes_executed_after_ruling CHECK (executed_at >= ruled_at)
);
-- A purchase is disputed once; only a withdrawn dispute leaves room for another.
CREATE UNIQUE INDEX disputes_one_per_purchase_idx ON disputes (purchase_id) WHERE state <> 'withdrawn';
CREATE INDEX disputes_buyer_id_idx ON disputes (buyer_id, id);
CREATE INDEX disputes_seller_id_idx ON disputes (seller_id, id);
CREATE INDEX disputes_work_idx ON disputes (id) WHERE state IN ('open', 'answered');

CREATE TABLE dispute_messages (
    id uuid PRIMARY KEY DEFAULT new_id(),
    dispute_id uuid NOT NULL REFERENCES disputes (id),
    author text NOT NULL,
    kind text NOT NULL,
    key_id text NOT NULL,
    wrapped_key bytea,
    sealed bytea,
    written_at timestamptz NOT NULL DEFAULT clock.now(),
    CONSTRAINT dispute_messages_author_known CHECK (author IN ('buyer', 'seller', 'moderator')),
    CONSTRAINT dispute_messages_kind_known CHECK (kind IN ('statement', 'answer', 'message', 'ruling')),
    CONSTRAINT dispute_messages_seal_whole CHECK ((wrapped_key IS NULL) = (sealed IS NULL))
);
CREATE INDEX dispute_messages_dispute_id_idx ON dispute_messages (dispute_id, id);

-- Name and bytes are sealed together: a file's name can name a person.
CREATE TABLE dispute_files (
    id uuid PRIMARY KEY DEFAULT new_id(),
    dispute_id uuid NOT NULL REFERENCES disputes (id),
    author text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    digest bytea NOT NULL,
    key_id text NOT NULL,
    wrapped_key bytea,
    sealed bytea,
    added_at timestamptz NOT NULL DEFAULT clock.now(),
    UNIQUE (dispute_id, digest),
    CONSTRAINT dispute_files_author_known CHECK (author IN ('buyer', 'seller', 'moderator')),
    CONSTRAINT dispute_files_size CHECK (size_bytes BETWEEN 1 AND 5242880),
    CONSTRAINT dispute_files_digest_length CHECK (length(digest) = 16),
    CONSTRAINT dispute_files_seal_whole CHECK ((wrapped_key IS NULL) = (sealed IS NULL))
);
ALTER TABLE dispute_files ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""

_COURSE = """
CREATE FUNCTION disputes_keep_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NOT (
        (OLD.state = 'open' AND NEW.state = 'answered')
        OR (OLD.state IN ('open', 'answered') AND NEW.state IN ('upheld', 'partly_upheld', 'denied', 'withdrawn')))
    THEN
        RAISE EXCEPTION 'a dispute cannot go from that state to the other'
            USING ERRCODE = 'LX001', CONSTRAINT = 'disputes_keep_course';
    END IF;
    IF OLD.executed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a ruling that was carried out stays'
            USING ERRCODE = 'LX001', CONSTRAINT = 'disputes_keep_course';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER disputes_keep_course AFTER UPDATE ON disputes
    FOR EACH ROW EXECUTE FUNCTION disputes_keep_course();
CREATE TRIGGER disputes_stay BEFORE DELETE OR TRUNCATE ON disputes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_messages_append_only
    BEFORE UPDATE OF id, dispute_id, author, kind, written_at OR DELETE OR TRUNCATE ON dispute_messages
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_files_append_only
    BEFORE UPDATE OF id, dispute_id, author, media_type, size_bytes, digest, added_at OR DELETE OR TRUNCATE
    ON dispute_files FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# Sealed words can be wrapped anew or erased; what a dispute is about cannot be changed.
_GRANTS = """
REVOKE UPDATE, DELETE ON disputes, dispute_messages, dispute_files FROM {role};
GRANT UPDATE (state, ruled_by, refund_minor, answered_at, ruling_due_at, refund_due_at, ruled_at, takes_effect_at,
              executed_at, withdrawn_at) ON disputes TO {role};
GRANT UPDATE (key_id, wrapped_key, sealed) ON dispute_messages TO {role};
GRANT UPDATE (key_id, wrapped_key, sealed) ON dispute_files TO {role};
"""

_DOWN = """
DROP TABLE dispute_files, dispute_messages, disputes;
DROP FUNCTION disputes_keep_course;
"""


def upgrade() -> None:
    for statements in (_TABLES, _COURSE):
        op.execute(statements)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    op.execute(_DOWN)
