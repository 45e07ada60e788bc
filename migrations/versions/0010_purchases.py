"""Purchases, stops, frozen evidence, and their agreement with the ledger."""

from __future__ import annotations

from alembic import context, op

from migrations.buying import BUY, END, FREEZE

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What a purchase copies from its listing (seller, lead, batch, offer, vertical) is compared with it when
# written, by a trigger over the new rows: that is stronger than foreign keys and cheaper for 10,000 rows.
_TABLES = """
CREATE TABLE purchases (
    id uuid PRIMARY KEY DEFAULT new_id(),
    listing_id uuid NOT NULL REFERENCES listings (id),
    lead_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    offer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    buyer_id uuid NOT NULL REFERENCES organizations (id),
    vertical_id uuid NOT NULL,
    pricing text NOT NULL,
    price_minor bigint NOT NULL,
    promo_minor bigint NOT NULL DEFAULT 0,
    currency text COLLATE "C" NOT NULL,
    commission_bps bigint NOT NULL,
    commission_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    escrow_account_id bigint NOT NULL UNIQUE REFERENCES ledger.account (id),
    state text NOT NULL DEFAULT 'held',
    refund_reason text,
    open_stops bigint NOT NULL DEFAULT 0,
    purchased_at timestamptz NOT NULL DEFAULT clock.now(),
    disclosed_at timestamptz,
    undisclosed_until timestamptz NOT NULL,
    return_window_days bigint NOT NULL,
    window_ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT purchases_state_known
        CHECK (state IN ('held', 'released', 'partly_refunded', 'refunded', 'clawed_back')),
    CONSTRAINT purchases_pricing_known CHECK (pricing IN ('cpl', 'cpa')),
    CONSTRAINT purchases_refund_reason_known CHECK (refund_reason IN
        ('dispute', 'expired', 'undelivered', 'reversed', 'revoked', 'below_bid', 'chargeback')),
    CONSTRAINT purchases_not_own CHECK (buyer_id <> seller_id),
    CONSTRAINT purchases_price_positive CHECK (price_minor > 0),
    CONSTRAINT purchases_promo_within_price CHECK (promo_minor BETWEEN 0 AND price_minor),
    CONSTRAINT purchases_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT purchases_rate_in_range CHECK (commission_bps BETWEEN 0 AND 10000),
    CONSTRAINT purchases_commission_by_rate
        CHECK (commission_minor = (price_minor - refunded_minor) * commission_bps / 10000),
    CONSTRAINT purchases_refund_by_state CHECK (
        CASE state WHEN 'refunded' THEN refunded_minor = price_minor
                   WHEN 'partly_refunded' THEN refunded_minor > 0 AND refunded_minor < price_minor
                   WHEN 'clawed_back' THEN refunded_minor > 0 AND refunded_minor <= price_minor
                   ELSE refunded_minor = 0 END),
    CONSTRAINT purchases_reason_with_refund CHECK ((refund_reason IS NULL) = (state IN ('held', 'released'))),
    CONSTRAINT purchases_end_dated CHECK ((state = 'held') = (ended_at IS NULL)),
    CONSTRAINT purchases_stops_counted CHECK (open_stops >= 0),
    CONSTRAINT purchases_no_release_under_stop CHECK (state <> 'released' OR open_stops = 0),
    CONSTRAINT purchases_disclosed_after_purchase CHECK (disclosed_at >= purchased_at),
    CONSTRAINT purchases_window_by_rule
        CHECK (window_ends_at = least(disclosed_at, undisclosed_until) + return_window_days * interval '24 hours')
) WITH (fillfactor = 80);
CREATE INDEX purchases_buyer_id_idx ON purchases (buyer_id, id);
CREATE INDEX purchases_seller_id_idx ON purchases (seller_id, id);
CREATE INDEX purchases_lead_id_idx ON purchases (lead_id);
-- The worklist of the sweep.
CREATE INDEX purchases_due_idx ON purchases (window_ends_at) WHERE state = 'held' AND open_stops = 0;

CREATE TABLE purchase_transitions (from_state text, to_state text, PRIMARY KEY (from_state, to_state));
INSERT INTO purchase_transitions (from_state, to_state) VALUES
    ('held', 'released'), ('held', 'partly_refunded'), ('held', 'refunded'),
    ('released', 'clawed_back'), ('partly_refunded', 'clawed_back');

CREATE TABLE stops (
    id uuid PRIMARY KEY DEFAULT new_id(),
    purchase_id uuid NOT NULL REFERENCES purchases (id),
    reason text NOT NULL,
    source_id uuid NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT clock.now(),
    lifted_at timestamptz,
    CONSTRAINT stops_reason_known CHECK (reason IN ('dispute', 'action', 'review')),
    CONSTRAINT stops_lifted_after_placed CHECK (lifted_at >= placed_at)
);
CREATE UNIQUE INDEX stops_one_open_idx ON stops (purchase_id, reason, source_id) WHERE lifted_at IS NULL;

-- `facts` is kept as text in JSON form, letter by letter, since the digest is over its letters.
CREATE TABLE evidence (
    purchase_id uuid PRIMARY KEY REFERENCES purchases (id),
    facts json NOT NULL,
    key_id text,
    wrapped_key bytea,
    sealed bytea NOT NULL,
    digest bytea NOT NULL,
    frozen_at timestamptz NOT NULL DEFAULT clock.now(),
    CONSTRAINT evidence_digest_length CHECK (length(digest) = 32)
);
"""

