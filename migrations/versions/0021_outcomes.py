"""What came of bought leads: reports, what they come to, customers, and where buyers' systems report."""

from __future__ import annotations

from alembic import context, op

revision = "0021"
down_revision = "0015"
branch_labels = None
depends_on = None

_OUTCOMES = "('no_answer', 'contacted', 'follow_up', 'qualified', 'converted', 'disqualified')"
_REASONS = (
    "('ignored_request', 'refused_to_talk', 'refused_to_buy', 'not_interested_now', 'outside_criteria')"
)

_TABLES = f"""
CREATE TABLE outcomes (
    id uuid PRIMARY KEY DEFAULT new_id(),
    purchase_id uuid NOT NULL REFERENCES purchases (id),
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    action text COLLATE "C",
    revenue_minor bigint,
    currency text COLLATE "C",
    follow_up_at timestamptz,
    call_seconds bigint,
    reference text COLLATE "C",
    happened_at timestamptz NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT clock.now(),
    reported_by text COLLATE "C" NOT NULL,
    CONSTRAINT outcomes_outcome_known CHECK (outcome IN {_OUTCOMES}),
    CONSTRAINT outcomes_reason_known CHECK (reason IN {_REASONS}),
    CONSTRAINT outcomes_action_known CHECK (action IN
        ('application', 'appointment', 'visit', 'registration', 'contract', 'purchase', 'deposit')),
    CONSTRAINT outcomes_reported_by_known CHECK (reported_by IN ('api', 'postback', 'file')),
    CONSTRAINT outcomes_reason_said CHECK ((outcome = 'disqualified') = (reason IS NOT NULL)),
    CONSTRAINT outcomes_action_when_converted
        CHECK (outcome = 'converted' OR (action IS NULL AND revenue_minor IS NULL)),
    CONSTRAINT outcomes_follow_up_dated CHECK ((outcome = 'follow_up') = (follow_up_at IS NOT NULL)),
    CONSTRAINT outcomes_revenue_whole CHECK ((revenue_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT outcomes_revenue_positive CHECK (revenue_minor >= 0),
    CONSTRAINT outcomes_currency_is_iso CHECK (currency ~ '^[A-Z]{{3}}$'),
    CONSTRAINT outcomes_call_seconds_in_range CHECK (call_seconds BETWEEN 0 AND 86400),
    CONSTRAINT outcomes_reference_is_a_word CHECK (reference ~ '^[A-Za-z0-9._:-]{{1,100}}$'),
    CONSTRAINT outcomes_happened_before_report CHECK (happened_at <= reported_at)
);
CREATE INDEX outcomes_purchase_id_idx ON outcomes (purchase_id, id);
CREATE INDEX outcomes_buyer_id_idx ON outcomes (buyer_id, id);
CREATE INDEX outcomes_seller_id_idx ON outcomes (seller_id, id);
CREATE UNIQUE INDEX outcomes_reference_idx ON outcomes (buyer_id, reference) WHERE reference IS NOT NULL;
CREATE TRIGGER outcomes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON outcomes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE followed_leads (
    purchase_id uuid PRIMARY KEY REFERENCES purchases (id),
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    outcome text COLLATE "C",
    reason text COLLATE "C",
    outcome_at timestamptz,
    on_target boolean,
    judged_by text COLLATE "C",
    follow_up_at timestamptz,
    came_back_at timestamptz,
    CONSTRAINT followed_leads_outcome_known CHECK (outcome IN {_OUTCOMES}),
    CONSTRAINT followed_leads_reason_known CHECK (reason IN {_REASONS}),
    CONSTRAINT followed_leads_judged_by_known CHECK (judged_by IN ('call', 'person')),
    CONSTRAINT followed_leads_outcome_dated CHECK ((outcome IS NULL) = (outcome_at IS NULL)),
    CONSTRAINT followed_leads_judgement_whole CHECK ((on_target IS NULL) = (judged_by IS NULL)),
    CONSTRAINT followed_leads_back_on_its_date CHECK (came_back_at >= follow_up_at)
);
CREATE INDEX followed_leads_buyer_id_idx ON followed_leads (buyer_id, purchase_id);
CREATE INDEX followed_leads_due_idx ON followed_leads (follow_up_at) WHERE came_back_at IS NULL;
CREATE INDEX followed_leads_deferred_idx ON followed_leads (buyer_id, follow_up_at);

CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT new_id(),
    purchase_id uuid NOT NULL UNIQUE REFERENCES purchases (id),
    buyer_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    lead_at timestamptz NOT NULL,
    became_at timestamptz NOT NULL,
    CONSTRAINT customers_after_lead CHECK (became_at >= lead_at)
);
CREATE INDEX customers_buyer_id_idx ON customers (buyer_id, id);
CREATE TRIGGER customers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON customers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE postback_addresses (
    id uuid PRIMARY KEY DEFAULT new_id(),
    buyer_id uuid NOT NULL UNIQUE REFERENCES organizations (id),
    key_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
_GRANTS = """
REVOKE UPDATE, DELETE ON outcomes, customers FROM {role};
REVOKE DELETE ON followed_leads, postback_addresses FROM {role};
"""
_DOWN = "DROP TABLE postback_addresses, customers, followed_leads, outcomes"


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    op.execute(_DOWN)