_COURSE = """
-- What is written down as sold must be what was listed, to the buyer who got the slot.
CREATE FUNCTION purchases_as_listed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added AS p
          LEFT JOIN LATERAL (SELECT q.* FROM listings AS q WHERE q.id = p.listing_id OFFSET 0) AS l ON true
          LEFT JOIN LATERAL (SELECT q.purchase_id FROM allocations AS q
                              WHERE q.listing_id = p.listing_id AND q.buyer_id = p.buyer_id OFFSET 0) AS a ON true
         WHERE p.state <> 'held' OR p.open_stops <> 0 OR p.disclosed_at IS NOT NULL
            OR a.purchase_id IS DISTINCT FROM p.id
            OR (p.lead_id, p.batch_id, p.offer_id, p.seller_id, p.vertical_id, p.price_minor, p.currency)
               IS DISTINCT FROM
               (l.lead_id, l.batch_id, l.offer_id, l.seller_id, l.vertical_id, l.price_minor, l.currency))
    THEN
        RAISE EXCEPTION 'a purchase must repeat its listing and hold one of its slots'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_as_listed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER purchases_as_listed AFTER INSERT ON purchases
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION purchases_as_listed();

CREATE FUNCTION purchases_keep_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT FROM purchase_transitions AS t
                        WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
            RAISE EXCEPTION 'a purchase cannot go from that state to the other'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_keep_course';
        END IF;
        IF NEW.state = 'released' AND NEW.window_ends_at > clock.now() THEN
            RAISE EXCEPTION 'the return window is still open'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_window_still_open';
        END IF;
    ELSIF OLD.ended_at IS NOT NULL AND (NEW.refunded_minor, NEW.refund_reason, NEW.ended_at)
            IS DISTINCT FROM (OLD.refunded_minor, OLD.refund_reason, OLD.ended_at) THEN
        RAISE EXCEPTION 'the end of a purchase is not rewritten'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_past_stays';
    END IF;
    IF OLD.disclosed_at IS NOT NULL AND NEW.disclosed_at IS DISTINCT FROM OLD.disclosed_at THEN
        RAISE EXCEPTION 'the first disclosure is not rewritten'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_past_stays';
    END IF;
    -- A lead for free: the money went back before anybody read the contact, and then somebody reads it.
    IF OLD.disclosed_at IS NULL AND NEW.disclosed_at IS NOT NULL
       AND OLD.state NOT IN ('held', 'released', 'partly_refunded') THEN
        RAISE EXCEPTION 'what was refunded unread stays unread'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_unread_stays_unread';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER purchases_keep_course BEFORE UPDATE ON purchases
    FOR EACH ROW EXECUTE FUNCTION purchases_keep_course();
CREATE TRIGGER purchases_stay BEFORE DELETE OR TRUNCATE ON purchases
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A stop is counted in the purchase's own row: whoever wants to release meets it there, also after a wait
-- for the row's lock, where a look into the table of stops would still see the time before.
CREATE FUNCTION stops_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a stop is placed before it is lifted'
                USING ERRCODE = 'LX001', CONSTRAINT = 'stops_placed_open';
        END IF;
        UPDATE public.purchases SET open_stops = open_stops + 1
         WHERE id = NEW.purchase_id AND state = 'held' AND (NEW.reason <> 'dispute' OR clock.now() < window_ends_at);
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the purchase can no longer be stopped' USING ERRCODE = 'LX001', CONSTRAINT =
                CASE WHEN EXISTS (SELECT FROM public.purchases WHERE id = NEW.purchase_id AND state = 'held')
                     THEN 'stops_window_closed' ELSE 'stops_purchase_ended' END;
        END IF;
    ELSIF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL THEN
        RAISE EXCEPTION 'a stop is lifted once' USING ERRCODE = 'LX001', CONSTRAINT = 'stops_lifted_once';
    ELSE
        UPDATE public.purchases SET open_stops = open_stops - 1 WHERE id = NEW.purchase_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stops_count AFTER INSERT OR UPDATE ON stops FOR EACH ROW EXECUTE FUNCTION stops_count();
CREATE TRIGGER stops_stay BEFORE DELETE OR TRUNCATE ON stops
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The key may be wrapped anew or destroyed (erasure); what was frozen may not change.
CREATE TRIGGER evidence_frozen BEFORE UPDATE OF purchase_id, facts, sealed, digest, frozen_at OR DELETE OR TRUNCATE
    ON evidence FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

_AGREEMENT = """
-- IS NOT DISTINCT FROM where no index may be chosen: in a young table all of one buyer's rows look as few.
-- Held means that the whole price lies in the purchase's own account; ended means that nothing is left.
CREATE FUNCTION purchase_and_escrow_agree() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    agreed boolean;
BEGIN
    IF TG_TABLE_NAME = 'purchases' THEN
        SELECT true INTO agreed FROM purchases AS p JOIN ledger.account AS a ON a.id = p.escrow_account_id
         WHERE p.id = NEW.id AND a.kind = 'escrow' AND a.code IS NOT DISTINCT FROM 'escrow:' || p.id
           AND a.currency = p.currency AND a.owner_org IS NOT DISTINCT FROM p.buyer_id AND a.credits = p.price_minor
           AND a.debits = CASE p.state WHEN 'held' THEN 0 ELSE p.price_minor END;
    ELSIF NEW.credit_kind = 'escrow' THEN
        SELECT true INTO agreed FROM purchases AS p
          JOIN ledger.account AS a ON a.id = p.escrow_account_id
          JOIN ledger.account AS paying ON paying.id = NEW.debit_account
         WHERE p.escrow_account_id = NEW.credit_account AND a.credits = p.price_minor
           AND paying.owner_org IS NOT DISTINCT FROM p.buyer_id
           AND NEW.amount = CASE NEW.debit_kind WHEN 'buyer_promo' THEN p.promo_minor
                                                ELSE p.price_minor - p.promo_minor END;
    ELSE
        -- Each way out has its one amount and its one party.
        SELECT true INTO agreed FROM purchases AS p
          JOIN ledger.account AS a ON a.id = p.escrow_account_id
          JOIN ledger.account AS paid ON paid.id = NEW.credit_account
         WHERE p.escrow_account_id = NEW.debit_account AND p.state <> 'held' AND a.debits = p.price_minor
           AND paid.owner_org IS NOT DISTINCT FROM CASE NEW.code WHEN 'refund' THEN p.buyer_id ELSE p.seller_id END
           AND CASE NEW.code
                 WHEN 'release' THEN p.state <> 'refunded'
                 WHEN 'commission' THEN p.state <> 'refunded'
                 WHEN 'refund' THEN p.state <> 'released'
                      AND NEW.amount <= CASE NEW.credit_kind WHEN 'buyer_promo' THEN p.promo_minor
                                                             ELSE p.price_minor END
                 ELSE false END
           -- From partly_refunded a claw-back may have raised refunded_minor since: then the past stands.
           AND (p.state = 'clawed_back' OR CASE NEW.code
                 WHEN 'release' THEN NEW.amount = p.price_minor - p.refunded_minor - p.commission_minor
                 WHEN 'commission' THEN NEW.amount = p.commission_minor
                 ELSE NEW.amount <= p.refunded_minor END);
    END IF;
    IF agreed IS NULL THEN
        RAISE EXCEPTION 'a purchase and its escrow account must tell the same'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchase_and_escrow_agree';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER purchase_agrees_with_escrow AFTER INSERT ON purchases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION purchase_and_escrow_agree();
CREATE CONSTRAINT TRIGGER purchase_ends_with_escrow AFTER UPDATE OF state ON purchases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state <> OLD.state)
    EXECUTE FUNCTION purchase_and_escrow_agree();
CREATE CONSTRAINT TRIGGER escrow_agrees_with_purchase AFTER INSERT ON ledger.transfer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.credit_kind = 'escrow' OR NEW.debit_kind = 'escrow')
    EXECUTE FUNCTION purchase_and_escrow_agree();
"""

# Only what may change in a purchase's course; open_stops is counted by the stops' trigger alone.
_GRANTS = """
REVOKE UPDATE, DELETE ON purchases, stops, evidence FROM {role};
REVOKE INSERT, UPDATE, DELETE ON purchase_transitions FROM {role};
GRANT UPDATE (state, refund_reason, refunded_minor, commission_minor, disclosed_at, window_ends_at, ended_at)
    ON purchases TO {role};
GRANT UPDATE (lifted_at) ON stops TO {role};
GRANT UPDATE (key_id, wrapped_key) ON evidence TO {role};
"""

_DOWN = """
DROP TRIGGER escrow_agrees_with_purchase ON ledger.transfer;
DROP FUNCTION release_due_purchases, buy_listings, freeze_facts, evidence_digest;
DROP TABLE evidence, stops, purchases, purchase_transitions;
DROP FUNCTION purchase_and_escrow_agree, stops_count, purchases_keep_course, purchases_as_listed;
"""


def upgrade() -> None:
    for statements in (_TABLES, _COURSE, _AGREEMENT, FREEZE, BUY, END):
        op.execute(statements)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    op.execute(_DOWN)
